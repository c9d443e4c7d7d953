"""Whether a candidate is better or worse than a base: three metrics, one test each.

success_rate  Fisher's exact test, or the z-test where every cell is large enough; the interval of
              the difference is Newcombe's. Higher is better.
duration_ms   the Mann-Whitney U test over all runs that have a duration. Lower is better.
cost          the same over all runs whose cost is known. Lower is better.

The rank test asks whether one version's runs tend to be the longer (dearer) ones, so a few
outliers neither make nor hide a verdict; they do show in `ratio_of_means`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import RELATIVE_ERROR, round_significant
from chalicelib.metrics.measures import US_PER_MS
from chalicelib.metrics.proportion import (
    Span,
    compare_proportions,
    newcombe_interval,
    square_and_add,
)
from chalicelib.metrics.ranks import MANN_WHITNEY, Median, compare_ranks, find_median

Ruling = Literal["better", "worse", "no_significant_change", "insufficient_data"]

# Three verdicts are given at once. Each is tested at a third of 4 % (Bonferroni), so that two
# samples of one distribution are told apart, on any metric, in about 4 % of comparisons: below
# 5 %, and with room for luck, since a true 5 % exceeds itself in every second series of trials.
# What that costs: among 300 runs each, +50 % of duration or cost is found 99 times in 100 where
# values spread with a log-normal sigma of 1 (p90 at 3.6 medians), 95 in 100 up to a sigma of 1.15.
CONFIDENCE = 0.95
ALPHA = 0.04 / 3
# The normal quantile of 1 - ALPHA / 2: each interval is at the level of its own test.
Z_ALPHA = 2.4747396492194813
# The least count on each side. With 30 the normal approximations hold at ALPHA and a shift by
# 0.9 standard deviations is found four times in five; with fewer only the obvious would be.
MIN_COUNT = 30


class Verdict(NamedTuple):
    """What the data say on one metric; what cannot be computed is None.

    `base`, `candidate` and `difference` (candidate - base) are the `statistic` named, in the
    metric's unit. `interval` is that difference's, at the level of the test that the verdict
    rests on (`interval_confidence`, 1 - `alpha`). The verdict is a difference where `p_value` <
    `alpha`, which is stricter than 1 - `confidence` (see ALPHA): `confidence` is that of all
    three verdicts together.

    `effect` holds `ratio_of_rates`, or for a rank test `ratio_of_medians`, `ratio_of_means` (all
    candidate / base) and `probability_of_superiority`: that a run of the candidate has the higher
    value than one of the base, ties counting half.
    """

    metric: str
    verdict: Ruling
    test: str | None
    p_value: float | None
    statistic: str
    base: float | None
    candidate: float | None
    difference: float | None
    interval: Span | None
    effect: dict[str, float | None]
    n_base: int
    n_candidate: int
    relative_error: float = 0.0
    confidence: float = CONFIDENCE
    alpha: float = ALPHA
    interval_confidence: float = 1 - ALPHA
    min_count: int = MIN_COUNT

    def to_json(self) -> dict[str, Any]:
        return self._asdict() | {"interval": list(self.interval) if self.interval else None}


@dataclass(frozen=True, slots=True)
class _Sample:
    """One side of a rank test, in the metric's own unit but for the histogram."""

    histogram: Mapping[int, int]
    count: int
    median: Median | None
    mean: float | None
    relative_error: float


def judge(base: Block, candidate: Block) -> list[Verdict]:
    """The verdicts on success rate, duration and cost."""
    return [
        judge_success(base, candidate),
        judge_durations(base, candidate),
        judge_costs(base, candidate),
    ]


def judge_success(base: Block, candidate: Block) -> Verdict:
    """The verdict on the success rate; runs without a final outcome do not count."""
    table = base.succeeded, base.rated, candidate.succeeded, candidate.rated
    enough = min(base.rated, candidate.rated) >= MIN_COUNT
    p_value, test = compare_proportions(*table) if enough else (None, None)
    # Over one denominator, so that 0.95 - 0.8 is 0.15 without float noise.
    pairs = base.rated * candidate.rated
    cross = candidate.succeeded * base.rated - base.succeeded * candidate.rated
    return Verdict(
        metric="success_rate",
        verdict=_rule(p_value, is_better=cross > 0),
        test=test,
        p_value=p_value,
        statistic="proportion",
        base=base.success_rate,
        candidate=candidate.success_rate,
        difference=cross / pairs if pairs else None,
        interval=newcombe_interval(*table, z=Z_ALPHA),
        effect={"ratio_of_rates": _ratio(base.success_rate, candidate.success_rate)},
        n_base=base.rated,
        n_candidate=candidate.rated,
    )


def judge_durations(base: Block, candidate: Block) -> Verdict:
    """The verdict on durations, of all runs that have one."""
    return _judge_ranks("duration_ms", _durations_of(base), _durations_of(candidate))


def judge_costs(base: Block, candidate: Block) -> Verdict:
    """The verdict on costs; unknown ones do not count."""
    return _judge_ranks("cost", _costs_of(base), _costs_of(candidate))


def _judge_ranks(metric: str, base: _Sample, candidate: _Sample) -> Verdict:
    fewest = min(base.count, candidate.count)
    result = compare_ranks(base.histogram, candidate.histogram) if fewest else None
    p_value = result.p_value if result and fewest >= MIN_COUNT else None
    superiority = result.superiority if result else None
    difference, interval, ratio = _compare_medians(base.median, candidate.median)
    return Verdict(
        metric=metric,
        verdict=_rule(p_value, is_better=superiority is not None and superiority < 0.5),
        test=MANN_WHITNEY if p_value is not None else None,
        p_value=p_value,
        statistic="median",
        base=base.median.value if base.median else None,
        candidate=candidate.median.value if candidate.median else None,
        difference=difference,
        interval=interval,
        effect={
            "probability_of_superiority": superiority,
            "ratio_of_medians": ratio,
            "ratio_of_means": _ratio(base.mean, candidate.mean),
        },
        n_base=base.count,
        n_candidate=candidate.count,
        relative_error=max(base.relative_error, candidate.relative_error),
    )


def _rule(p_value: float | None, *, is_better: bool) -> Ruling:
    if p_value is None:
        return "insufficient_data"
    if p_value >= ALPHA:
        return "no_significant_change"
    return "better" if is_better else "worse"


def _durations_of(block: Block) -> _Sample:
    durations = block.durations
    median = find_median(
        durations.histogram, least=durations.min_us, greatest=durations.max_us, z=Z_ALPHA
    )
    if median:
        median = Median(*(duration_us / US_PER_MS for duration_us in median))
    return _Sample(
        durations.histogram, durations.count, median, durations.mean_ms, durations.relative_error
    )


def _costs_of(block: Block) -> _Sample:
    costs = block.costs
    median = find_median(costs.histogram, z=Z_ALPHA)
    return _Sample(costs.histogram, costs.known, median, costs.mean, RELATIVE_ERROR)


def _compare_medians(
    base: Median | None, candidate: Median | None
) -> tuple[float | None, Span | None, float | None]:
    """The difference of two medians, its interval at the medians' level, and their ratio."""
    if base is None or candidate is None:
        return None, None, None
    low, high = square_and_add(
        base.value, (base.low, base.high), candidate.value, (candidate.low, candidate.high)
    )
    return (
        round_significant(candidate.value - base.value),
        (round_significant(low), round_significant(high)),
        _ratio(base.value, candidate.value),
    )


def _ratio(base: float | None, candidate: float | None) -> float | None:
    return round_significant(candidate / base) if base and candidate is not None else None
