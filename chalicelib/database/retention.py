"""How long raw runs are kept, when RUNS_TTL_DAYS is set. What they add up to is kept for ever.

With N days, a run is accepted until it is N days old; until N + 1 days its hour is read from the
runs and recounted; after N + 2 days MongoDB deletes it. So an hour is never counted from runs of
which some are gone. The days between leave time for rollups, and for clocks that differ.

What is in force is kept in the database: every process acts on what MongoDB does, whatever its
own settings say, and remembers since when runs are missing after a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pymongo.database import Database

from chalicelib.config import TTL_MARGIN_DAYS, ConfigurationError
from chalicelib.database.connection import Document, collection
from chalicelib.database.recent import Recent
from chalicelib.values.instants import EPOCH, HOUR, hour_of, now

RUNS_EXPIRY = "runs_expiry"
# How long after it was changed every process has noticed.
REMEMBERED_S = 60
_SECONDS_A_DAY = 86_400
_RUNS = "runs"


class Retention(NamedTuple):
    """`days` is None for ever. Runs from before `gone_before`, a whole hour, may be missing."""

    days: int | None = None
    gone_before: datetime = EPOCH

    @property
    def accepted_from(self) -> datetime:
        """Runs that were created earlier are refused."""
        return max(self.gone_before, _days_ago(self.days))

    @property
    def counted_from(self) -> datetime:
        """Hours that began earlier are known by their rollups alone."""
        return max(self.gone_before, hour_of(_days_ago(self.days, margin_days=1)))


_current: Recent[str, Retention] = Recent(seconds=REMEMBERED_S)


def find_retention() -> Retention:
    """What was in force at most REMEMBERED_S ago."""
    return _current.get_or(_RUNS, _read) or Retention()


def set_retention(target: Database[Document], days: int | None) -> None:
    """Let MongoDB delete runs some days after `created`, or never; safe to repeat.

    Raises ConfigurationError while hours that could no longer be counted have not been.
    """
    present: Mapping[str, Any] = target["runs"].index_information().get(RUNS_EXPIRY, {})
    seconds = None if days is None else (days + TTL_MARGIN_DAYS) * _SECONDS_A_DAY
    previous = present.get("expireAfterSeconds")
    change: Document = {"$set": {"days": days}}
    if previous is not None:
        # Where runs are kept for longer from now on, those of before do not come back.
        gone = timedelta(seconds=previous) - timedelta(days=TTL_MARGIN_DAYS - 1)
        change["$max"] = {"gone_before": hour_of(now() - gone) + HOUR}
    if seconds is not None and seconds != previous:
        _check_counted(target, Retention(days).counted_from)
    # Before the index: a process may refuse what is kept, but never accept what is deleted.
    target["retention"].update_one({"_id": _RUNS}, change, upsert=True)
    _set_expiry(target, previous, seconds)


def _read() -> Retention:
    found = collection("retention").find_one({"_id": _RUNS}) or {}
    return Retention(found.get("days"), found.get("gone_before", EPOCH))


def _days_ago(days: int | None, margin_days: int = 0) -> datetime:
    if days is None:
        return EPOCH
    return max(EPOCH, now() - timedelta(days=days + margin_days))


def _check_counted(target: Database[Document], counted_from: datetime) -> None:
    first = f"{counted_from:%d%H}"
    marks = target["marks"].find({"_id.month": {"$lt": counted_from}})
    month = counted_from.replace(day=1, hour=0)
    waiting = sum(
        mark["_id"]["month"] < month or key < first for mark in marks for key in mark["hours"]
    )
    if waiting:
        raise ConfigurationError(
            f"RUNS_TTL_DAYS: of the runs that would be deleted, {waiting} hours are not"
            " counted yet: run 'python manage.py upkeep' first"
        )


def _set_expiry(target: Database[Document], previous: int | None, seconds: int | None) -> None:
    if seconds == previous:
        return
    if seconds is None:
        target["runs"].drop_index(RUNS_EXPIRY)
    elif previous is None:
        target["runs"].create_index("created", name=RUNS_EXPIRY, expireAfterSeconds=seconds)
    else:
        index = {"name": RUNS_EXPIRY, "expireAfterSeconds": seconds}
        target.command("collMod", "runs", index=index)
