"""What the runs of a set took and cost: sums that are exact, histograms that merge."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any, TypeVar

from chalicelib.metrics.histogram import (
    RELATIVE_ERROR,
    add_counts,
    quantile,
    rank_of,
    values_at,
)

T = TypeVar("T")

US_PER_MS = 1000
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
# Sums of costs from 1e-12 to 1e12 dollars, each with the 17 digits of a float, reach from 1e-28
# up to 1e24 after 1e12 runs: 53 digits, so that no sum is ever rounded and order never matters.
EXACT = Context(prec=64)
# Of at most so many durations all are kept, and their percentiles are exact. So few take little
# room wherever they are kept, and no answer depends on where that is.
MOST_EXACT = 50


@dataclass(slots=True)
class Durations:
    """The durations, in microseconds, of the ended runs that have one.

    `values` has all of them, in any order, or is None: there are more than MOST_EXACT, or the ends
    tell them. It is never changed in place.
    """

    count: int = 0
    sum_us: int = 0
    min_us: int | None = None
    max_us: int | None = None
    histogram: dict[int, int] = field(default_factory=dict)
    values: array[int] | None = field(default=None, compare=False)

    def merge(self, other: Durations) -> None:
        """Count all of the other's durations too."""
        self.values = self._values_with(other)
        self.count += other.count
        self.sum_us += other.sum_us
        self.min_us = pick(min, self.min_us, other.min_us)
        self.max_us = pick(max, self.max_us, other.max_us)
        add_counts(self.histogram, other.histogram)

    @property
    def mean_ms(self) -> float | None:
        return self.sum_us / (self.count * US_PER_MS) if self.count else None

    def quantile_ms(self, q: float) -> float | None:
        """The q-quantile (see histogram) in milliseconds, or None of nothing."""
        if self.values is not None:
            return to_ms(sorted(self.values)[rank_of(q, self.count)])
        return to_ms(quantile(self.histogram, q, least=self.min_us, greatest=self.max_us))

    @property
    def is_exact(self) -> bool:
        """Whether the percentiles are the sample's own, and not estimates from the histogram."""
        return self.values is not None or not self.histogram_error

    @property
    def histogram_error(self) -> float:
        """By how much what is read from the histogram may err.

        It hides nothing where all values are equal, and where there is none between the least and
        the greatest, which are both known.
        """
        return 0.0 if self.min_us == self.max_us or self.count <= 2 else RELATIVE_ERROR

    @property
    def relative_error(self) -> float:
        """By how much the percentiles may err."""
        return 0.0 if self.is_exact else RELATIVE_ERROR

    def to_json(self) -> dict[str, Any]:
        """`duration_ms` of the metrics block; all but the count is null of nothing."""
        return {
            "count": self.count,
            "mean": self.mean_ms,
            "min": to_ms(self.min_us),
            "max": to_ms(self.max_us),
            **self._percentiles_ms(),
            "method": "exact" if self.is_exact else "approximate",
            "relative_error": self.relative_error,
        }

    def _percentiles_ms(self) -> dict[str, float | None]:
        if not self.count:
            return dict.fromkeys(PERCENTILES)
        ranks = [rank_of(q, self.count) for q in PERCENTILES.values()]
        values = self._values_at(ranks)
        return {name: v / US_PER_MS for name, v in zip(PERCENTILES, values, strict=True)}

    def _values_at(self, ranks: list[int]) -> list[float]:
        if self.values is None:
            return values_at(self.histogram, ranks, least=self.min_us, greatest=self.max_us)
        ascending = sorted(self.values)
        return [ascending[rank] for rank in ranks]

    def _values_with(self, other: Durations) -> array[int] | None:
        if not self.count or not other.count:
            return self.values if self.count else other.values
        if self.count + other.count > MOST_EXACT:
            return None
        ours, theirs = self._all(), other._all()
        return None if ours is None or theirs is None else ours + theirs

    def _all(self) -> array[int] | None:
        """All values, also where `min_us` and `max_us` tell them."""
        if self.values is not None or self.min_us is None or self.max_us is None:
            return self.values
        if self.min_us == self.max_us:
            return array("q", [self.min_us]) * self.count
        return array("q", (self.min_us, self.max_us)) if self.count <= 2 else None


@dataclass(slots=True)
class Costs:
    """The costs, in US dollars, of runs; an unknown cost is not zero.

    `known`, `unknown`, `ended` (a sum) and the histogram are of runs that have ended, `in_progress`
    is the sum over the `in_progress_known` runs that are still going and have named a cost.
    """

    known: int = 0
    unknown: int = 0
    ended: Decimal = Decimal(0)
    histogram: dict[int, int] = field(default_factory=dict)
    in_progress: Decimal = Decimal(0)
    in_progress_known: int = 0

    def merge(self, other: Costs) -> None:
        """Count all of the other's costs too."""
        self.known += other.known
        self.unknown += other.unknown
        self.ended = EXACT.add(self.ended, other.ended)
        add_counts(self.histogram, other.histogram)
        if other.in_progress_known:
            self.in_progress = EXACT.add(self.in_progress, other.in_progress)
            self.in_progress_known += other.in_progress_known

    @property
    def total(self) -> Decimal:
        """All the money spent."""
        return EXACT.add(self.ended, self.in_progress)

    @property
    def mean(self) -> float | None:
        """The mean cost of the runs that have ended."""
        return float(EXACT.divide(self.ended, self.known)) if self.known else None

    def to_json(self) -> dict[str, Any]:
        """`cost` of the metrics block.

        A sum over nothing known is null: 0 would say that the runs were free.
        """
        is_known = self.known or self.in_progress_known
        return {
            "total": to_number(self.total) if is_known else None,
            "in_progress": to_number(self.in_progress) if self.in_progress_known else None,
            "mean": self.mean,
            "known": self.known,
            "unknown": self.unknown,
        }


def exact_cost(cost: float | Decimal) -> Decimal:
    """The decimal number that was written: 0.1, not the binary fraction nearest to it."""
    return cost if isinstance(cost, Decimal) else Decimal(repr(cost))


def to_number(amount: Decimal) -> int | float:
    """A JSON number without noise: the shortest that reads back as the amount's float."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def to_ms(duration_us: float | None) -> float | None:
    """Milliseconds of microseconds; unknown stays unknown."""
    return None if duration_us is None else duration_us / US_PER_MS


def pick(choose: Callable[[T, T], T], one: T | None, other: T | None) -> T | None:
    """The chosen one of two values, where either may be missing."""
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)
