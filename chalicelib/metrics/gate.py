"""May the candidate be deployed? Limits on how much worse than the base it may be.

The gate judges what was measured, not whether it is significant (for that see verdicts): a
pipeline wants a rule that can be foretold, and `min_runs` keeps it from judging by chance. What
cannot be told does not pass. Only a metric that neither version ever reports is skipped: agents
without costs must be deployable too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from math import isfinite
from typing import Any, Literal, NamedTuple

from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import round_significant

Status = Literal["pass", "fail", "undetermined", "skipped"]

# 0.9 - 0.88 is a little more than 0.02 in binary, and within that limit all the same.
_FLOAT_NOISE = 1e-9


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


class _Reading(NamedTuple):
    """One metric of both sides, each with the number of runs that it is of."""

    metric: str
    counted: str
    base: float | None
    candidate: float | None
    n_base: int
    n_candidate: int

    @property
    def fewest(self) -> int:
        return min(self.n_base, self.n_candidate)


def evaluate_gate(base: Block, candidate: Block, limits: Limits | None = None) -> dict[str, Any]:
    """`pass` (bool), `status` and `checks`.

    `status` is "fail" when any check fails, else "undetermined" when any could not be told, else
    "pass"; `pass` is true for the last alone. Each check has `name` (its limit's), `limit`,
    `base`, `candidate`, `change`, `n_base`, `n_candidate`, `pass`, `status` (also "skipped", which
    passes) and `reason`, a sentence. `change` is candidate - base for the success rate, relative
    to the base (0.1: a tenth more) for p95 in milliseconds and for the mean cost in dollars.
    """
    limits = limits or Limits()
    rates = _read_rates(base, candidate)
    checks = [_check_count(rates, limits.min_runs)]
    if limits.max_success_rate_drop is not None:
        checks.append(_check_drop(rates, limits.max_success_rate_drop, limits.min_runs))
    for name, limit, reading in (
        ("max_p95_increase", limits.max_p95_increase, _read_p95s(base, candidate)),
        ("max_mean_cost_increase", limits.max_mean_cost_increase, _read_costs(base, candidate)),
    ):
        if limit is not None:
            checks.append(_check_increase(name, reading, limit, limits.min_runs))
    status = _sum_up({check["status"] for check in checks})
    return {"pass": status == "pass", "status": status, "checks": checks}


def _read_rates(base: Block, candidate: Block) -> _Reading:
    rates = base.success_rate, candidate.success_rate
    return _Reading("success rate", "finished runs", *rates, base.rated, candidate.rated)


def _read_p95s(base: Block, candidate: Block) -> _Reading:
    one, other = base.durations, candidate.durations
    p95s = one.quantile_ms(0.95), other.quantile_ms(0.95)
    return _Reading("p95 duration", "runs with a duration", *p95s, one.count, other.count)


def _read_costs(base: Block, candidate: Block) -> _Reading:
    one, other = base.costs, candidate.costs
    return _Reading(
        "mean cost", "runs with a known cost", one.mean, other.mean, one.known, other.known
    )


def _check_count(rates: _Reading, min_runs: int) -> dict[str, Any]:
    status: Status = "pass" if rates.fewest >= min_runs else "undetermined"
    return _report(
        rates._replace(base=rates.n_base, candidate=rates.n_candidate),
        name="min_runs",
        limit=min_runs,
        status=status,
        reason=_count_reason(rates, min_runs),
    )


def _check_drop(rates: _Reading, limit: float, min_runs: int) -> dict[str, Any]:
    report = partial(_report, rates, name="max_success_rate_drop", limit=limit)
    if rates.base is None or rates.candidate is None or rates.fewest < min_runs:
        return report(status="undetermined", reason=_count_reason(rates, min_runs))
    change = rates.candidate - rates.base
    reason = (
        f"the success rate went from {rates.base:.2%} to {rates.candidate:.2%};"
        f" it may drop by {limit * 100:g} percentage points"
    )
    status: Status = "fail" if -change > limit + _FLOAT_NOISE else "pass"
    return report(status=status, reason=reason, change=change)


def _check_increase(name: str, reading: _Reading, limit: float, min_runs: int) -> dict[str, Any]:
    report = partial(_report, reading, name=name, limit=limit)
    if reading.n_base == reading.n_candidate == 0:
        return report(status="skipped", reason=f"neither version has {reading.counted}")
    if reading.base is None or reading.candidate is None or reading.fewest < min_runs:
        return report(status="undetermined", reason=_count_reason(reading, min_runs))
    reason = (
        f"the {reading.metric} went from {reading.base:.6g} to {reading.candidate:.6g};"
        f" it may rise by {limit * 100:g} % of the base's"
    )
    # Multiplied, not divided: a base of 0 allows 0 and nothing else.
    most = reading.base * (1 + limit + _FLOAT_NOISE)
    status: Status = "pass" if reading.candidate <= most else "fail"
    return report(status=status, reason=reason, change=_relative(reading.base, reading.candidate))


def _relative(base: float, candidate: float) -> float | None:
    if base:
        return (candidate - base) / base
    return None if candidate else 0.0


def _count_reason(reading: _Reading, min_runs: int) -> str:
    return (
        f"{reading.counted}: {reading.n_base} of the base, {reading.n_candidate} of the candidate;"
        f" at least {min_runs} of each are needed"
    )


def _report(
    reading: _Reading,
    *,
    name: str,
    limit: float,
    status: Status,
    reason: str,
    change: float | None = None,
) -> dict[str, Any]:
    return {
        "name": name,
        "limit": limit,
        "base": reading.base,
        "candidate": reading.candidate,
        "change": None if change is None else round_significant(change),
        "n_base": reading.n_base,
        "n_candidate": reading.n_candidate,
        "pass": status in ("pass", "skipped"),
        "status": status,
        "reason": reason,
    }


def _sum_up(statuses: set[Status]) -> Status:
    if "fail" in statuses:
        return "fail"
    return "undetermined" if "undetermined" in statuses else "pass"
