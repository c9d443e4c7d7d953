"""Whether a candidate is better or worse than a base: five metrics, one test each.

success_rate  Fisher's exact test, or the z-test where every cell is large enough; the interval of
              the difference is Newcombe's. Higher is better.
duration_ms   the Mann-Whitney U test over all runs that have a duration. Lower is better.
cost          the same over all runs whose cost is known. Lower is better.
tokens        the same over all runs whose input or output tokens are known. Lower is better.
score         Welch's t-test over all runs that have one. Higher is better.

All are over runs that have ended; runs in progress that are stale count as failed, unless they
are to be ignored, because what crashed before it could report would otherwise look like nothing.

The rank test asks whether one version's runs tend to be the longer (dearer) ones, so a few
outliers neither make nor hide a verdict; they do show in `ratio_of_means`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
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
from chalicelib.metrics.scores import Scores, square_root
from chalicelib.metrics.student import WELCH, Sample, compare_means
from chalicelib.metrics.tokens import Tokens

Ruling = Literal["better", "worse", "no_significant_change", "insufficient_data"]

# Five verdicts are given at once. Each is tested at a fifth of 4 % (Bonferroni), so that two
# samples of one distribution are told apart, on any metric, in about 4 % of comparisons: below 5 %,
# and with room for luck, since a true 5 % exceeds itself in every second series of trials.
# docs/statistics.md has what was measured.
CONFIDENCE = 0.95
ALPHA = 0.04 / 5
# The normal quantile of 1 - ALPHA / 2: each interval is at the level of its own test.
Z_ALPHA = 2.6520698079021954
# The least count on each side. With 30 the normal approximations hold at ALPHA and a shift by
# 0.9 standard deviations is found four times in five; with fewer only the obvious would be.
MIN_COUNT = 30


class Verdict(NamedTuple):
    """What the data say on one metric; what cannot be computed is None.

    `base`, `candidate` and `difference` (candidate - base) are the `statistic` named, in the
    metric's unit. `interval` is that difference's, at the level of the test that the verdict
    rests on (`interval_confidence`, 1 - `alpha`). The verdict is a difference where `p_value` <
    `alpha`, which is stricter than 1 - `confidence` (see ALPHA): `confidence` is that of all
    verdicts together.

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


class Rated(NamedTuple):
    """Successes of so many runs that are rated."""

    succeeded: int
    rated: int

    @property
    def share(self) -> float | None:
        return self.succeeded / self.rated if self.rated else None


def rate(block: Block, *, ignore_stale: bool = False) -> Rated:
    """The successes of a block, where stale runs are taken for failed ones."""
    return Rated(block.succeeded, block.rated + (0 if ignore_stale else block.stale))


def judge(base: Block, candidate: Block, *, ignore_stale: bool = False) -> list[Verdict]:
    """The verdicts on success rate, duration, cost, tokens and score."""
    return [
        judge_success(base, candidate, ignore_stale=ignore_stale),
        judge_durations(base, candidate),
        judge_costs(base, candidate),
        judge_tokens(base, candidate),
        judge_scores(base, candidate),
    ]


def judge_success(base: Block, candidate: Block, *, ignore_stale: bool = False) -> Verdict:
    """The verdict on the success rate; runs without a final outcome do not count."""
    one, other = (rate(block, ignore_stale=ignore_stale) for block in (base, candidate))
    table = *one, *other
    enough = min(one.rated, other.rated) >= MIN_COUNT
    p_value, test = compare_proportions(*table) if enough else (None, None)
    # Over one denominator, so that 0.95 - 0.8 is 0.15 without float noise.
    pairs = one.rated * other.rated
    cross = other.succeeded * one.rated - one.succeeded * other.rated
    return Verdict(
        metric="success_rate",
        verdict=_rule(p_value, is_better=cross > 0),
        test=test,
        p_value=p_value,
        statistic="proportion",
        base=one.share,
        candidate=other.share,
        difference=cross / pairs if pairs else None,
        interval=newcombe_interval(*table, z=Z_ALPHA),
        effect={"ratio_of_rates": _ratio(one.share, other.share)},
        n_base=one.rated,
        n_candidate=other.rated,
    )


def judge_durations(base: Block, candidate: Block) -> Verdict:
    """The verdict on durations, of all runs that have one."""
    return _judge_ranks("duration_ms", _durations_of(base), _durations_of(candidate))


def judge_costs(base: Block, candidate: Block) -> Verdict:
    """The verdict on costs; unknown ones do not count."""
    return _judge_ranks("cost", _costs_of(base), _costs_of(candidate))


def judge_tokens(base: Block, candidate: Block) -> Verdict:
    """The verdict on input and output tokens together; unknown ones do not count."""
    return _judge_ranks("tokens", _tokens_of(base), _tokens_of(candidate))


def judge_scores(base: Block, candidate: Block) -> Verdict:
    """The verdict on scores, of all runs that have one."""
    one, other = base.scores or Scores(), candidate.scores or Scores()
    enough = min(one.count, other.count) >= MIN_COUNT
    result = compare_means(_sample_of(one), _sample_of(other), 1 - ALPHA) if enough else None
    known = one.mean is not None and other.mean is not None
    difference = float(other.mean - one.mean) if known else None  # type: ignore[operator]
    return Verdict(
        metric="score",
        verdict=_rule(
            result.p_value if result else None, is_better=bool(difference and difference > 0)
        ),
        test=WELCH if result else None,
        p_value=result.p_value if result else None,
        statistic="mean",
        base=one.mean,
        candidate=other.mean,
        difference=difference,
        interval=(round_significant(result.low), round_significant(result.high))
        if result
        else None,
        effect={"standardised_difference": _standardised(one, other)},
        n_base=one.count,
        n_candidate=other.count,
    )


def _sample_of(scores: Scores) -> Sample:
    variance = scores.variance
    return Sample(scores.mean or 0.0, float(variance or 0), scores.count)


def _standardised(base: Scores, candidate: Scores) -> float | None:
    """The difference of the means in standard deviations (Cohen's d), where there is a spread."""
    variances = base.variance, candidate.variance
    if None in variances or base.mean is None or candidate.mean is None:
        return None
    pooled = square_root(sum(filter(None, variances), Fraction()) / 2)
    return round_significant((candidate.mean - base.mean) / pooled) if pooled else None


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
        durations.histogram, durations.count, median, durations.mean_ms, durations.histogram_error
    )


def _costs_of(block: Block) -> _Sample:
    costs = block.costs
    median = find_median(costs.histogram, z=Z_ALPHA)
    return _Sample(costs.histogram, costs.known, median, costs.mean, RELATIVE_ERROR)


def _tokens_of(block: Block) -> _Sample:
    tokens = block.tokens or Tokens()
    median = find_median(tokens.histogram, z=Z_ALPHA)
    return _Sample(tokens.histogram, tokens.known, median, tokens.mean, RELATIVE_ERROR)


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
