"""What the gate looks at: the measures that have a limit, of both versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isfinite
from typing import NamedTuple

from chalicelib.metrics.block import Block
from chalicelib.metrics.evidence import (
    Evidence,
    compare_mean_costs,
    compare_p95s,
    compare_rates,
)
from chalicelib.metrics.verdicts import Rated, rate

# 0.9 - 0.88 is a little more than 0.02 in binary, and within that limit all the same.
FLOAT_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Limits:
    """How much worse a candidate may be; None leaves that check out.

    `max_success_rate_drop` is absolute (0.02: from 95 % to 93 %), the two increases are relative
    to the base (0.10: a tenth more). `min_runs` is asked of each side, for each check of the runs
    that it is about. Raises ValueError for a limit that is negative or not finite, and for
    `min_runs` below 1.
    """

    max_success_rate_drop: float | None = 0.02
    max_p95_increase: float | None = 0.10
    max_mean_cost_increase: float | None = 0.10
    min_runs: int = 30

    def __post_init__(self) -> None:
        for name, limit in asdict(self).items():
            if limit is not None and not (isfinite(limit) and limit >= 0):
                raise ValueError(f"{name} must be a finite number of 0 or more, not {limit}")
        if self.min_runs < 1:
            raise ValueError(f"min_runs must be 1 or more, not {self.min_runs}")


class Reading(NamedTuple):
    """One metric of both sides, each with the number of runs that it is of.

    `worse` is how much worse the candidate is, in the unit of the limit.
    """

    name: str
    limit: float
    metric: str
    counted: str
    base: float | None
    candidate: float | None
    n_base: int
    n_candidate: int
    is_rate: bool
    compare: Callable[[float], Evidence]

    @property
    def fewest(self) -> int:
        return min(self.n_base, self.n_candidate)

    @property
    def change(self) -> float | None:
        """Candidate - base of a rate, else relative to the base."""
        if self.base is None or self.candidate is None:
            return None
        if self.is_rate:
            return self.candidate - self.base
        if self.base:
            return (self.candidate - self.base) / self.base
        return None if self.candidate else 0.0

    @property
    def is_beyond(self) -> bool:
        """Whether what was observed is worse than the limit allows."""
        base, candidate = self.base or 0.0, self.candidate or 0.0
        if self.is_rate:
            return base - candidate > self.limit + FLOAT_NOISE
        # Multiplied, not divided: a base of 0 allows 0 and nothing else.
        return candidate > base * (1 + self.limit + FLOAT_NOISE)


def read_limited(
    base: Block, candidate: Block, limits: Limits, *, ignore_stale: bool
) -> list[Reading]:
    """The measures that have a limit."""
    readings = []
    if limits.max_success_rate_drop is not None:
        one, other = (rate(block, ignore_stale=ignore_stale) for block in (base, candidate))
        readings.append(read_rates(limits.max_success_rate_drop, one, other))
    if limits.max_p95_increase is not None:
        readings.append(_read_p95s(limits.max_p95_increase, base, candidate))
    if limits.max_mean_cost_increase is not None:
        readings.append(_read_costs(limits.max_mean_cost_increase, base, candidate))
    return readings


def read_rates(limit: float, base: Rated, candidate: Rated) -> Reading:
    return Reading(
        name="max_success_rate_drop",
        limit=limit,
        metric="success rate",
        counted="finished runs",
        base=base.share,
        candidate=candidate.share,
        n_base=base.rated,
        n_candidate=candidate.rated,
        is_rate=True,
        compare=lambda level: compare_rates(base, candidate, level),
    )


def _read_p95s(limit: float, base: Block, candidate: Block) -> Reading:
    return Reading(
        name="max_p95_increase",
        limit=limit,
        metric="p95 duration",
        counted="runs with a duration",
        base=base.durations.quantile_ms(0.95),
        candidate=candidate.durations.quantile_ms(0.95),
        n_base=base.durations.count,
        n_candidate=candidate.durations.count,
        is_rate=False,
        compare=lambda level: compare_p95s(base, candidate, level),
    )


def _read_costs(limit: float, base: Block, candidate: Block) -> Reading:
    return Reading(
        name="max_mean_cost_increase",
        limit=limit,
        metric="mean cost",
        counted="runs with a known cost",
        base=base.costs.mean,
        candidate=candidate.costs.mean,
        n_base=base.costs.known,
        n_candidate=candidate.costs.known,
        is_rate=False,
        compare=lambda level: compare_mean_costs(base, candidate, level),
    )


def describe(reading: Reading) -> str:
    if reading.is_rate:
        return (
            f"the success rate went from {reading.base:.2%} to {reading.candidate:.2%};"
            f" it may drop by {reading.limit * 100:g} percentage points"
        )
    return (
        f"the {reading.metric} went from {reading.base:.6g} to {reading.candidate:.6g};"
        f" it may rise by {reading.limit * 100:g} % of the base's"
    )
