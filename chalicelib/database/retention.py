"""How long raw runs are kept, when RUNS_TTL_DAYS is set. What they add up to is kept for ever.

With N days, a run is accepted until it is N days old; until N + 1 days its hour is read from the
runs; after N + 2 days upkeep deletes it, once it is counted (chalicelib.rollups.expiry). So an hour
is never counted from runs of which some are gone. The days between leave time for clocks that
differ. MongoDB's own expiry would not ask whether a run is counted.

What is in force is kept in the database: every process acts on that, whatever its own settings say.
So is since when runs are missing (`gone_before`): upkeep notes it before it deletes any. What was
not deleted is not missing, however short the time was for which runs were to be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pymongo.database import Database

from chalicelib.config import TTL_MARGIN_DAYS, ConfigurationError
from chalicelib.database.connection import Clause, collection
from chalicelib.database.names import MARKS, RETENTION, RUNS
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
    def deleted_before(self) -> datetime:
        """Runs that were created earlier are deleted, once they are counted."""
        return _days_ago(self.days, margin_days=TTL_MARGIN_DAYS)

    @property
    def counted_from(self) -> datetime:
        """Hours that began earlier are known by their rollups alone."""
        return max(self.gone_before, hour_of(_days_ago(self.days, margin_days=1)))


_current: Recent[str, Retention] = Recent(seconds=REMEMBERED_S)


def find_retention() -> Retention:
    """What was in force at most REMEMBERED_S ago."""
    return _current.get_or(_RUNS, _read) or Retention()


def set_retention(target: Database[Any], days: int | None) -> None:
    """Let runs be deleted some days after `created`, or never; safe to repeat.

    Raises ConfigurationError while hours that could no longer be counted have not been.
    """
    previous, is_noted = _in_force(target)
    change: Clause = {"$set": {"days": days, "is_noted": True}}
    if previous is not None and not is_noted:
        # An older release deleted without noting it: what could have been deleted may be missing.
        gone = timedelta(days=previous + TTL_MARGIN_DAYS - 1)
        change["$max"] = {"gone_before": hour_of(now() - gone) + HOUR}
    if days is not None and days != previous:
        _check_counted(target, Retention(days).counted_from)
    # Before the index: a process may refuse what is kept, but never accept what is deleted.
    target[RETENTION].update_one({"_id": _RUNS}, change, upsert=True)
    _set_index(target, is_wanted=days is not None)


def days_in_force(target: Database[Any]) -> int | None:
    """For how many days runs are kept, None for ever."""
    return _in_force(target)[0]


def count_due(target: Database[Any], days: int) -> int:
    """How many runs would be deleted if runs were kept for so many days."""
    due = {"created": {"$lt": Retention(days).deleted_before}}
    return target["runs"].count_documents(due)


def note_deleted(days: int | None, latest: datetime) -> bool:
    """Note that runs of up to `latest` are missing from now on; False if it has to be left.

    `days` is for how long they were kept, by which they are due: somebody may have changed that.
    """
    where = {"_id": _RUNS, "days": days}
    change = {"$max": {"gone_before": hour_of(latest) + HOUR}}
    return collection(RETENTION).update_one(where, change).matched_count > 0


def _in_force(target: Database[Any]) -> tuple[int | None, bool]:
    """For how many days runs are kept, and whether it was noted which were deleted.

    An older release left that to MongoDB's own expiry.
    """
    index: Mapping[str, Any] | None = target["runs"].index_information().get(RUNS_EXPIRY)
    if index is None:
        return None, True
    if "expireAfterSeconds" in index:
        return int(index["expireAfterSeconds"]) // _SECONDS_A_DAY - TTL_MARGIN_DAYS, False
    found = target["retention"].find_one({"_id": _RUNS}) or {}
    return found.get("days"), found.get("is_noted", False)


def _read() -> Retention:
    found = collection(RETENTION).find_one({"_id": _RUNS})
    return Retention(found.get("days"), found.get("gone_before", EPOCH)) if found else Retention()


def _days_ago(days: int | None, margin_days: int = 0) -> datetime:
    if days is None:
        return EPOCH
    return max(EPOCH, now() - timedelta(days=days + margin_days))


def _check_counted(target: Database[Any], counted_from: datetime) -> None:
    first = f"{counted_from:%d%H}"
    marks = target[MARKS].find({"_id.month": {"$lt": counted_from}})
    month = counted_from.replace(day=1, hour=0)
    waiting = sum(
        mark["_id"]["month"] < month or key < first for mark in marks for key in mark["hours"]
    )
    if waiting:
        raise ConfigurationError(
            f"RUNS_TTL_DAYS: of the runs that would be deleted, {waiting} hours are not"
            " counted yet: run 'python manage.py upkeep' first"
        )


def _set_index(target: Database[Any], *, is_wanted: bool) -> None:
    """Have the index by which expired runs are found, where runs expire."""
    index = target[RUNS].index_information().get(RUNS_EXPIRY)
    if index is not None and (not is_wanted or "expireAfterSeconds" in index):
        target[RUNS].drop_index(RUNS_EXPIRY)
        index = None
    if index is None and is_wanted:
        target[RUNS].create_index("created", name=RUNS_EXPIRY)
