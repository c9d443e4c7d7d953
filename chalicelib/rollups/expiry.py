"""Deleting runs that have expired, but none that is not counted.

MongoDB can delete by itself what is older than some days, but it does not know what is counted:
while upkeep stood still, it would delete runs that are in no total yet.

The ids of what was deleted are kept (`expired`). A report that says nothing of when its run was
created would otherwise be taken for one of today, and the run counted twice.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

import pymongo
from bson import ObjectId
from pymongo import UpdateOne

from chalicelib.database import (
    RUNS_EXPIRY,
    Clause,
    collection,
    committed,
    find_retention,
    note_deleted,
    upsert,
)
from chalicelib.database.documents import RunDocument, RunKey
from chalicelib.database.indexes import BY_ID
from chalicelib.database.names import EXPIRED, MARKS, RUNS
from chalicelib.rollups.marks import hours_of
from chalicelib.rollups.tiles import month_of
from chalicelib.values.identities import Identity
from chalicelib.values.instants import EPOCH, from_ms, hour_of, to_ms

_AT_ONCE = 2_000
_TIMEOUT_S = 60
_TIMES = {"created": 1, "counted_at": 1}


def expire_runs(seconds: float) -> int:
    """Delete runs that have expired and are counted, the oldest first; how many it were."""
    deadline = time.monotonic() + seconds
    retention = find_retention()
    due, low, deleted = retention.deleted_before, EPOCH, 0
    while due > EPOCH and time.monotonic() < deadline:
        with pymongo.timeout(_TIMEOUT_S):
            where: Clause = {"created": {"$gte": low, "$lt": due}}
            # One that is still counted at a later time (chalicelib.rollups.moved) stays until then.
            where["counted_at"] = {"$not": {"$gte": due}}
            found = collection(RUNS).find(where, _TIMES).hint(RUNS_EXPIRY)
            runs = found.sort("created", 1).limit(_AT_ONCE).to_list()
            if not runs or not note_deleted(retention.days, runs[-1]["created"]):
                break
            gone = _delete_counted(runs)
        deleted += gone
        if len(runs) < _AT_ONCE:
            break
        # What is left behind is met again the next time; none of it must keep this from going on.
        is_stuck = not gone and runs[-1]["created"] == low
        low = from_ms(to_ms(runs[-1]["created"]) + is_stuck)
    return deleted


def _delete_counted(runs: Sequence[RunDocument]) -> int:
    """Delete those of these runs whose hours have no mark."""
    marked = _marked_hours(runs)
    ids = [run["_id"] for run in runs if marked.isdisjoint(_hours_of(run))]
    if not ids:
        return 0
    upsert(EXPIRED, [UpdateOne({"_id": i}, {"$setOnInsert": {}}, upsert=True) for i in ids])
    return collection(RUNS).delete_many({"_id": {"$in": ids}}, hint=BY_ID).deleted_count


def find_expired(ids: Sequence[RunKey]) -> set[Identity]:
    """Those of these runs that have expired, by the client's id; `ids` as runs have them."""
    found = committed(EXPIRED).find({"_id": {"$in": list(ids)}}).hint(BY_ID)
    return {expired["_id"]["id"] for expired in found}


def _hours_of(run: RunDocument) -> set[tuple[ObjectId, datetime]]:
    times = (run["created"], run.get("counted_at", run["created"]))
    return {(run["_id"]["v"], hour_of(time)) for time in times}


def _marked_hours(runs: Sequence[RunDocument]) -> set[tuple[ObjectId, datetime]]:
    months = {(v, month_of(hour)) for run in runs for v, hour in _hours_of(run)}
    ids = [{"v": version_id, "month": month} for version_id, month in months]
    marks = collection(MARKS).find({"_id": {"$in": ids}}, {"hours": 1}).hint(BY_ID)
    return {(mark["_id"]["v"], hour) for mark in marks for hour, _ in hours_of(mark)}
