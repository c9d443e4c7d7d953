"""Mergeable logarithmic histograms of non-negative values.

A histogram is a mapping of bucket numbers to counts. Bucket `i` counts the values in
(GAMMA^(i-1), GAMMA^i]; zero has a bucket of its own. Any quantile read from a histogram, or from
any merge of histograms, is within RELATIVE_ERROR of the sample's true quantile.

Source: C. Masson, J. E. Rim, H. K. Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch
with Relative-Error Guarantees", PVLDB 12(12), 2019, https://arxiv.org/abs/1908.10693. Its
collapsing of buckets is left out: microseconds from 1 to 3.2e13 fill at most 1,571 of them.

The quantile is the paper's, numpy's `lower`: of the sorted values x[0] … x[n-1] the q-quantile is
x[floor(q * (n - 1))], always a value that was measured, never a mean of two.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from decimal import Decimal
from functools import lru_cache
from math import ceil, exp, log

# A bucket's midpoint errs by (GAMMA - 1) / (GAMMA + 1) = 0.9901 % at most. The rest, up to 1 %,
# pays for logarithms that land on the wrong side of an edge and for rounding the estimate.
GAMMA = 1.02
RELATIVE_ERROR = 0.01
ZERO_BUCKET = -(2**31)  # the least int32, so that buckets sort as their values do
_LOG_GAMMA = log(GAMMA)
_BUCKETS_PER_E = 1 / _LOG_GAMMA
_LOG_MIDPOINT = log(2 / (1 + GAMMA))


def bucket_of(value: float) -> int:
    """The bucket of 0, or of a value from 1e-300 to 1e300; an int32.

    Raises ValueError for a negative value or NaN, OverflowError for infinity.
    """
    return ceil(log(value) * _BUCKETS_PER_E) if value else ZERO_BUCKET


@lru_cache(maxsize=4096)
def estimate(bucket: int) -> float:
    """The value that stands for a bucket: within RELATIVE_ERROR of every value in it."""
    if bucket == ZERO_BUCKET:
        return 0.0
    return round_significant(exp(bucket * _LOG_GAMMA + _LOG_MIDPOINT))


def round_significant(value: float) -> float:
    """Six significant digits: more would feign a precision that an estimate has not."""
    return float(f"{value:.6g}")


def add_counts(target: MutableMapping[int, int], other: Mapping[int, int]) -> None:
    """Add one histogram to another, in place."""
    if not target:
        target.update(other)  # several times as fast
        return
    for bucket, count in other.items():
        target[bucket] = target.get(bucket, 0) + count


def merge(*histograms: Mapping[int, int]) -> dict[int, int]:
    """One histogram of all the values; the order of the merging never matters."""
    merged: dict[int, int] = {}
    for histogram in histograms:
        add_counts(merged, histogram)
    return merged


def quantile(
    counts: Mapping[int, int],
    q: float,
    *,
    least: float | None = None,
    greatest: float | None = None,
) -> float | None:
    """The q-quantile (0 ≤ q ≤ 1), or None of nothing; `least` and `greatest` as in `values_at`."""
    total = sum(counts.values())
    if not total:
        return None
    return values_at(counts, [rank_of(q, total)], least=least, greatest=greatest)[0]


def rank_of(q: float, count: int) -> int:
    """The place, from 0, of the q-quantile among `count` sorted values.

    Raises ValueError unless 0 ≤ q ≤ 1.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile is from 0 to 1, not {q}")
    # In binary 0.29 * 100 is less than 29: take the q that was written.
    return int(Decimal(repr(q)) * (count - 1))


def values_at(
    counts: Mapping[int, int],
    ranks: Sequence[int],
    *,
    least: float | None = None,
    greatest: float | None = None,
) -> list[float]:
    """The estimated values at ascending places (from 0) of the sorted sample, in one walk.

    Where the sample's true least and greatest value are given, the first and the last place
    answer exactly these, and no estimate lies outside of them. Raises IndexError for a place
    beyond the sample.
    """
    total = sum(counts.values())
    if ranks and not 0 <= ranks[0] <= ranks[-1] < total:
        raise IndexError(f"places {list(ranks)} of {total} values")
    values: list[float] = []
    buckets = iter(sorted(counts))
    bucket, seen = ZERO_BUCKET, 0
    for rank in ranks:
        while seen <= rank:
            bucket = next(buckets)
            seen += counts[bucket]
        values.append(_clamp(bucket, rank, total, least, greatest))
    return values


def _clamp(
    bucket: int, rank: int, total: int, least: float | None, greatest: float | None
) -> float:
    if rank == 0 and least is not None:
        return least
    if rank == total - 1 and greatest is not None:
        return greatest
    value = estimate(bucket)
    if least is not None and value < least:
        return least
    if greatest is not None and value > greatest:
        return greatest
    return value
