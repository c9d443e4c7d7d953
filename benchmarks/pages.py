"""A list's first page against a far one, in few runs and in very many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import Any

from benchmarks.fixture import name_of
from benchmarks.pairs import Action, medians
from benchmarks.rows import Row, at_most
from benchmarks.service import Service

FAR = 1_000
PAGE = 100
ROUNDS = 200


def measure(service: Service, sizes: Sequence[int]) -> Iterator[Row]:
    actions: dict[str, Action] = {}
    for runs in sizes:
        first = service.event("GET", f"/api/v1/agents/{name_of(runs)}/runs?limit={PAGE}")
        actions[f"first of {runs:,}"] = partial(service.call, first)
        actions[f"far of {runs:,}"] = partial(service.call, _turn_to(service, first, FAR))
    taken = medians(repeat(actions, ROUNDS))
    slowest, fastest = max(taken.values()), min(taken.values())
    counts = " and ".join(f"{runs:,}" for runs in sizes)
    yield at_most(
        f"first and {FAR:,}th page of {PAGE}, of {counts} runs: slowest against fastest",
        1.3,
        slowest / fastest,
    )
    for name, seconds in taken.items():
        yield Row(f"page: {name}", "", f"{seconds * 1000:.2f} ms")


def _turn_to(service: Service, event: dict[str, Any], page: int) -> dict[str, Any]:
    """The request of a page so many links on."""
    for _ in range(page - 1):
        link = service.call(event)["headers"]["Link"]
        event = service.event("GET", link.removeprefix("<").partition(">")[0])
    return event
