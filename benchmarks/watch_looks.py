"""`python -m benchmarks.watch_looks`: what it costs to look at a thousand watches."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import click

from benchmarks.rows import Row, at_most, render
from benchmarks.service import Service, running_mongod
from chalicelib.database import database
from chalicelib.values.instants import format_instant
from chalicelib.watches import look_after
from tests.integration.passing_time import roll_up
from tests.integration.sent_commands import listening

AGENTS, VERSIONS, DAYS = 100, 3, 60
# Ten watches of each agent.
CONDITIONS: list[dict[str, Any]] = [
    {"type": "budget", "amount": 50, "period": "month", "tz": "Europe/Berlin"},
    {"type": "budget", "amount": 5, "period": "day"},
    {"type": "budget", "amount": 20, "period": "week", "tz": "Asia/Kolkata"},
    {"type": "success_rate_drop", "base": "previous_version"},
    {"type": "success_rate_drop", "base": "window", "window": "7d"},
    {"type": "duration_increase", "base": "window", "window": "7d"},
    {"type": "cost_increase", "base": "previous_version"},
    {"type": "silence", "for": "12h"},
    {"type": "stale", "more_than": 10},
    {"type": "new_error"},
]
BARS = {"ms a watch": 5.0, "round trips a watch": 3.0}


@click.command()
@click.option("--runs-a-day", type=int, multiple=True, default=(10, 100), show_default=True)
def main(runs_a_day: tuple[int, ...]) -> None:
    """Look at 1,000 watches over fleets with few and with many runs."""
    with running_mongod() as uri:
        for a_day in runs_a_day:
            click.echo(render(_measure(uri, a_day)))


def _measure(uri: str, a_day: int) -> list[Row]:
    service = Service(uri, "bench_watches", empty=True)
    runs = _fill(service, a_day)
    made = AGENTS * len(CONDITIONS)
    _look()  # warms up
    looked, taken_s, used_s, trips = _look()
    assert looked == made
    what = f"1,000 watches, {runs:,} runs"
    return [
        at_most(f"{what}: ms a watch", BARS["ms a watch"], taken_s * 1000 / made),
        Row(f"{what}: of that here", "", f"{used_s * 1000 / made:.2g} ms"),
        at_most(f"{what}: round trips a watch", BARS["round trips a watch"], trips / made),
    ]


def _look() -> tuple[int, float, float, int]:
    """How many watches were looked at, the seconds that took and used here, and round trips."""
    with listening() as sent:
        started, used = time.perf_counter(), time.process_time()
        looked = look_after(600)
        taken_s, used_s = time.perf_counter() - started, time.process_time() - used
        return looked, taken_s, used_s, len(sent.names())


def _fill(service: Service, a_day: int) -> int:
    generator, ids, total = random.Random(5), count(1), 0
    now = datetime.now(UTC)
    for agent in range(AGENTS):
        for version in range(VERSIONS):
            path = service.add_version(f"agent-{agent}", str(version + 1))
            first, last = DAYS * version // VERSIONS, DAYS * (version + 1) // VERSIONS
            batch = [
                _run(generator, next(ids), now - timedelta(days=DAYS - day - generator.random()))
                for day in range(first, last)
                for _ in range(a_day)
            ]
            for start in range(0, len(batch), 5000):
                body = json.dumps({"runs": batch[start : start + 5000]})
                service.call(service.event("POST", path, body), 201)
            total += len(batch)
        for condition in CONDITIONS:
            body = json.dumps({"name": "w", "agent": f"agent-{agent}", "condition": condition})
            service.call(service.event("POST", "/api/v1/watches", body), 201)
    # What the scheduled function will have done an hour later: everything counted.
    roll_up(database())
    return total


def _run(generator: random.Random, run_id: int, created: datetime) -> dict[str, Any]:
    return {
        "id": run_id,
        "created": format_instant(created.replace(microsecond=0)),
        "status": "failed" if generator.random() < 0.05 else "completed",
        "error": f"timeout after {generator.randrange(100)} s",
        "time_taken": round(generator.lognormvariate(3, 0.7), 3),
        "cost": round(generator.lognormvariate(-4, 0.7), 6),
        "tools": ["search"],
        "models": ["model-1"],
    }


if __name__ == "__main__":
    main()
