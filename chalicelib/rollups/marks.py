"""Marks on the hours of versions whose rollups can no longer be believed.

A writer marks every (version, hour) that it is about to touch before it writes. A mark stays
for at least GRACE_S, longer than any request lives, so while a write can still be under way
its hour is marked; readers count marked hours from the runs themselves. A process does not
repeat a mark that it made in the last REMEMBERED_S: a warm batch costs one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from bson import ObjectId
from pymongo import UpdateOne

from chalicelib.database import Document, Recent, upsert

REMEMBERED_S = 30
# A write confirmed later than this after its mark marks its hours again before it is answered.
TRUSTED_S = 120
GRACE_S = 180

_marked: Recent[tuple[ObjectId, datetime], float] = Recent(seconds=REMEMBERED_S)

Mark = Callable[[set[datetime]], None]


@contextmanager
def dirty_hours(version: Document) -> Iterator[Mark]:
    """Gives a function that marks UTC hours of the version; call it before writing to them."""
    ages: dict[datetime, float] = {}

    def mark(hours: set[datetime]) -> None:
        for hour in hours - ages.keys():
            remembered = _marked.get((version["_id"], hour))
            if remembered is not None:
                ages[hour] = remembered
        fresh = hours - ages.keys()
        if fresh:
            ages.update(dict.fromkeys(fresh, _write(version, fresh)))

    yield mark
    limit = Recent.now() - TRUSTED_S
    late = {hour for hour, marked_at in ages.items() if marked_at < limit}
    if late:
        _write(version, late)


def _write(version: Document, hours: set[datetime]) -> float:
    """Mark the hours; the process's time just before, which the server's mark is not older than."""
    marked_at = Recent.now()
    marks = [
        UpdateOne(
            {"_id": {"v": version["_id"], "hour": hour}},
            {
                "$currentDate": {"marked_at": True},
                "$setOnInsert": {"agent_id": version["agent_id"]},
            },
            upsert=True,
        )
        for hour in hours
    ]
    upsert("rollup_marks", marks)
    for hour in hours:
        _marked.put((version["_id"], hour), marked_at)
    return marked_at
