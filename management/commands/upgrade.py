"""`manage.py upgrade`: takes over what an older release has stored."""

from __future__ import annotations

import sys

import click
from tqdm import tqdm

from chalicelib.database import create_indexes, database
from chalicelib.rollups import count_old, take_over
from chalicelib.runs import reword_outcomes
from management.commands.upkeep import count_all
from management.database import choose_database, database_failures, database_options

STEP_S = 2.0


@click.command()
@database_options
def upgrade(mongo_uri: str, db_name: str) -> None:
    """Take over what an older release has stored; safe to stop and to repeat.

    Deploy this release first: until it is done, questions about metrics are answered with 503,
    while runs are recorded all the time.
    """
    choose_database(mongo_uri, db_name)
    with database_failures(mongo_uri):
        upgrade_database()
        hours = count_all()
    click.echo(f"The database is as this release keeps it; {hours} hours were counted anew.")


def upgrade_database() -> None:
    """Take over everything, with a bar where there is anything."""
    create_indexes(database())
    total = count_old()
    with tqdm(total=total, unit="hour", file=sys.stderr, disable=not total) as progress:
        while done := take_over(STEP_S):
            progress.update(done)
    with tqdm(unit="run", file=sys.stderr, disable=not total) as progress:
        while done := reword_outcomes(STEP_S):
            progress.update(done)
