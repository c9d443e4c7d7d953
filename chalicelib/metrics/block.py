"""The metrics block: what is known of a set of runs, and how it reads as JSON.

Blocks of disjoint sets merge into the block of their union, in any order and grouping, with the
same result to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.metrics.measures import Costs, Durations, pick
from chalicelib.metrics.proportion import wilson_interval
from chalicelib.values.instants import format_instant
from chalicelib.values.outcomes import OUTCOMES, Outcome


@dataclass(slots=True)
class Block:
    """Counts, durations and costs of a set of runs.

    `stale` counts those among `in_progress` that should long have finished. It depends on when it
    is asked, so whoever reads the runs sets it. `first_run` and `last_run` are the least and the
    greatest `created`, as aware UTC datetimes.
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

    @property
    def runs(self) -> int:
        return self.succeeded + self.failed + self.in_progress + self.other

    @property
    def rated(self) -> int:
        """How many runs the success rate is of."""
        return self.succeeded + self.failed

    @property
    def success_rate(self) -> float | None:
        return self.succeeded / self.rated if self.rated else None

    def add_run(
        self,
        outcome: Outcome,
        created: datetime,
        *,
        duration_us: int | None = None,
        cost: float | Decimal | None = None,
    ) -> None:
        """Count one run; a duration or cost of None is unknown."""
        setattr(self, outcome, getattr(self, outcome) + 1)
        if duration_us is not None:
            self.durations.add(duration_us)
        self.costs.add(cost)
        self._stretch(created, created)

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
            "first_run": format_instant(self.first_run) if self.first_run else None,
            "last_run": format_instant(self.last_run) if self.last_run else None,
        }

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
