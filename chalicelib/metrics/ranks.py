"""Two samples compared by rank, straight from their histograms.

Values of one bucket are at most 2 % apart and count as tied. Cost: one walk over the buckets,
whatever the number of runs.

Sources: H. B. Mann, D. R. Whitney, Annals of Mathematical Statistics 18 (1947), 50-60, with the
usual corrections for ties and continuity (M. Hollander, D. A. Wolfe, Nonparametric Statistical
Methods, 4.1); W. J. Conover, Practical Nonparametric Statistics, 3.2 (interval of a quantile).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, sqrt
from typing import NamedTuple

from chalicelib.metrics.histogram import rank_of, values_at
from chalicelib.metrics.proportion import Z_95, two_sided_p_value

MANN_WHITNEY = (
    "Mann-Whitney U test on logarithmic histogram buckets 2 % wide, two-sided,"
    " normal approximation with corrections for ties and continuity"
)


class RankTest(NamedTuple):
    """The two-sided p-value of no tendency to either side, and the effect's size.

    `superiority` is the chance that a value of the candidate is higher than one of the base, ties
    counting half (the common-language effect size): 0.5 is no difference.
    """

    p_value: float
    superiority: float


class Median(NamedTuple):
    """A median with its distribution-free 95 % interval."""

    value: float
    low: float
    high: float


class _RankSum(NamedTuple):
    """Mann and Whitney's U, doubled because halves would make it a fraction, of so many pairs.

    The variance is that of U where the samples are alike.
    """

    doubled_u: int
    pairs: int
    variance: float


def compare_ranks(base: Mapping[int, int], candidate: Mapping[int, int]) -> RankTest:
    """Test whether the values of one sample tend to be higher. Neither may be empty."""
    found = _sum_ranks(base, candidate)
    return RankTest(_p_value(found), found.doubled_u / (2 * found.pairs))


def shift_of_ranks(base: Mapping[int, int], candidate: Mapping[int, int]) -> tuple[float, float]:
    """The superiority (see RankTest) less a half, and its variance where the samples are alike."""
    found = _sum_ranks(base, candidate)
    shift = (found.doubled_u - found.pairs) / (2 * found.pairs)
    return shift, found.variance / found.pairs**2


def _sum_ranks(base: Mapping[int, int], candidate: Mapping[int, int]) -> _RankSum:
    n_base, n_candidate = sum(base.values()), sum(candidate.values())
    below = 0  # values of the base in lower buckets
    doubled_u = 0
    ties = 0
    for bucket in sorted(base.keys() | candidate.keys()):
        in_base, in_candidate = base.get(bucket, 0), candidate.get(bucket, 0)
        doubled_u += in_candidate * (2 * below + in_base)
        below += in_base
        tied = in_base + in_candidate
        ties += tied**3 - tied
    pairs, total = n_base * n_candidate, n_base + n_candidate
    # Integers until the last step: the difference of two cubes loses all digits of a float.
    variance = pairs * (total**3 - total - ties) / (12 * total * (total - 1))
    return _RankSum(doubled_u, pairs, variance)


def _p_value(found: _RankSum) -> float:
    if not found.variance:
        return 1.0
    distance = max(0.0, (abs(found.doubled_u - found.pairs) - 1) / 2)
    return two_sided_p_value(distance / sqrt(found.variance))


def find_median(
    counts: Mapping[int, int],
    *,
    least: float | None = None,
    greatest: float | None = None,
    z: float = Z_95,
) -> Median | None:
    """The median, or None of nothing; `least` and `greatest` as in histogram.values_at.

    The interval is that between two order statistics; with fewer than six values it runs from the
    least to the greatest, and covers less than the 95 % that it has by default.
    """
    n = sum(counts.values())
    if not n:
        return None
    # The binomial distribution's point for z, by the normal one with continuity correction.
    first = max(0, floor((n + 1 - z * sqrt(n)) / 2) - 1)
    low, median, high = values_at(
        counts, [first, rank_of(0.5, n), n - 1 - first], least=least, greatest=greatest
    )
    return Median(median, low, high)
