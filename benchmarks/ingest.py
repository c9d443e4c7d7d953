"""Writing through the handler, against PyMongo writing the same documents made beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from pymongo.collection import Collection

from benchmarks.pairs import Action, medians
from benchmarks.reports import draw_reports, to_batch, to_documents, to_json
from benchmarks.rows import Row, at_least
from benchmarks.service import Service
from chalicelib.database import collection
from chalicelib.database.indexes import INDEXES
from chalicelib.database.names import RUNS, Name

DATABASE = "bench_ingest"
ROUNDS = {1_000: 60, 5_000: 16}
BARS = {1_000: 0.75, 5_000: 0.70}
SINGLE_ROUNDS = 1_500
# What the last report of a run says, beside its status.
COMPLETED = ("id", "time_taken", "cost")


def measure(uri: str) -> Iterator[Row]:
    service = Service(uri, DATABASE, empty=True)
    path = service.add_version("writer")
    collection(Name("plain")).create_indexes(INDEXES[RUNS])
    for size, rounds in ROUNDS.items():
        taken = medians(_batches(service, path, size, rounds))
        against_plain = taken["plain"] / taken["handler"]
        yield at_least(
            f"batch of {size:,}: throughput against `insert_many`", BARS[size], against_plain
        )
        yield Row(f"batch of {size:,}: runs a second", "", f"{size / taken['handler']:,.0f}")
        again = taken["handler"] / _replay(service, path, size, rounds)
        yield at_least(f"batch of {size:,}, replayed: speed against the first time", 0.5, again)
    merged = medians(_completions(service, path))
    yield at_least(
        "batch of 1,000 that completes runs: speed against their first report",
        0.5,
        merged["first"] / merged["completing"],
    )
    taken = medians(_single_runs(service, path))
    yield at_least(
        "one run: throughput against `insert_one`", 0.7, taken["plain"] / taken["handler"]
    )


def _batches(service: Service, path: str, size: int, rounds: int) -> Iterator[dict[str, Action]]:
    plain: Collection[Any] = collection(Name("plain"))
    for number in range(rounds):
        reports = draw_reports(size, number)
        documents = to_documents(reports, *service.ids_of("writer"))
        event = service.event("POST", path, to_batch(reports))
        yield {
            "handler": partial(service.call, event, 201),
            "plain": partial(plain.insert_many, documents),
        }


def _replay(service: Service, path: str, size: int, rounds: int) -> float:
    """The median seconds of sending a stored batch once more."""

    def repeated() -> Iterator[dict[str, Action]]:
        for number in range(rounds // 2):
            event = service.event("POST", path, to_batch(draw_reports(size, number)))
            service.call(event, 201)
            yield {"replay": partial(service.call, event, 200)}

    return medians(repeated())["replay"]


def _completions(service: Service, path: str) -> Iterator[dict[str, Action]]:
    """Batches of running runs, and of what their ends tell; always in this order."""
    for number in range(ROUNDS[1_000]):
        ended = draw_reports(1_000, number)
        running = [{**report, "status": "running", "time_taken": None} for report in ended]
        told = [{n: r[n] for n in COMPLETED if n in r} | {"status": "completed"} for r in ended]
        first = service.event("POST", path, to_batch(running))
        completing = service.event("POST", path, to_batch(told))
        yield {"first": partial(service.call, first, 201)}
        yield {"completing": partial(service.call, completing, 200)}


def _single_runs(service: Service, path: str) -> Iterator[dict[str, Action]]:
    plain: Collection[Any] = collection(Name("plain"))
    for number in range(SINGLE_ROUNDS):
        reports = draw_reports(1, number)
        document = to_documents(reports, *service.ids_of("writer"))[0]
        event = service.event("POST", path, to_json(reports[0]))
        yield {
            "handler": partial(service.call, event, 201),
            "plain": partial(plain.insert_one, document),
        }
