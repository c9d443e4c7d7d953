"""What two samples say of one measure: how much worse it may have become, and how sure that is.

The success rate is compared by a test of two proportions, and Newcombe's interval of their
difference. Durations are compared by the ratio of their 95th percentiles, from order statistics;
costs by the ratio of their means, from the logarithm's standard error (delta method). A change of
these two is significant when such an interval leaves out "no change", or when Mann and Whitney's
test finds the candidate's runs to be the longer (dearer) ones: the first sees tails, the second
sees everything else with fewer runs. Each of the two has half of the level. As only a change for
the worse counts, a two-sided p-value below the level is that half; costs, whose means are skewed
among few runs, keep the other half in reserve.

Sources: as in proportion.py and ranks.py; G. Zou, A. Donner, Statistics in Medicine 27 (2008),
1693-1702 (intervals of a ratio from those of its parts); W. J. Conover, Practical Nonparametric
Statistics, 3.2. The smallest change that would have been found is that of a shift of logarithms,
by the relative efficiency of the rank test (pi / 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, exp, floor, inf, log, pi, sqrt
from typing import NamedTuple

from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import estimate, values_at
from chalicelib.metrics.normal import normal_quantile
from chalicelib.metrics.proportion import compare_proportions, newcombe_interval
from chalicelib.metrics.ranks import compare_ranks
from chalicelib.metrics.verdicts import Rated

# A change that is called the smallest to be found would be found four times in five.
POWER = 0.8
_P95 = 0.95

Counts = Mapping[int, int]


class Evidence(NamedTuple):
    """How a measure changed for the worse: absolute for a rate, relative to the base else.

    `low` and `high` bound it with the confidence of the level, None where so few runs do not.
    `smallest` is about the least change for the worse that so many runs would have shown.
    """

    is_significant: bool
    low: float | None
    high: float | None
    smallest: float | None


def compare_rates(base: Rated, candidate: Rated, level: float) -> Evidence:
    """The drop of the success rate."""
    p_value, _ = compare_proportions(*base, *candidate)
    interval = newcombe_interval(*base, *candidate, z=normal_quantile(1 - level / 2))
    low, high = interval or (None, None)
    return Evidence(
        p_value < level,
        None if high is None else -high,
        None if low is None else -low,
        _smallest_drop(base, candidate, level),
    )


def compare_p95s(base: Block, candidate: Block, level: float) -> Evidence:
    """The increase of the 95th percentile of durations."""
    counts = base.durations.histogram, candidate.durations.histogram
    z = normal_quantile(1 - level / 4)
    return _compare(counts, [_log_p95(some, z) for some in counts], level, rank_level=level)


def compare_mean_costs(base: Block, candidate: Block, level: float) -> Evidence:
    """The increase of the mean cost."""
    counts = base.costs.histogram, candidate.costs.histogram
    z = normal_quantile(1 - level / 4)
    return _compare(counts, [_log_mean(some, z) for some in counts], level, rank_level=level / 2)


def runs_needed(evidence: Evidence, change: float, limit: float, runs: int) -> int | None:
    """About how many more runs a side would show on which side of the limit the change is.

    Where so few runs do not bound the change on that side, by the smallest that they would show.
    """
    gap = limit - change
    end = evidence.high if gap > 0 else evidence.low
    reach = evidence.smallest if end is None else abs(end - change)
    if reach is None or abs(gap) < 1e-9:
        return None  # exactly at the limit no number of runs tells
    return max(1, ceil(runs * ((reach / gap) ** 2 - 1)))


class _Log(NamedTuple):
    """The logarithm of a statistic, and its interval."""

    value: float
    low: float
    high: float


def _compare(
    counts: tuple[Counts, Counts], logs: list[_Log | None], level: float, *, rank_level: float
) -> Evidence:
    ranks = compare_ranks(*counts)
    is_higher = ranks.superiority > 0.5 and ranks.p_value < rank_level
    smallest = _smallest_increase(*counts, level)
    base, candidate = logs
    if base is None or candidate is None:
        return Evidence(is_higher, None, None, smallest)
    ratio = candidate.value - base.value
    low = ratio - sqrt((candidate.value - candidate.low) ** 2 + (base.high - base.value) ** 2)
    high = ratio + sqrt((candidate.high - candidate.value) ** 2 + (base.value - base.low) ** 2)
    return Evidence(is_higher or low > 0, _increase(low), _increase(high), smallest)


def _increase(logarithm: float) -> float | None:
    return None if abs(logarithm) == inf else exp(min(logarithm, 700.0)) - 1


def _log_p95(counts: Counts, z: float) -> _Log | None:
    """None where there is no value, or where it is zero."""
    n = sum(counts.values())
    if not n:
        return None
    half = z * sqrt(_P95 * (1 - _P95) * n)
    first, last = floor(_P95 * n - half), ceil(_P95 * n + half)
    ranks = [max(0, first), int(_P95 * (n - 1)), min(n - 1, last)]
    low, value, high = values_at(counts, ranks)
    if not value:
        return None
    return _Log(
        log(value), log(low) if low and first >= 0 else -inf, log(high) if last < n else inf
    )


def _log_mean(counts: Counts, z: float) -> _Log | None:
    n = sum(counts.values())
    mean = sum(count * estimate(bucket) for bucket, count in counts.items()) / n if n else 0
    if not mean or n < 2:
        return None
    squares = sum(count * (estimate(bucket) - mean) ** 2 for bucket, count in counts.items())
    half = z * sqrt(squares / (n - 1) / n) / mean
    return _Log(log(mean), log(mean) - half, log(mean) + half)


def _smallest_drop(base: Rated, candidate: Rated, level: float) -> float | None:
    share = (base.succeeded + candidate.succeeded + 1) / (base.rated + candidate.rated + 2)
    error = sqrt(share * (1 - share) * (1 / base.rated + 1 / candidate.rated))
    return min(1.0, _distance(level) * error)


def _smallest_increase(base: Counts, candidate: Counts, level: float) -> float | None:
    spreads = [_spread_of_logs(counts) for counts in (base, candidate)]
    sizes = [sum(counts.values()) for counts in (base, candidate)]
    if not all(sizes) or None in spreads:
        return None
    spread = sqrt(sum((s or 0) ** 2 for s in spreads) / 2)
    error = spread * sqrt((1 / sizes[0] + 1 / sizes[1]) * pi / 3)
    return exp(min(_distance(level / 2) * error, 700.0)) - 1


def _distance(level: float) -> float:
    return normal_quantile(1 - level / 2) + normal_quantile(POWER)


def _spread_of_logs(counts: Counts) -> float | None:
    """The standard deviation of the logarithms of what is not zero."""
    logs = [(log(estimate(bucket)), n) for bucket, n in counts.items() if estimate(bucket)]
    n = sum(count for _, count in logs)
    if n < 2:
        return None
    mean = sum(value * count for value, count in logs) / n
    return sqrt(sum(count * (value - mean) ** 2 for value, count in logs) / (n - 1))
