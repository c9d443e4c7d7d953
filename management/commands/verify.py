"""`manage.py verify`: whether what is stored is sound, and what is kept what runs add up to."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import click
import pymongo
from tqdm import tqdm

from chalicelib.answers import advance_totals
from chalicelib.database import Document, create_indexes, database
from chalicelib.errors import NotReady
from chalicelib.registry import find_versions_with_agents
from chalicelib.rollups import count_marked
from chalicelib.values.instants import END_OF_TIME, EPOCH, parse_instant
from management.database import choose_database, database_failures, database_options
from management.endings import CommandError
from management.verification import Recount, find_flaws, merge_doubles, recount

_MOST_SAID = 50
_COUNTING_S = 3600.0


class InstantType(click.ParamType[Any]):
    """An RFC 3339 time, or a date: its first moment in UTC."""

    name = "date|time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return parse_instant(f"{value}T00:00:00Z" if len(value) == len("2026-03-01") else value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.option("--from", "start", type=InstantType(), default=EPOCH, help="Runs created from then.")
@click.option("--to", "end", type=InstantType(), default=END_OF_TIME, help="… and before then.")
@click.option("--agent", help="Only this agent, by its name.")
@click.option("--project", help="Only agents of this project.")
@click.option(
    "--repair", is_flag=True, help="Have what differs counted anew, and merge what is there twice."
)
@database_options
def verify(
    start: datetime,
    end: datetime,
    agent: str | None,
    project: str | None,
    mongo_uri: str,
    db_name: str,
    *,
    repair: bool,
) -> None:
    """Count runs anew and name what is kept otherwise; name documents that are not sound.

    Safe beside traffic. Exit code 0 when all is as it should be (with --repair: when it is now), 1
    when it is not, above when it could not be looked at. What was kept of runs that have expired is
    never touched, as there is nothing to count it from.
    """
    choose_database(mongo_uri, db_name)
    with database_failures(mongo_uri), pymongo.timeout(None):
        if repair:
            _merge()
        versions = _versions(agent, project)
        ids = None if agent is project is None else [version["_id"] for version in versions]
        flaws = list(find_flaws(database(), (start, end), ids))
        found = _recount(versions, (start, end), repair=repair)
        left = found
        if repair and found.findings:
            count_marked(_COUNTING_S, then=advance_totals)
            left = _recount(versions, (start, end), repair=False)
    _say(flaws, found)
    if repair and found.findings:
        click.echo(f"{len(found.findings)} were counted anew; {len(left.findings)} still differ.")
    if flaws or left.findings:
        sys.exit(1)


def _merge() -> None:
    for said in merge_doubles(database()):
        click.echo(said)
    try:
        create_indexes(database())
    except NotReady as error:
        raise CommandError(str(error)) from error


def _versions(agent: str | None, project: str | None) -> list[Document]:
    wanted = {"name": agent, "project": project}
    where = {name: value for name, value in wanted.items() if value is not None}
    agents = [found["_id"] for found in database()["agents"].find(where, {"_id": 1})]
    if where and not agents:
        raise CommandError(f"there is no agent with {' and '.join(where)} as given")
    found = find_versions_with_agents({"agent_id": {"$in": agents}} if where else {})
    return sorted(found, key=lambda version: (version["agent"]["name"], version["_id"]))


def _recount(versions: list[Document], span: tuple[datetime, datetime], *, repair: bool) -> Recount:
    with tqdm(total=len(versions), unit="version", file=sys.stderr) as bar:
        return recount(versions, *span, repair=repair, progress=bar.update)


def _say(flaws: list[str], found: Recount) -> None:
    for some in (flaws, found.findings):
        for line in some[:_MOST_SAID]:
            click.echo(line)
        if len(some) > _MOST_SAID:
            click.echo(f"… and {len(some) - _MOST_SAID} more")
    click.echo(f"{found.hours} hours were counted anew: {len(found.findings)} findings.")
    if found.waiting:
        click.echo(f"{found.waiting} hours wait for upkeep; they are answered from the runs.")
    if found.expired:
        click.echo(f"{found.expired} hours cannot be counted: their runs have expired.")
    if flaws:
        click.echo(f"{len(flaws)} documents are not sound.")
