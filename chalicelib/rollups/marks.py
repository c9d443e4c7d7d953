"""Marks on the hours of versions whose tiles can no longer be believed.

A writer marks every hour that it is about to touch before it writes. A mark stays for at least
GRACE_S, longer than any request lives, so while a write can still be under way its hour is marked;
readers count marked hours from the runs themselves. A process does not repeat a mark that it made
in the last REMEMBERED_S: a warm batch costs one round trip.

One document (`_id`: {v, month}) holds the marked hours of a version's UTC month (`hours`:
{"0113": …} is the first day's hour of 13), each with the time of its last marking;
`oldest` is the least of these times, by which upkeep finds what waits longest. So 720 runs in 720
hours are one to four writes and not 720.

A clock may jump between a mark and its upkeep, or another server become primary. A mark has the
later time of the server's clock and its writer's, and upkeep goes by the earlier of the server's
and its own (`chalicelib.rollups.upkeep.server_time`): so no mark ever looks older than it is while
one of the two clocks is right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bson import ObjectId
from pymongo import DeleteOne, UpdateOne

from chalicelib.database import Clause, Recent, collection, upsert
from chalicelib.database.documents import MarkDocument
from chalicelib.database.indexes import MARKS_BY_AGE
from chalicelib.database.names import MARKS

NOW = "$$NOW"
# A writer's clock counts if it is ahead of the server's by this at most.
MOST_AHEAD = timedelta(days=1)
REMEMBERED_S = 30
# A write confirmed later than this after its mark marks its hours again before it is answered.
TRUSTED_S = 120
GRACE_S = 180

_OLDEST = {"$min": {"$map": {"input": {"$objectToArray": "$hours"}, "in": "$$this.v"}}}
# By the hour's number in a month, of which the first day is 1.
_FIELDS = [f"hours.{number // 24:02}{number % 24:02}" for number in range(32 * 24)]
# When this process marked which hours of a version.
_marked: Recent[ObjectId, dict[datetime, float]] = Recent(seconds=REMEMBERED_S)


class MarkOfAge(MarkDocument):
    """A document with those hours alone that have come of age, and `of` how many there are."""

    of: int


class Mark:
    """Marks UTC hours of a version; to be called before writing to them."""

    def __init__(self, version: Mapping[str, Any]) -> None:
        self._version = version
        self._ages: dict[datetime, float] = {}

    def __call__(self, hours: set[datetime]) -> None:
        fresh = self.unmarked(hours)
        if fresh:
            self._ages.update(dict.fromkeys(fresh, _write(self._version, fresh)))

    def unmarked(self, hours: set[datetime]) -> set[datetime]:
        """Those of the hours that would have to be marked, as far as this process knows."""
        unknown = hours - set(self._ages)  # a copy: parts of a batch are settled at once
        remembered = _remembered(self._version["_id"]) if unknown else {}
        self._ages.update({hour: remembered[hour] for hour in unknown & remembered.keys()})
        return unknown - set(self._ages)

    def renew(self) -> None:
        """Mark those again that were marked too long ago to be sure of them."""
        present = Recent.now()
        # A clock that was set back says nothing of how long it has been.
        late = {h for h, at in self._ages.items() if not 0 <= present - at <= TRUSTED_S}
        if late:
            _write(self._version, late)


@contextmanager
def dirty_hours(version: Mapping[str, Any]) -> Iterator[Mark]:
    """Gives what marks UTC hours of the version; call it before writing to them."""
    mark = Mark(version)
    yield mark
    mark.renew()


def mark_hours(
    version_id: ObjectId, agent_id: ObjectId, hours: Iterable[datetime], time: Any = NOW
) -> None:
    """Mark hours of a version as of a time at least; NOW is the present."""
    months: dict[tuple[int, int], Clause] = defaultdict(dict)
    for hour in hours:
        field = _FIELDS[hour.day * 24 + hour.hour]
        months[hour.year, hour.month][field] = {"$max": [f"${field}", "$at"]}
    at = _present() if time == NOW else time
    upsert(
        MARKS,
        [
            UpdateOne(
                {"_id": {"v": version_id, "month": datetime(*month, 1, tzinfo=UTC)}},
                [
                    {"$set": {"agent_id": agent_id, "at": at}},
                    {"$set": fields},
                    {"$set": {"oldest": _OLDEST}},
                    {"$unset": "at"},
                ],
                upsert=True,
            )
            for month, fields in months.items()
        ],
    )


def _present() -> Clause:
    """The later of the server's clock and this process's, of which one may be wrong."""
    own = datetime.fromtimestamp(Recent.now(), UTC)
    most = {"$add": [NOW, MOST_AHEAD // timedelta(milliseconds=1)]}
    return {"$max": [NOW, {"$min": [own, most]}]}


def hours_of(mark: MarkDocument) -> Iterable[tuple[datetime, datetime]]:
    """The marked hours of a document, with the times of their marking."""
    month = mark["_id"]["month"]
    return (
        (month.replace(day=int(key[:2]), hour=int(key[2:])), time)
        for key, time in mark["hours"].items()
    )


def clear(mark: MarkOfAge, times: Mapping[datetime, datetime]) -> UpdateOne | DeleteOne:
    """What takes these hours out of a document, where they were not marked again since."""
    if len(times) == mark["of"]:
        # Where one was, all stay, and are counted once more.
        return DeleteOne({"_id": mark["_id"], "hours": mark["hours"]})
    fields = {_FIELDS[hour.day * 24 + hour.hour]: time for hour, time in times.items()}
    gone = {
        field: {"$cond": [{"$eq": [f"${field}", time]}, "$$REMOVE", f"${field}"]}
        for field, time in fields.items()
    }
    return UpdateOne({"_id": mark["_id"]}, [{"$set": gone}, {"$set": {"oldest": _OLDEST}}])


def marks_of_age(present: datetime, most: int) -> list[MarkOfAge]:
    """Documents with hours so old that every write they announced has ended, the oldest first.

    They have those hours alone, and `of` how many there are in all.
    """
    limit = present - timedelta(seconds=GRACE_S)
    # A process that had cleared all hours of a document may have been stopped right then.
    collection(MARKS).delete_many({"oldest": None, "hours": {}}, hint=MARKS_BY_AGE)
    where = {"oldest": {"$lt": limit}, "aside.until": {"$not": {"$gt": present}}}
    found = collection(MARKS).find(where).sort("oldest", 1).hint(MARKS_BY_AGE).limit(most)
    return [
        cast(
            "MarkOfAge",
            mark
            | {
                "hours": {hour: at for hour, at in mark["hours"].items() if at < limit},
                "of": len(mark["hours"]),
            },
        )
        for mark in found
    ]


def _write(version: Mapping[str, Any], hours: set[datetime]) -> float:
    """Mark the hours; the process's time just before, which the server's mark is not older than."""
    marked_at = Recent.now()
    mark_hours(version["_id"], version["agent_id"], hours)
    _marked.put(version["_id"], _remembered(version["_id"]) | dict.fromkeys(hours, marked_at))
    return marked_at


def _remembered(version_id: ObjectId) -> dict[datetime, float]:
    """The hours of the version that this process marked in the last REMEMBERED_S."""
    present = Recent.now()
    known = (_marked.get(version_id) or {}).items()
    return {hour: at for hour, at in known if abs(present - at) <= REMEMBERED_S}
