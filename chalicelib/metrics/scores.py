"""How good results were: the scores of ended runs, summed exactly.

Sums are fractions of the very doubles that were sent, so that any order and grouping of merging
gives the same digits; their denominators are powers of two, so they stay short.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

from chalicelib.metrics.histogram import round_significant

_ZERO = Fraction(0)
# Bits of a square root before it is rounded to a double's 53.
_ROOT_BITS = 70
# Two scores at both ends of what a float holds deviate by more than one can say.
_GREATEST = Fraction(sys.float_info.max)


@dataclass(slots=True)
class Scores:
    """The scores of the ended runs that have one; `squares` is the sum of their squares."""

    count: int = 0
    total: Fraction = _ZERO
    squares: Fraction = _ZERO
    least: float = 0.0
    greatest: float = 0.0

    def merge(self, other: Scores) -> None:
        """Count all of the other's scores too."""
        if not other.count:
            return
        self.least = min(self.least, other.least) if self.count else other.least
        self.greatest = max(self.greatest, other.greatest) if self.count else other.greatest
        self.count += other.count
        self.total += other.total
        self.squares += other.squares

    @property
    def mean(self) -> float | None:
        return float(self.total / self.count) if self.count else None

    @property
    def variance(self) -> Fraction | None:
        """The sample's variance, with n - 1; None of fewer than two."""
        if self.count < 2:
            return None
        return (self.squares - self.total * self.total / self.count) / (self.count - 1)

    @property
    def stddev(self) -> float | None:
        """The sample's standard deviation; None of fewer than two."""
        variance = self.variance
        return None if variance is None else square_root(variance)

    def to_json(self) -> dict[str, Any]:
        """`score` of the metrics block; all but the count is null of nothing."""
        stddev = self.stddev
        return {
            "count": self.count,
            "mean": self.mean,
            "stddev": None if stddev is None else round_significant(stddev),
            "min": self.least if self.count else None,
            "max": self.greatest if self.count else None,
        }


def fold_scores(values: Iterable[float]) -> Scores:
    """The scores of some runs, at least one."""
    scores = list(values)
    ratios = [score.as_integer_ratio() for score in scores]
    # Powers of two, so the greatest is a common denominator.
    common = max(denominator for _, denominator in ratios)
    whole = [numerator * (common // denominator) for numerator, denominator in ratios]
    return Scores(
        len(scores),
        Fraction(sum(whole), common),
        Fraction(sum(number * number for number in whole), common * common),
        min(scores),
        max(scores),
    )


def square_root(value: Fraction) -> float:
    """The root of 0 or more, also of a square that no float could hold."""
    if not value:
        return 0.0
    numerator, denominator = value.as_integer_ratio()
    shift = max(0, 2 * _ROOT_BITS + denominator.bit_length() - numerator.bit_length())
    shift += shift % 2
    root = Fraction(isqrt((numerator << shift) // denominator), 1 << (shift // 2))
    return float(min(root, _GREATEST))
