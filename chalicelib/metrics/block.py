"""The metrics block: what is known of a set of runs, and how it reads as JSON.

Durations, scores, tokens, and costs but for the money of runs in progress, are of runs that have
ended: what is still going has not yet taken or used what it will.

Blocks of disjoint sets merge into the block of their union, in any order and grouping, with the
same result to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.metrics.counted import Adjustment
from chalicelib.metrics.histogram import add_counts
from chalicelib.metrics.measures import EXACT, Costs, Durations, pick
from chalicelib.metrics.proportion import wilson_interval
from chalicelib.metrics.scores import Scores
from chalicelib.metrics.tokens import Tokens
from chalicelib.values.instants import format_instant
from chalicelib.values.outcomes import OUTCOMES


@dataclass(slots=True)
class Block:
    """Counts, durations, costs, tokens and scores of a set of runs.

    `stale` counts those among `in_progress` that should long have finished. It depends on when it
    is asked, so whoever reads the runs sets it. `first_run` and `last_run` are the least and the
    greatest `created`, as aware UTC datetimes. `tokens` and `scores` are None where no run named
    any, and `adjustment` where Prometheus's counters have what the block says.
    """

    succeeded: int = 0
    failed: int = 0
    in_progress: int = 0
    other: int = 0
    stale: int = 0
    durations: Durations = field(default_factory=Durations)
    costs: Costs = field(default_factory=Costs)
    first_run: datetime | None = None
    last_run: datetime | None = None
    tokens: Tokens | None = None
    scores: Scores | None = None
    adjustment: Adjustment | None = None

    @property
    def runs(self) -> int:
        return self.succeeded + self.failed + self.in_progress + self.other

    @property
    def ended(self) -> int:
        """How many runs have an end; `other` ones, of whose end nobody knows the word, too."""
        return self.succeeded + self.failed + self.other

    @property
    def rated(self) -> int:
        """How many runs the success rate is of."""
        return self.succeeded + self.failed

    @property
    def success_rate(self) -> float | None:
        return self.succeeded / self.rated if self.rated else None

    def merge(self, other: Block) -> None:
        """Count all of the other's runs too."""
        self.succeeded += other.succeeded
        self.failed += other.failed
        self.in_progress += other.in_progress
        self.other += other.other
        self.stale += other.stale
        self.durations.merge(other.durations)
        self.costs.merge(other.costs)
        self._stretch(other.first_run, other.last_run)
        if other.tokens is not None:
            self._add_tokens(other.tokens)
        if other.scores is not None:
            self._add_scores(other.scores)
        if other.adjustment is not None:
            self.adjustment = self.adjustment or Adjustment()
            self.adjustment.merge(other.adjustment)

    def to_json(self) -> dict[str, Any]:
        """The block of the API; rates and means over nothing are null, not 0.

        `rated` is what `success_rate` and its 95 % Wilson interval are of.
        """
        interval = wilson_interval(self.succeeded, self.rated)
        return {
            "runs": self.runs,
            "by_outcome": {outcome: getattr(self, outcome) for outcome in OUTCOMES},
            "stale": self.stale,
            "rated": self.rated,
            "success_rate": self.success_rate,
            "success_rate_interval": list(interval) if interval else None,
            "duration_ms": self.durations.to_json(),
            "cost": self.costs.to_json(),
            "tokens": (self.tokens or Tokens()).to_json(self.ended),
            "score": (self.scores or Scores()).to_json(),
            "first_run": format_instant(self.first_run) if self.first_run else None,
            "last_run": format_instant(self.last_run) if self.last_run else None,
        }

    def _add_tokens(self, tokens: Tokens) -> None:
        # Merged into one of its own: the other block's stays as it is.
        self.tokens = self.tokens or Tokens()
        self.tokens.merge(tokens)

    def _add_scores(self, scores: Scores) -> None:
        self.scores = self.scores or Scores()
        self.scores.merge(scores)

    def _stretch(self, first: datetime | None, last: datetime | None) -> None:
        self.first_run = pick(min, self.first_run, first)
        self.last_run = pick(max, self.last_run, last)


def merge_blocks(blocks: Iterable[Block]) -> Block:
    """One block of all the runs; the given ones stay as they are."""
    merged = Block()
    for block in blocks:
        merged.merge(block)
    return merged


def add_block(blocks: dict[Any, Block], key: Any, block: Block) -> None:
    """Merge into the block that stands for the key; where there is none, let it be this one."""
    if key in blocks:
        blocks[key].merge(block)
    else:
        blocks[key] = block


def counters_of(block: Block) -> Block:
    """What Prometheus's counters have of the block's runs: those that have ended, as they ended."""
    durations, costs = Durations(), Costs()
    durations.merge(block.durations)
    costs.merge(block.costs)
    costs.in_progress, costs.in_progress_known = Decimal(0), 0
    counters = Block(block.succeeded, block.failed, 0, block.other, 0, durations, costs)
    if block.adjustment is not None:
        _adjust(counters, block.adjustment)
    counters.first_run, counters.last_run = block.first_run, block.last_run
    return counters


def _adjust(counters: Block, adjustment: Adjustment) -> None:
    durations, costs = counters.durations, counters.costs
    for outcome, count in adjustment.outcomes.items():
        setattr(counters, outcome, getattr(counters, outcome) + count)
    durations.count += adjustment.durations
    durations.sum_us += adjustment.sum_us
    add_counts(durations.histogram, adjustment.histogram)
    costs.ended = EXACT.add(costs.ended, adjustment.cost)
    costs.unknown += adjustment.without_cost
