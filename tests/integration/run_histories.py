"""Histories of many runs, and what has to stand in the database once all of them were told."""

from __future__ import annotations

import random
from typing import Any

from bson import ObjectId
from pymongo.database import Database

Report = dict[str, Any]
# What differs between two services that were told the same at different times.
_INCIDENTAL = ("recorded_at", "revision", "moved_from", "counted", "counted_at")


def tell(drawn: random.Random, runs: int) -> list[Report]:
    """Reports of runs 0 to `runs - 1`, without contradictions: each has one end, if any."""
    return [report for run_id in range(runs) for report in _history(drawn, run_id)]


def _history(drawn: random.Random, run_id: int) -> list[Report]:
    created = f"2026-03-01T{drawn.randrange(24):02d}:00:00Z"
    gives_created = drawn.choice(["always", "never", "sometimes"])
    stages: list[Report] = [
        {"status": "queued"},
        {"status": "running", "cost": 1},
        {"status": "running", "cost": 2, "metadata": {"b": 1, "a": True}},
        {"status": drawn.choice(["ok", "failed"]), "cost": 2, "time_taken": drawn.randrange(99)},
    ]
    told = [stage for stage in stages if drawn.random() < 0.7] or stages[-1:]
    for stage in told:
        stage["id"] = run_id
        if gives_created == "always" or (gives_created == "sometimes" and drawn.random() < 0.5):
            stage["created"] = created
    return told


def batches(drawn: random.Random, reports: list[Report]) -> list[list[Report]]:
    """All the reports in any order, a third of them twice, in batches of any size."""
    shuffled = reports + drawn.sample(reports, len(reports) // 3)
    drawn.shuffle(shuffled)
    cut = []
    while shuffled:
        size = drawn.randint(1, 60)
        cut.append(shuffled[:size])
        shuffled = shuffled[size:]
    return cut


def standing(database: Database[Report], version_id: str) -> dict[int, Report]:
    """A version's runs as they are stored, by id, without what may differ."""
    found = database["runs"].find({"_id.v": ObjectId(version_id)})
    return {run["_id"]["id"]: _essence(run) for run in found}


def _essence(run: Report) -> Report:
    left_out = {"_id", *_INCIDENTAL, *(("created",) if "created_assigned" in run else ())}
    return {name: value for name, value in run.items() if name not in left_out}
