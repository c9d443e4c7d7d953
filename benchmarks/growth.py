"""How cost grows with the number of runs, of dense and sparse fleets: a table for docs/growth.md.

Dense: one version with all the runs. Sparse: as many versions as give each 720 runs, 8 a day.

    python -m benchmarks.growth --most 1000000
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import chdir
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import click

from app import rollup
from benchmarks.fixture import load, mark_every_hour
from benchmarks.machine import describe
from benchmarks.marks import let_marks_age
from benchmarks.pairs import Action, medians
from benchmarks.rows import table
from benchmarks.service import Service, running_mongod
from benchmarks.wide import RANGE, size_of_runs_and_sums
from benchmarks.wide_fleet import VERSIONS_AN_AGENT, Fleet, batches_of
from chalicelib.database import collection
from chalicelib.database.names import Name
from tests.lambda_client import SCHEDULED_EVENT

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "growth.md"
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
ROUNDS = 8
QUESTIONS = {
    "total": "",
    "by day": "&interval=day",
    "by day, New York": "&interval=day&tz=America/New_York",
    "by day, Kolkata": "&interval=day&tz=Asia/Kolkata",
    "by agent": "&group_by=agent",
    "by model": "&group_by=model",
    "by tool": "&group_by=tool",
    "by initiator": "&group_by=initiator",
    "of a model, by agent": "&model=model-1&group_by=agent",
}
_MB = 1_000_000
_PREFACE = """\
# How cost grows

Written by `python -m benchmarks.growth --most {most}`: 90 days, each question over all of them,
asked of the warm handler, the median of {rounds}. A dense fleet is one version with all the runs, a
sparse one has a version for every 720 of them, 8 a day. Upkeep has counted everything.

{machine}
The load says how far the milliseconds can be believed; how they grow from column to column can.

"""


class Cost(NamedTuple):
    """Seconds of each question, and what upkeep and the disk take."""

    title: str
    questions: dict[str, float]
    runs_a_second: float
    runs_mb: float
    sums_mb: float


@click.command()
@click.option("--most", type=int, default=1_000_000, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), default=DOCUMENT, show_default=True)
def growth(most: int, output: Path) -> None:
    """Measure dense and sparse fleets of up to so many runs."""
    with chdir(ROOT), running_mongod() as uri:
        text = _PREFACE.format(most=most, rounds=ROUNDS, machine=describe(uri))
        text += _render([cost for size in SIZES if size <= most for cost in _measure(uri, size)])
    output.write_text(text)
    click.echo(text)


def _measure(uri: str, runs: int) -> Iterator[Cost]:
    service = Service(uri, f"bench_growth_dense_{runs}", empty=True)
    load(service, runs)
    mark_every_hour(runs)
    yield _cost(service, f"{runs:,} dense", runs)
    agents = max(1, runs // (720 * VERSIONS_AN_AGENT))
    fleet = Fleet("growth", agents=agents, hours_a_day=8, runs_an_hour=1)
    service = Service(uri, f"bench_growth_sparse_{runs}", empty=True)
    for actions in batches_of(service, fleet):
        actions["handler"]()
    collection(Name("plain")).drop()
    yield _cost(service, f"{fleet.runs:,} sparse", fleet.runs)


def _cost(service: Service, title: str, runs: int) -> Cost:
    let_marks_age()
    started = time.perf_counter()
    while rollup(SCHEDULED_EVENT, None):
        pass
    seconds = time.perf_counter() - started
    actions: dict[str, Action] = {
        what: partial(service.call, service.event("GET", f"/api/v1/metrics?{RANGE}{query}"))
        for what, query in QUESTIONS.items()
    }
    of_runs, of_sums = size_of_runs_and_sums()
    taken = medians(repeat(actions, ROUNDS + 3))
    return Cost(title, taken, runs / seconds, of_runs / _MB, of_sums / _MB)


def _render(costs: list[Cost]) -> str:
    rows = [
        [what, *(f"{cost.questions[what] * 1000:,.0f} ms" for cost in costs)] for what in QUESTIONS
    ]
    rows.append(["upkeep, runs a second", *(f"{cost.runs_a_second:,.0f}" for cost in costs)])
    rows.append(["disk of the runs", *(f"{cost.runs_mb:,.1f} MB" for cost in costs)])
    rows.append(["disk of what they add up to", *(f"{cost.sums_mb:,.1f} MB" for cost in costs)])
    return table(["", *(cost.title for cost in costs)], rows)


if __name__ == "__main__":
    growth()
