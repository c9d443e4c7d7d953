"""Two samples of runs, and what they say of a metric: the evidence that it became worse.

A sample is counts that add up: of outcomes for success rates, of histogram buckets for durations
and costs. So a sample of any days is the difference of two running sums.

Runs that have not ended count in favour of the agent, so that failing fast is not taken for
failing often: as successes where the new sample is judged, as failures in the base. Once they are
stale they have failed, wherever they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from math import inf
from typing import Any, NamedTuple

from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import add_counts
from chalicelib.metrics.measures import US_PER_MS
from chalicelib.metrics.ranks import find_median
from chalicelib.metrics.sequential import (
    RANK_TEST,
    SUCCESS_TEST,
    Evidence,
    evidence_of_drop,
    evidence_of_increase,
)
from chalicelib.watches.judgements import number

Numbers = dict[str, Any]
# The counts of a sample of outcomes.
_SUCCEEDED, _FAILED, _IN_PROGRESS, _STALE = range(4)


class Sample(NamedTuple):
    """Counts, and the sum of what was measured."""

    counts: dict[int, int]
    amount: Decimal = Decimal(0)

    def plus(self, other: Sample) -> Sample:
        counts = dict(self.counts)
        add_counts(counts, other.counts)
        return Sample(counts, self.amount + other.amount)

    def minus(self, part: Sample) -> Sample:
        """Without a part of it."""
        known = part.counts
        left = {key: count - known.get(key, 0) for key, count in self.counts.items()}
        counts = {key: count for key, count in left.items() if count}
        return Sample(counts, self.amount - part.amount)


class Metric(NamedTuple):
    """How a metric is judged; `of` is what a block says of it, `more_than` the least change told.

    `size` is how many runs a sample is of, `change` how large the change is between the numbers of
    two samples, and `sentence` says it.
    """

    test: str
    more_than: float
    of: Callable[[Block], Sample]
    size: Callable[[Sample], int]
    evidence: Callable[[Sample, Sample], Evidence]
    numbers: Callable[[Sample], Numbers]
    change: Callable[[Numbers, Numbers], float | None]
    sentence: Callable[[Numbers, Numbers], str]

    def sample(self, blocks: Iterable[Block]) -> Sample:
        """The sample of all these blocks."""
        counts: dict[int, int] = {}
        amount = Decimal(0)
        for block in blocks:
            part = self.of(block)
            add_counts(counts, part.counts)
            amount += part.amount
        return Sample(counts, amount)


def _outcomes(block: Block) -> Sample:
    counts = (block.succeeded, block.failed, block.in_progress, block.stale)
    return Sample({kind: count for kind, count in enumerate(counts) if count})


def _durations(block: Block) -> Sample:
    return Sample(block.durations.histogram, Decimal(block.durations.sum_us))


def _costs(block: Block) -> Sample:
    return Sample(block.costs.histogram, block.costs.total)


def _split(sample: Sample) -> tuple[int, int, int, int]:
    """Succeeded, failed (with the stale ones), going on, and stale."""
    succeeded, failed, in_progress, stale = (sample.counts.get(kind, 0) for kind in range(4))
    return succeeded, failed + stale, in_progress - stale, stale


def _rated(sample: Sample) -> int:
    succeeded, failed, _, _ = _split(sample)
    return succeeded + failed


def _drop(base: Sample, other: Sample) -> Evidence:
    before, failed_before, going_before, _ = _split(base)
    after, failed_after, going_after, _ = _split(other)
    return evidence_of_drop(
        before,
        before + failed_before + going_before,
        after + going_after,
        after + failed_after + going_after,
    )


def _increase(base: Sample, other: Sample) -> Evidence:
    return evidence_of_increase(base.counts, other.counts)


def _size(sample: Sample) -> int:
    return sum(sample.counts.values())


def _rates(sample: Sample) -> Numbers:
    succeeded, failed, _, stale = _split(sample)
    rated = succeeded + failed
    rate = number(succeeded / rated) if rated else None
    return {"success_rate": rate, "rated": rated, "stale": stale}


def _milliseconds(sample: Sample) -> Numbers:
    return _middle(sample, "_ms", US_PER_MS)


def _dollars(sample: Sample) -> Numbers:
    return _middle(sample, "", 1)


def _middle(sample: Sample, unit: str, scale: int) -> Numbers:
    count, median = _size(sample), find_median(sample.counts)
    return {
        f"median{unit}": number(median.value / scale) if median else None,
        f"mean{unit}": number(float(sample.amount / count) / scale) if count else None,
        "count": count,
    }


def _fall(base: Numbers, found: Numbers) -> float | None:
    before, after = base["success_rate"], found["success_rate"]
    return None if before is None or after is None else float(before - after)


def _rise(base: Numbers, found: Numbers) -> float | None:
    """By how much the median or the mean has risen, whichever more; None where nothing is known."""
    (base_median, base_mean, _), (median, mean, _) = base.values(), found.values()
    pairs = ((base_median, median), (base_mean, mean))
    ratios = [after / before - 1 for before, after in pairs if before and after is not None]
    # From nothing to something is a rise that has no ratio.
    appeared = any(before == 0 and after for before, after in pairs)
    return inf if appeared else max(ratios, default=None)


def _rate_sentence(base: Numbers, found: Numbers) -> str:
    return (
        f"The success rate fell from {base['success_rate']:.1%} of {base['rated']:,} runs"
        f" to {found['success_rate']:.1%} of {found['rated']:,}."
    )


def _duration_sentence(base: Numbers, found: Numbers) -> str:
    before, after = (side["median_ms"] / 1000 for side in (base, found))
    return (
        f"Runs take longer: {after:,.3g} s in the median of {found['count']:,}, after"
        f" {before:,.3g} s of {base['count']:,}."
    )


def _cost_sentence(base: Numbers, found: Numbers) -> str:
    return (
        f"Runs cost more: ${found['median']:,.4g} in the median of {found['count']:,}, after"
        f" ${base['median']:,.4g} of {base['count']:,}."
    )


METRICS = {
    "success_rate_drop": Metric(
        SUCCESS_TEST, 0.01, _outcomes, _rated, _drop, _rates, _fall, _rate_sentence
    ),
    "duration_increase": Metric(
        RANK_TEST, 0.05, _durations, _size, _increase, _milliseconds, _rise, _duration_sentence
    ),
    "cost_increase": Metric(
        RANK_TEST, 0.05, _costs, _size, _increase, _dollars, _rise, _cost_sentence
    ),
}
