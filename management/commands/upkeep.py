"""`manage.py upkeep`: what the scheduled function does, until there is nothing left to do."""

from __future__ import annotations

import sys

import click
from tqdm import tqdm

from chalicelib import watches
from chalicelib.database import create_indexes, database
from chalicelib.rollups import GRACE_S, mark_all, read_backlog
from chalicelib.upkeep import run_upkeep
from management.database import choose_database, database_failures, database_options

STEP_S = 1.0
WATCHES_S = 300.0


@click.command()
@click.option(
    "--all", "everything", is_flag=True, help="Count every hour anew, not only marked ones."
)
@database_options
def upkeep(mongo_uri: str, db_name: str, everything: bool) -> None:  # noqa: FBT001 - a flag
    """Count all hours that were written to, and do what else the scheduled function does.

    Safe beside traffic, and beside others. Hours that were written to a moment ago are left: the
    writes may be under way.
    """
    choose_database(mongo_uri, db_name)
    with database_failures(mongo_uri):
        create_indexes(database())
        if everything:
            mark_all()
        hours = count_all()
        # Every watch, however many: a step of upkeep has a second.
        watches.look_after(WATCHES_S)
        backlog = read_backlog()
    click.echo(f"{hours} hours counted.")
    for mark in backlog.aside:
        click.echo(
            f"The month {mark['_id']['month']:%Y-%m} of version {mark['_id']['v']} could not be"
            f" counted, and is set aside: {mark['aside']['error']}."
        )
    if backlog.months:
        click.echo(
            f"{backlog.months} months of versions wait, most of them written to in the last"
            f" {GRACE_S // 60} minutes: repeat it after that."
        )


def count_all() -> int:
    """Take the steps of upkeep until nothing is left to be counted; how many hours were."""
    hours, total = 0, read_backlog().months
    with tqdm(total=total, unit="month", file=sys.stderr) as progress:
        while done := run_upkeep(STEP_S)["counted"]:
            hours += done
            progress.update(max(0, total - read_backlog().months - progress.n))
    return hours
