"""Blocks made from plain lists, for the tests of the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import zip_longest

from chalicelib.metrics.block import Block

CREATED = datetime(2026, 1, 31, 12, tzinfo=UTC)


def block_of(
    *,
    succeeded: int = 0,
    failed: int = 0,
    durations_ms: Sequence[float] = (),
    costs: Sequence[float | None] = (),
) -> Block:
    """A block of so many finished runs; durations and costs are of further, `other` ones."""
    block = Block()
    for _ in range(succeeded):
        block.add_run("succeeded", CREATED)
    for _ in range(failed):
        block.add_run("failed", CREATED)
    for duration_ms, cost in zip_longest(durations_ms, costs):
        duration_us = None if duration_ms is None else round(duration_ms * 1000)
        block.add_run("other", CREATED, duration_us=duration_us, cost=cost)
    return block
