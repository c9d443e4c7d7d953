"""Blocks made from plain lists, for the tests of the metrics."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import zip_longest

from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import bucket_of
from chalicelib.metrics.measures import Costs, Durations, exact_cost
from chalicelib.metrics.scores import fold_scores
from chalicelib.metrics.tokens import TokenCounts, fold_tokens
from chalicelib.values.outcomes import Outcome

CREATED = datetime(2026, 1, 31, 12, tzinfo=UTC)


def duration_of(us: int) -> Durations:
    """What one duration adds up to."""
    return Durations(1, us, us, us, {bucket_of(us): 1}, array("q", (us,)))


def cost_of(cost: float | Decimal | None) -> Costs:
    """What the cost of one ended run adds up to; None is unknown."""
    if cost is None:
        return Costs(unknown=1)
    return Costs(1, 0, exact_cost(cost), {bucket_of(float(cost)): 1})


def add_run(
    block: Block,
    outcome: Outcome,
    created: datetime,
    *,
    duration_us: int | None = None,
    cost: float | Decimal | None = None,
    tokens: TokenCounts | None = None,
    score: float | None = None,
) -> None:
    """Count one run, by what the words mean and not as folding does; what is None is unknown."""
    one = Block(first_run=created, last_run=created)
    setattr(one, outcome, 1)
    if outcome != "in_progress":
        one.durations = Durations() if duration_us is None else duration_of(duration_us)
        one.costs = cost_of(cost)
        one.tokens = None if tokens is None else fold_tokens([tokens], histogram=True)
        one.scores = None if score is None else fold_scores([score])
    elif cost is not None:
        one.costs = Costs(in_progress=exact_cost(cost), in_progress_known=1)
    block.merge(one)


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
        add_run(block, "succeeded", CREATED)
    for _ in range(failed):
        add_run(block, "failed", CREATED)
    for duration_ms, cost in zip_longest(durations_ms, costs):
        duration_us = None if duration_ms is None else round(duration_ms * 1000)
        add_run(block, "other", CREATED, duration_us=duration_us, cost=cost)
    return block
