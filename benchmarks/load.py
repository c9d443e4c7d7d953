"""`make load`: the service under load, as Lambda would bear it.

Several processes run the handler on one mongod, each with one request at a time: batches, single
runs, lists and metrics. Prints what each kind of request took; ends with 1 when one failed, when
a process grew, or when the totals are not those of the runs that were acknowledged.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import click

from app import app
from benchmarks.callers import KINDS, SCHEDULED, Caller, Record, Work
from benchmarks.rows import table
from chalicelib.access import create_token
from chalicelib.database import database, ensure_indexes, forget
from management.database import choose_database
from management.mongod import Mongod
from tests.lambda_client import LambdaClient

DATABASE = "load"
AGENTS = 8
# Python returns memory late and in pieces; a leak of a kilobyte a request is far beyond this.
MOST_GROWTH = 1.25
LEAST_GROWTH_MB = 16


@click.command()
@click.option("--seconds", type=click.IntRange(1, 3600), default=120, show_default=True)
@click.option("--processes", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option(
    "--requests",
    type=click.IntRange(1),
    default=200_000,
    show_default=True,
    help="The most that one process sends.",
)
def load(seconds: int, processes: int, requests: int) -> None:
    """Drive the service for a while, on a mongod of its own that is thrown away."""
    with _service() as (uri, token, paths):
        work = [
            Work(number, uri, DATABASE, token, paths, seconds, requests)
            for number in range(processes)
        ]
        started = time.monotonic()
        records = _run(work)
        taken_s = time.monotonic() - started
        counted = _count_runs(token)
    click.echo(_render(records, taken_s))
    complaints = find_complaints(records, counted)
    for complaint in complaints:
        click.echo(complaint, err=True)
    sys.exit(1 if complaints else 0)


def find_complaints(records: Sequence[Record], counted: int) -> list[str]:
    """What is wrong, a line each; `counted` is how many runs the service says it has."""
    complaints = [
        f"{number} times: {failure}"
        for record in records
        for failure, number in record.failures.items()
    ]
    for number, record in enumerate(records):
        if not record.requests:
            complaints.append(f"process {number} did nothing")
        limit_mb = max(record.warm_mb * MOST_GROWTH, record.warm_mb + LEAST_GROWTH_MB)
        if record.end_mb > limit_mb:
            complaints.append(
                f"process {number} grew from {record.warm_mb:.0f} to {record.end_mb:.0f} MB"
            )
    acknowledged = sum(record.new_runs for record in records)
    if counted != acknowledged:
        complaints.append(f"{acknowledged:,} runs were acknowledged, {counted:,} are counted")
    return complaints


@contextmanager
def _service() -> Iterator[tuple[str, str, list[str]]]:
    """A mongod with AGENTS agents: its address, a token, and the paths of their versions' runs."""
    with TemporaryDirectory() as directory, Mongod(Path(directory)) as mongod:
        choose_database(mongod.uri, DATABASE)
        ensure_indexes(database())
        token = create_token("load", "admin", project=None, expires_at=None)
        client = LambdaClient(app)
        paths = []
        for number in range(AGENTS):
            agent = f"/api/v1/agents/agent-{number}"
            client.post(f"{agent}/register", {"project": f"project-{number % 3}"})
            assert client.post(f"{agent}/versions", {"version": "1"}).status == 201
            paths.append(f"{agent}/versions/1/runs")
        yield mongod.uri, token, paths
        forget()


def _run(work: Sequence[Work]) -> list[Record]:
    """All of it at once, each in a process of its own."""
    # Not forked from this one, whose client has threads.
    starting = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(work), mp_context=starting) as pool:
        return list(pool.map(_call, work))


def _call(work: Work) -> Record:
    return Caller(work).run()


def _count_runs(token: str) -> int:
    client = LambdaClient(app, {"authorization": f"Bearer {token}"})
    return int(client.get("/api/v1/metrics").json["runs"])


def _render(records: Sequence[Record], taken_s: float) -> str:
    names = [*(kind.name for kind in KINDS), SCHEDULED]
    rows = [_row(name, records) for name in names if any(name in r.seconds for r in records)]
    requests = sum(record.requests for record in records)
    new_runs = sum(record.new_runs for record in records)
    memory = ", ".join(f"{record.warm_mb:.0f} → {record.end_mb:.0f}" for record in records)
    return (
        f"{len(records)} processes, {taken_s:.0f} s: {requests:,} requests,"
        f" {requests / taken_s:,.0f} a second; {new_runs:,} new runs\n"
        f"memory of each process, warm → at the end: {memory} MB\n\n"
        + table(("request", "number", "p50 ms", "p95 ms", "p99 ms", "failed"), rows)
    )


def _row(name: str, records: Sequence[Record]) -> tuple[str, ...]:
    seconds = [each for record in records for each in record.seconds.get(name, ())]
    failed = sum(
        number
        for record in records
        for failure, number in record.failures.items()
        if failure.startswith(f"{name}: ")
    )
    hundredths = quantiles(seconds * 2, n=100)  # twice, because of a single one there are none
    figures = (f"{hundredths[at - 1] * 1000:.1f}" for at in (50, 95, 99))
    return name, f"{len(seconds):,}", *figures, str(failed)


if __name__ == "__main__":
    load()
