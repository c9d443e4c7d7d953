"""Two samples of runs, and what they say of a metric: the evidence that it became worse.

Runs that have not ended count in favour of the agent, so that failing fast is not taken for
failing often: as successes where the new sample is judged, as failures in the base. Once they are
stale they have failed, wherever they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from chalicelib.metrics.block import Block
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


class Metric(NamedTuple):
    """How a metric is judged: how many runs it is of, the evidence, and how large the change is."""

    test: str
    more_than: float
    count: Callable[[Block], int]
    evidence: Callable[[Block, Block], Evidence]
    change: Callable[[Block, Block], float | None]
    numbers: Callable[[Block], dict[str, Any]]
    sentence: Callable[[dict[str, Any], dict[str, Any]], str]


def _rated(block: Block) -> int:
    return block.rated + block.stale


def _drop(base: Block, block: Block) -> Evidence:
    fresh = block.in_progress - block.stale
    return evidence_of_drop(
        base.succeeded,
        base.rated + base.in_progress,
        block.succeeded + fresh,
        block.rated + block.in_progress,
    )


def _rate(block: Block) -> float | None:
    rated = _rated(block)
    return block.succeeded / rated if rated else None


def _fall(base: Block, block: Block) -> float | None:
    before, after = _rate(base), _rate(block)
    return None if before is None or after is None else before - after


def _rates(block: Block) -> dict[str, Any]:
    return {"success_rate": number(_rate(block)), "rated": _rated(block), "stale": block.stale}


def _rate_sentence(base: dict[str, Any], found: dict[str, Any]) -> str:
    return (
        f"The success rate fell from {base['success_rate']:.1%} of {base['rated']:,} runs"
        f" to {found['success_rate']:.1%} of {found['rated']:,}."
    )


def _durations(block: Block) -> dict[str, Any]:
    median = find_median(block.durations.histogram)
    return {
        "median_ms": number(median.value / US_PER_MS) if median else None,
        "mean_ms": number(block.durations.mean_ms),
        "count": block.durations.count,
    }


def _costs(block: Block) -> dict[str, Any]:
    median = find_median(block.costs.histogram)
    return {
        "median": number(median.value) if median else None,
        "mean": number(block.costs.mean),
        "count": block.costs.known,
    }


def _duration_sentence(base: dict[str, Any], found: dict[str, Any]) -> str:
    before, after = (side["median_ms"] / 1000 for side in (base, found))
    return (
        f"Runs take longer: {after:,.3g} s in the median of {found['count']:,}, after"
        f" {before:,.3g} s of {base['count']:,}."
    )


def _cost_sentence(base: dict[str, Any], found: dict[str, Any]) -> str:
    return (
        f"Runs cost more: ${found['median']:,.4g} in the median of {found['count']:,}, after"
        f" ${base['median']:,.4g} of {base['count']:,}."
    )


def _rise(base: dict[str, Any], found: dict[str, Any]) -> float | None:
    """By how much the median or the mean has risen, whichever more; None where nothing is known."""
    (base_median, base_mean, _), (median, mean, _) = base.values(), found.values()
    pairs = ((base_median, median), (base_mean, mean))
    ratios = [after / before - 1 for before, after in pairs if before and after is not None]
    # From nothing to something is a rise that has no ratio.
    appeared = any(before == 0 and after for before, after in pairs)
    return float("inf") if appeared else max(ratios, default=None)


METRICS = {
    "success_rate_drop": Metric(SUCCESS_TEST, 0.01, _rated, _drop, _fall, _rates, _rate_sentence),
    "duration_increase": Metric(
        RANK_TEST,
        0.05,
        lambda block: block.durations.count,
        lambda base, block: evidence_of_increase(
            base.durations.histogram, block.durations.histogram
        ),
        lambda base, block: _rise(_durations(base), _durations(block)),
        _durations,
        _duration_sentence,
    ),
    "cost_increase": Metric(
        RANK_TEST,
        0.05,
        lambda block: block.costs.known,
        lambda base, block: evidence_of_increase(base.costs.histogram, block.costs.histogram),
        lambda base, block: _rise(_costs(base), _costs(block)),
        _costs,
        _cost_sentence,
    ),
}
