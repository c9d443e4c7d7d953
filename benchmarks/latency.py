"""How long each route takes, warm, and what the time goes into."""

from __future__ import annotations

import time
from statistics import quantiles
from typing import Any

from pymongo import monitoring
from tqdm import tqdm

from benchmarks.requests import KINDS, Kind, event_of, prepare, status_of
from benchmarks.rows import table
from benchmarks.service import Service
from benchmarks.shares import OWNERS, shares_of

CALLS_OF_A_BATCH = 100
PROFILED_CALLS = 100
_WARM_UP = 5


class _Trips(monitoring.CommandListener):
    """Counts the commands sent to the database; registering it slows every later client."""

    def __init__(self) -> None:
        self.count = 0

    def started(self, _event: monitoring.CommandStartedEvent) -> None:
        self.count += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


def measure(uri: str, calls: int) -> str:
    """Two Markdown tables: times, and shares of the time."""
    service = prepare(uri)
    times = [_time(service, kind, calls) for kind in tqdm(KINDS, desc="latency", unit="route")]
    trips = _Trips()
    monitoring.register(trips)
    service = prepare(uri)
    counted = [_count(service, kind, trips) for kind in KINDS]
    header = ("request", "calls", "p50 ms", "p99 ms", "round trips")
    rows = [
        (kind.name, str(len(taken)), *_percentiles_ms(taken), str(number))
        for kind, taken, number in zip(KINDS, times, counted, strict=True)
    ]
    service = prepare(uri)
    shares = [
        (kind.name, *(f"{share:.0%}" for share in _profile(service, kind).values()))
        for kind in tqdm(KINDS, desc="profile", unit="route")
    ]
    return f"{table(header, rows)}\n{table(('request', *OWNERS), shares)}"


def _time(service: Service, kind: Kind, calls: int) -> list[float]:
    taken = []
    for number in range(-_WARM_UP, CALLS_OF_A_BATCH if kind.is_batch else calls):
        event = event_of(service, kind)
        started = time.perf_counter()
        service.call(event, status_of(kind))
        if number >= 0:
            taken.append(time.perf_counter() - started)
    return taken


def _count(service: Service, kind: Kind, trips: _Trips) -> int:
    """The round trips of a warm request."""
    for _ in range(_WARM_UP):
        service.call(event_of(service, kind), status_of(kind))
    event, before = event_of(service, kind), trips.count
    service.call(event, status_of(kind))
    return trips.count - before


def _profile(service: Service, kind: Kind) -> dict[str, float]:
    events: list[dict[str, Any]] = [event_of(service, kind) for _ in range(PROFILED_CALLS)]
    return shares_of(lambda: [service.call(event, status_of(kind)) for event in events])


def _percentiles_ms(taken: list[float]) -> tuple[str, str]:
    hundredths = quantiles(taken, n=100)
    return f"{hundredths[49] * 1000:.2f}", f"{hundredths[98] * 1000:.2f}"
