"""`manage.py rollup`: what the scheduled function does, until there is nothing left to do."""

from __future__ import annotations

import sys

import click
from tqdm import tqdm

from chalicelib import database
from chalicelib.answers import advance_totals
from chalicelib.database import create_indexes
from chalicelib.rollups import GRACE_S, count_marked, fold_days, recompute_marked
from chalicelib.runs import remove_deleted
from chalicelib.watches import look_after
from management.database import choose_database, database_failures, database_options

STEP_S = 1.0
# Longer, because each step looks anew for what is left.
FOLD_STEP_S = 10.0
WATCHES_S = 300.0
REMOVAL_S = 3600.0


@click.command()
@database_options
def rollup(mongo_uri: str, db_name: str) -> None:
    """Recompute the rollups of all hours that were written to, and fold days that are over.

    Safe beside traffic, and beside others. Hours that were written to a moment ago are left: the
    writes may be under way.
    """
    choose_database(mongo_uri, db_name)
    with database_failures(mongo_uri):
        create_indexes(database.database())
        with tqdm(total=count_marked(), unit="hour", file=sys.stderr) as progress:
            while done := recompute_marked(STEP_S, then=advance_totals):
                progress.update(done)
            recomputed = progress.n
        days = _fold_all()
        waiting = count_marked()
        look_after(WATCHES_S)
        is_removed = remove_deleted(REMOVAL_S)
    click.echo(f"{recomputed} hours recomputed, {days} days folded.")
    if not is_removed:
        click.echo(
            "Agents or versions were deleted a moment ago: repeat it for what is left of them."
        )
    if waiting:
        minutes = GRACE_S // 60
        click.echo(
            f"{waiting} were written to in the last {minutes} minutes: repeat it after that."
        )


def _fold_all() -> int:
    """How many days of versions were folded, with a bar of those."""
    with tqdm(unit="day", file=sys.stderr) as progress:
        is_done = False
        while not is_done:
            folded, is_done = fold_days(FOLD_STEP_S)
            progress.update(folded)
        return int(progress.n)
