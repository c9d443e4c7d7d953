"""`manage.py backup` and `manage.py restore`: the whole database as files, and back."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click
import pymongo
from tqdm import tqdm

from chalicelib.database import database
from management.archive import (
    ManifestError,
    RestoreError,
    read_manifest,
    restore_database,
    save_database,
)
from management.database import choose_database, database_failures, database_options
from management.endings import CommandError


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@database_options
def backup(directory: Path, mongo_uri: str, db_name: str) -> None:
    """Save the whole database into a new DIRECTORY, beside traffic.

    Every run that was acknowledged before it began is in it, and the numbers of a restored database
    are those of the runs in it. What is written meanwhile may be in it or not. The files hold what
    the database holds, hashes of tokens and secrets of webhooks too.
    """
    if directory.exists():
        raise CommandError(f"{directory} is there already: name a new directory")
    choose_database(mongo_uri, db_name)
    partial = directory.with_name(f"{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with (
        database_failures(mongo_uri),
        pymongo.timeout(None),
        tqdm(unit="document", file=sys.stderr) as progress,
    ):
        manifest = save_database(database(), partial, progress.update)
    partial.rename(directory)
    files = manifest["collections"].values()
    documents, size = (sum(entry[n] for entry in files) for n in ("documents", "bytes"))
    click.echo(f"{documents} documents, {size / 1e6:.1f} MB, are in {directory}.")


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@database_options
def restore(directory: Path, mongo_uri: str, db_name: str) -> None:
    """Load the backup in DIRECTORY into an empty database.

    Every file is looked at before anything is written. Interrupted, it goes on when it is repeated.
    Point the service there when it is done.
    """
    choose_database(mongo_uri, db_name)
    try:
        manifest = read_manifest(directory)
        total = sum(entry["documents"] for entry in manifest["collections"].values())
        with (
            database_failures(mongo_uri),
            pymongo.timeout(None),
            tqdm(total=total, unit="document", file=sys.stderr) as progress,
        ):
            restore_database(database(), directory, manifest, progress.update)
    except (ManifestError, RestoreError) as error:
        raise CommandError(str(error)) from error
    click.echo(
        f"{total} documents of {manifest['began_at']} are in '{db_name}'."
        " 'python manage.py verify' compares what is kept with the runs."
    )
