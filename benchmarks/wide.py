"""A wide and sparse fleet: recording, upkeep, disk and questions, against the raw runs alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import repeat
from typing import Any

from app import rollup
from benchmarks.marks import let_marks_age
from benchmarks.pairs import Action, medians
from benchmarks.peak import peak_of
from benchmarks.rows import Row, at_least, at_most
from benchmarks.service import Service
from benchmarks.wide_fleet import DAYS, FLEETS, START, Fleet, batches_of
from chalicelib.database import collection, database
from chalicelib.database.indexes import INDEXES
from chalicelib.database.names import RUNS, Name
from chalicelib.values.instants import format_instant
from tests.lambda_client import SCHEDULED_EVENT

ROUNDS = {"small": 10, "full": 5}
END = START + timedelta(days=DAYS)
RANGE = f"from={format_instant(START)}&to={format_instant(END)}"
ZONES = ("America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe")
GROUPINGS = ("project", "agent", "version", "cluster", "model", "tool", "initiator", "status")
# What is no stored sum of runs; all other collections are.
_NO_SUMS = {"runs", "plain", "agents", "versions", "tokens", "retention", "fixtures"}
_MB = 1_000_000


def measure(uri: str, size: str) -> Iterator[Row]:
    fleet = FLEETS[size]
    service = Service(uri, f"bench_wide_{size}", empty=True)
    collection(Name("plain")).create_indexes(INDEXES[RUNS])
    name = f"wide fleet of {fleet.runs:,} runs"
    yield from _measure_ingest(service, fleet, name)
    collection(Name("plain")).drop()
    yield from _measure_upkeep(fleet, name)
    yield from _measure_disk(name)
    yield from _measure_questions(service, size, name)


def _measure_ingest(service: Service, fleet: Fleet, name: str) -> Iterator[Row]:
    taken = medians(batches_of(service, fleet))
    rate = 720 / taken["handler"]
    yield at_least(f"{name}: batch of 720 over 720 hours: runs a second", 25_000, rate)
    against_plain = taken["plain"] / taken["handler"]
    yield at_least(f"{name}: the same against `insert_many`", 0.6, against_plain)


def _measure_upkeep(fleet: Fleet, name: str) -> Iterator[Row]:
    let_marks_age()
    started = time.perf_counter()
    with peak_of() as peak:
        while rollup(SCHEDULED_EVENT, None):
            pass
    seconds = time.perf_counter() - started
    yield at_least(f"{name}: upkeep: runs a second", 20_000, fleet.runs / seconds)
    yield Row(f"{name}: upkeep: memory of the process", "", f"{peak.bytes / _MB:,.0f} MB")


def _measure_disk(name: str) -> Iterator[Row]:
    runs, sums = size_of_runs_and_sums()
    yield at_most(f"{name}: disk of what they add up to against that of the runs", 0.8, sums / runs)
    yield Row(f"{name}: disk of the runs", "", f"{runs / _MB:.1f} MB")


def size_of_runs_and_sums() -> tuple[int, int]:
    """Bytes on disk of the runs, and of all that they add up to."""
    database().client.admin.command("fsync")
    names = set(database().list_collection_names())
    return _size_of("runs"), sum(_size_of(each) for each in names - _NO_SUMS)


def _size_of(name: str) -> int:
    """Bytes on disk, with the indexes."""
    return int(database().command("collStats", name)["totalSize"])


def _measure_questions(service: Service, size: str, name: str) -> Iterator[Row]:
    paths = {
        "total": f"{RANGE}",
        "by day": f"{RANGE}&interval=day",
        **{f"by day, {zone}": f"{RANGE}&interval=day&tz={zone}" for zone in ZONES},
        **{f"by {by}": f"{RANGE}&group_by={by}" for by in GROUPINGS},
        "of a model, by agent": f"{RANGE}&model=model-1&group_by=agent",
    }
    actions: dict[str, Action] = {
        what: partial(service.call, service.event("GET", f"/api/v1/metrics?{query}"))
        for what, query in paths.items()
    }
    actions["raw"] = _group_runs
    taken = medians(repeat(actions, ROUNDS[size] + 3))
    raw_s = taken["raw"]
    yield Row(f"{name}: `$group` of the runs by hour", "", f"{raw_s * 1000:.0f} ms")
    for what in paths:
        title = f"{name}: {what}: {taken[what] * 1000:.0f} ms, against `$group`"
        yield at_most(title, _bar_of(what, size), taken[what] / raw_s)
    for zone in ZONES:
        title = f"{name}: by day, {zone}, against UTC"
        yield at_most(title, 3, taken[f"by day, {zone}"] / taken["by day"])


def _bar_of(what: str, size: str) -> float:
    if what in ("total", "by day"):
        return 0.3 if size == "small" else 0.1
    return 0.5


def _group_runs() -> list[Any]:
    """What one would write without rollups: counts, costs and successes by hour."""
    group = {
        "_id": {"$dateTrunc": {"date": "$created", "unit": "hour"}},
        "runs": {"$sum": 1},
        "cost": {"$sum": "$cost"},
        "succeeded": {"$sum": {"$cond": [{"$eq": ["$outcome", "succeeded"]}, 1, 0]}},
    }
    where = {"created": {"$gte": START, "$lt": END}}
    return collection(RUNS).aggregate([{"$match": where}, {"$group": group}]).to_list()
