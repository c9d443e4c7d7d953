"""`manage.py index`: the indexes that every query relies on."""

from __future__ import annotations

import click

from chalicelib.config import without_credentials
from management.database import choose_database, database_options, prepare_database


@click.command()
@database_options
def index(mongo_uri: str, db_name: str) -> None:
    """Create the indexes that are missing; safe to repeat, and beside traffic."""
    choose_database(mongo_uri, db_name)
    prepare_database(mongo_uri)
    click.echo(f"Every index is in place in {db_name} at {without_credentials(mongo_uri)}.")
