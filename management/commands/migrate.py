"""`manage.py migrate`: everything that the Go server kept, moved here."""

from __future__ import annotations

import sys
from contextlib import closing

import click
from pymongo.errors import PyMongoError
from tqdm import tqdm

from chalicelib import database
from chalicelib.database import create_indexes
from chalicelib.errors import Problem
from management.database import (
    DEFAULT_NAME,
    DEFAULT_URI,
    choose_database,
    database_failures,
    database_options,
)
from management.endings import CommandError
from management.go_server import GoSource, Ledger, Mover, SourceError, register_owners


@click.command()
@click.option(
    "--from-uri", default=DEFAULT_URI, show_default=True, help="The Go server's MongoDB; only read."
)
@click.option("--from-db", default=DEFAULT_NAME, show_default=True, help="Its database there.")
@click.option("--dry-run", is_flag=True, help="Write nothing, and say what would become of it.")
@database_options
def migrate(from_uri: str, from_db: str, *, dry_run: bool, mongo_uri: str, db_name: str) -> None:
    """Move agents, versions and runs of the Go server into the database of this service.

    By the rules of posted runs: what is there already is merged, what cannot be taken is refused
    and named. Goes on where it was interrupted, and repeated later it takes what came since.
    Exit code 1 when something was refused.
    """
    choose_database(mongo_uri, db_name)
    ledger = Ledger()
    with closing(_open_source(from_uri, from_db)) as source:
        with database_failures(mongo_uri):
            target = database.database()
            target.command("ping")
        with database_failures(from_uri):
            _check(source)
        if not dry_run:
            with database_failures(mongo_uri):
                create_indexes(target)
        try:
            _move(source, ledger, dry_run=dry_run)
        except (Problem, PyMongoError) as error:
            reason = error.detail if isinstance(error, Problem) else type(error).__name__
            raise CommandError(f"interrupted ({reason}): repeat the command to go on") from error
        finally:
            click.echo("\n".join(ledger.lines()))
    click.echo(_last_words(dry_run=dry_run))
    if ledger.refused:
        sys.exit(1)


def _open_source(uri: str, name: str) -> GoSource:
    try:
        return GoSource(uri, name)
    except (PyMongoError, ValueError) as error:
        raise CommandError("--from-uri: the driver cannot read the connection string") from error


def _check(source: GoSource) -> None:
    try:
        source.check(database.database())
    except SourceError as error:
        raise CommandError(str(error)) from error


def _move(source: GoSource, ledger: Ledger, *, dry_run: bool) -> None:
    mover = Mover(source, ledger, dry_run=dry_run)
    if not dry_run:
        mover.resume()
    # A repeated look at the agents and versions is no news: an interrupted attempt counted them.
    owners = register_owners(source, Ledger() if mover.after else ledger, dry_run=dry_run)
    done = source.count_runs_until(mover.after)
    with tqdm(total=source.count_runs(), initial=done, unit="run", file=sys.stderr) as progress:
        mover.move(owners, progress.update)


def _last_words(*, dry_run: bool) -> str:
    if dry_run:
        return "Nothing was written: this was a dry run."
    return "'python manage.py upkeep' adds the moved runs up; until then answers are slower."
