"""A quarter of a year by day, from rollups, against adding up the raw runs in the server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import repeat
from typing import Any

from benchmarks.fixture import DAYS, START, name_of
from benchmarks.pairs import Action, medians
from benchmarks.rows import Row, at_least, at_most
from benchmarks.service import Service
from chalicelib.database import collection
from chalicelib.database.indexes import RUNS_OF_AGENT
from chalicelib.database.names import MARKS, RUNS
from chalicelib.values.instants import format_instant, now

ROUNDS = 20
RAW_ROUNDS = 4  # one of them counted
END = START + timedelta(days=DAYS)
DIRTY_HOUR = START + timedelta(days=DAYS // 2)


def measure(service: Service, sizes: Sequence[int]) -> Iterator[Row]:
    clean = medians(repeat({str(runs): _asking(service, runs) for runs in sizes}, ROUNDS))
    for runs in sizes:
        _mark(runs)
    dirty = medians(repeat({str(runs): _asking(service, runs) for runs in sizes}, ROUNDS))
    collection(MARKS).delete_many({})
    least, most = str(sizes[0]), str(sizes[-1])
    for state, taken in (("rollups done", clean), ("one hour dirty", dirty)):
        what = f"metrics, {DAYS} days by day, {state}: {sizes[-1]:,} against {sizes[0]:,} runs"
        yield at_most(what, 3, taken[most] / taken[least])
    raw_s = medians(repeat({"raw": partial(_add_up, sizes[-1])}, RAW_ROUNDS))["raw"]
    for state, taken in (("rollups done", clean), ("one hour dirty", dirty)):
        what = f"metrics of {sizes[-1]:,} runs, {state}: speed against aggregating the runs"
        yield at_least(what, 100, raw_s / taken[most])
    for runs in sizes:
        times = f"{clean[str(runs)] * 1000:.0f} / {dirty[str(runs)] * 1000:.0f} ms"
        yield Row(f"metrics of {runs:,} runs, rollups done / one hour dirty", "", times)


def _asking(service: Service, runs: int) -> Action:
    query = f"from={format_instant(START)}&to={format_instant(END)}&interval=day"
    event = service.event("GET", f"/api/v1/agents/{name_of(runs)}/metrics?{query}")
    return partial(service.call, event)


def _mark(runs: int) -> None:
    agent_id, version_id = Service.ids_of(name_of(runs))
    collection(MARKS).insert_one(
        {
            "_id": {"v": version_id, "month": DIRTY_HOUR.replace(day=1, hour=0)},
            "agent_id": agent_id,
            "hours": {f"{DIRTY_HOUR:%d%H}": now()},
            "oldest": now(),
        }
    )


def _add_up(runs: int) -> None:
    """What one would write without rollups; it does not even have percentiles."""
    agent_id, _ = Service.ids_of(name_of(runs))
    where = {"agent_id": agent_id, "created": {"$gte": START, "$lt": END}}
    group = {
        "_id": {"$dateTrunc": {"date": "$created", "unit": "day"}},
        "runs": {"$sum": 1},
        "succeeded": {"$sum": {"$cond": [{"$eq": ["$outcome", "succeeded"]}, 1, 0]}},
        "duration_us": {"$sum": "$duration_us"},
        "cost": {"$sum": "$cost"},
    }
    days: Iterable[Any] = collection(RUNS).aggregate(
        [{"$match": where}, {"$group": group}], hint=RUNS_OF_AGENT
    )
    assert sum(day["runs"] for day in days) == runs
