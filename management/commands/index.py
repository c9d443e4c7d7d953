"""`manage.py index`: the indexes that every query relies on."""

from __future__ import annotations

import click

from chalicelib.config import without_credentials
from management.database import Consent, choose_database, database_options, prepare_database


@click.command()
@click.option("--keep-for-ever", is_flag=True, help="Runs do not expire any more.")
@click.option("--delete-runs", is_flag=True, help="Let runs go that are there, and are older.")
@database_options
def index(mongo_uri: str, db_name: str, *, keep_for_ever: bool, delete_runs: bool) -> None:
    """Create the indexes that are missing; safe to repeat, and beside traffic.

    Lets runs expire RUNS_TTL_DAYS after they were created. Where that is not set, what is in force
    stays so: --keep-for-ever ends it. Where runs would go that are there already, it says how many,
    and asks for --delete-runs.
    """
    choose_database(mongo_uri, db_name)
    click.echo(prepare_database(mongo_uri, Consent(keep_for_ever, delete_runs)))
    click.echo(f"Every index is in place in {db_name} at {without_credentials(mongo_uri)}.")
