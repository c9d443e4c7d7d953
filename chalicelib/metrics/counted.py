"""What Prometheus's counters count of a run, once it has ended, for ever.

A counter must never fall. So when an ended run changes afterwards, because a report completed it or
somebody corrected or deleted it, what was counted of it is kept beside it (`counted` of the run's
document). A block then holds by how much the counters differ from what the block itself says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NotRequired

from typing_extensions import TypedDict

from chalicelib.metrics.histogram import add_counts, bucket_of
from chalicelib.metrics.measures import EXACT, exact_cost
from chalicelib.values.outcomes import ENDED, Outcome


class Counted(TypedDict):
    """An ended run as the counters have it; `without_cost` stays once it was counted so."""

    outcome: Outcome
    cost: NotRequired[float]
    duration_us: NotRequired[int]
    without_cost: NotRequired[bool]


# In place of what was counted: the run is counted at the time that it had then.
ELSEWHERE: Mapping[str, Any] = {}


@dataclass(slots=True)
class Adjustment:
    """What is to be added to a block's numbers, or taken from them, to have the counters'."""

    outcomes: dict[Outcome, int] = field(default_factory=dict)
    cost: Decimal = Decimal(0)
    without_cost: int = 0
    durations: int = 0
    sum_us: int = 0
    histogram: dict[int, int] = field(default_factory=dict)

    def merge(self, other: Adjustment) -> None:
        for outcome, count in other.outcomes.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + count
        self.cost = EXACT.add(self.cost, other.cost)
        self.without_cost += other.without_cost
        self.durations += other.durations
        self.sum_us += other.sum_us
        add_counts(self.histogram, other.histogram)

    def count(self, counted: Counted, sign: int) -> None:
        """Add a run (sign 1), or take it away (sign -1)."""
        duration_us, cost = counted.get("duration_us"), counted.get("cost")
        has_duration = duration_us is not None
        self.merge(
            Adjustment(
                {counted["outcome"]: sign},
                Decimal(0) if cost is None else sign * exact_cost(cost),
                sign if counted.get("without_cost") else 0,
                sign if has_duration else 0,
                sign * (duration_us or 0),
                {bucket_of(duration_us): sign} if duration_us is not None else {},
            )
        )


def counted_of(run: Mapping[str, Any], outcome: Outcome | None) -> Counted | None:
    """What is counted of a run's fields (of the document, or of a row) if it has ended."""
    if outcome not in ENDED:
        return None
    counted: Counted = {"outcome": outcome}
    if run.get("duration_us") is not None:
        counted["duration_us"] = run["duration_us"]
    if run.get("cost") is None:
        counted["without_cost"] = True
    else:
        counted["cost"] = run["cost"]
    return counted


def complete(before: Counted, after: Counted) -> Counted:
    """What is counted of an ended run that a report has completed: no number of it falls.

    The outcome and the duration stay as they were known; what was unknown is counted when it
    becomes known, and of two costs the higher one.
    """
    counted = before.copy()
    if "cost" in after:
        counted["cost"] = max(counted.get("cost", 0.0), after["cost"])
    if "duration_us" not in counted and "duration_us" in after:
        counted["duration_us"] = after["duration_us"]
    return counted


def adjust(runs: Iterable[tuple[Counted, Counted | None]]) -> Adjustment:
    """The adjustment for runs with (what the counters have, what their fields say)."""
    adjustment = Adjustment()
    for counted, actual in runs:
        if counted != ELSEWHERE:
            adjustment.count(counted, 1)
        if actual is not None:
            adjustment.count(actual, -1)
    return adjustment
