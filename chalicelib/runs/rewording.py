"""Runs stored before their status's word was known: their outcome as it is understood now.

Metrics go by the status, and need none of this; lists by outcome look at what is stored. What
Prometheus had counted of such a run is kept beside it, so that no counter falls.
"""

from __future__ import annotations

import time

from pymongo import UpdateOne

from chalicelib.database import Clause, collection
from chalicelib.database.documents import RunDocument
from chalicelib.database.indexes import BY_ID
from chalicelib.database.names import RUNS, UPGRADES
from chalicelib.metrics.counted import counted_of
from chalicelib.runs.ranks import outcome_of_run

_RUNS_A_ROUND = 5_000
# Where the walk over all runs has come to; it is done once there is nothing behind that.
_PLACE = {"_id": "outcomes"}
_STAND = 1


def reword_outcomes(seconds: float) -> int:
    """Go on with the walk for as long as there is time; how many runs were looked at, 0 when done.

    Safe to stop anywhere and to repeat.
    """
    deadline = time.monotonic() + seconds
    looked_at = 0
    while not _is_done():
        found = _next_runs()
        _rewrite(found)
        looked_at += len(found)
        if len(found) < _RUNS_A_ROUND:
            _save({"stand": _STAND})
            return max(1, looked_at)
        _save({"last": found[-1]["_id"]})
        if time.monotonic() > deadline:
            break
    return looked_at


def _is_done() -> bool:
    place = collection(UPGRADES).find_one(_PLACE)
    return place is not None and place.get("stand", 0) >= _STAND


def _next_runs() -> list[RunDocument]:
    place = collection(UPGRADES).find_one(_PLACE)
    where: Clause = {"_id": {"$gt": place["last"]}} if place and "last" in place else {}
    names = ("status", "outcome", "reported_outcome", "counted", "duration_us", "cost", "revision")
    fields = dict.fromkeys(names, 1)
    found = collection(RUNS).find(where, fields).sort("_id", 1).hint(BY_ID)
    return found.limit(_RUNS_A_ROUND).batch_size(_RUNS_A_ROUND).to_list()


def _rewrite(runs: list[RunDocument]) -> None:
    changes = []
    for run in runs:
        if "status" not in run or (outcome := outcome_of_run(run)) == run["outcome"]:
            continue
        change: Clause = {"outcome": outcome}
        counted = counted_of(run, run["outcome"])
        if "counted" not in run and counted is not None:
            change["counted"] = counted
        # A run that somebody has written meanwhile is as it should be.
        where = {"_id": run["_id"], "revision": run.get("revision"), "outcome": run["outcome"]}
        changes.append(UpdateOne(where, {"$set": change}))
    if changes:
        collection(RUNS).bulk_write(changes, ordered=False)


def _save(change: Clause) -> None:
    collection(UPGRADES).update_one(_PLACE, {"$set": change}, upsert=True)
