"""May the candidate be deployed? Limits on how much worse than the base it may be.

By default the gate decides on evidence: a check fails when what was observed is beyond its limit,
and a version set against itself would hardly ever show as much (5 % over all checks together).
Else it passes, and says how sure that is. `proof` asks for more: that the change lies within the
limit for sure; `observed` for less: it judges what was measured, chance or not.

What cannot be told does not pass. Only a metric that neither version ever reports is skipped:
agents without costs must be deployable too. Runs that never came back count as failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal, NamedTuple

from chalicelib.metrics.block import Block
from chalicelib.metrics.comparison import count_stale
from chalicelib.metrics.evidence import (
    Evidence,
    compare_mean_costs,
    compare_p95s,
    compare_rates,
    runs_needed,
)
from chalicelib.metrics.histogram import round_significant
from chalicelib.metrics.verdicts import Rated, rate

Status = Literal["pass", "fail", "undetermined", "skipped"]
Decide = Literal["evidence", "proof", "observed"]

# How often, at most, a version set against itself fails any of the checks.
LEVEL = 0.05
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
            return base - candidate > self.limit + _FLOAT_NOISE
        # Multiplied, not divided: a base of 0 allows 0 and nothing else.
        return candidate > base * (1 + self.limit + _FLOAT_NOISE)


class _Ruling(NamedTuple):
    status: Status
    reason: str
    evidence: Evidence | None = None
    more_runs: int | None = None


def evaluate_gate(
    base: Block,
    candidate: Block,
    limits: Limits | None = None,
    *,
    decide: Decide = "evidence",
    ignore_stale: bool = False,
) -> dict[str, Any]:
    """`pass` (bool), `status`, `checks`, and how it was decided: `decide`, `level`, `stale`.

    `status` is "fail" when any check fails, else "undetermined" when any could not be told, else
    "pass"; `pass` is true for the last alone. Each check has `name` (its limit's), `limit`,
    `base`, `candidate`, `change` and its `interval`, `significant`, `smallest_change` (about the
    least worsening that so many runs would have shown), `more_runs` (about how many more a side
    would decide), `n_base`, `n_candidate`, `pass`, `status` (also "skipped", which passes) and
    `reason`, a sentence. `change` is candidate - base for the success rate, relative to the base
    (0.1: a tenth more) for p95 in milliseconds and for the mean cost in dollars.
    """
    limits = limits or Limits()
    readings = _read(base, candidate, limits, ignore_stale=ignore_stale)
    judged = sum(_is_judged(reading, limits.min_runs) for reading in readings)
    level = LEVEL / max(1, judged)
    checks = [_check_count(base, candidate, limits.min_runs, ignore_stale=ignore_stale)]
    checks += [_check(reading, limits.min_runs, decide, level) for reading in readings]
    status = _sum_up({check["status"] for check in checks})
    return {
        "pass": status == "pass",
        "status": status,
        "decide": decide,
        "level": LEVEL,
        "stale": count_stale(base, candidate, ignore_stale=ignore_stale),
        "checks": checks,
    }


def _read(base: Block, candidate: Block, limits: Limits, *, ignore_stale: bool) -> list[_Reading]:
    """The measures that have a limit."""
    readings = []
    if limits.max_success_rate_drop is not None:
        one, other = (rate(block, ignore_stale=ignore_stale) for block in (base, candidate))
        readings.append(_read_rates(limits.max_success_rate_drop, one, other))
    if limits.max_p95_increase is not None:
        readings.append(_read_p95s(limits.max_p95_increase, base, candidate))
    if limits.max_mean_cost_increase is not None:
        readings.append(_read_costs(limits.max_mean_cost_increase, base, candidate))
    return readings


def _read_rates(limit: float, base: Rated, candidate: Rated) -> _Reading:
    return _Reading(
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


def _read_p95s(limit: float, base: Block, candidate: Block) -> _Reading:
    return _Reading(
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


def _read_costs(limit: float, base: Block, candidate: Block) -> _Reading:
    return _Reading(
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


def _is_judged(reading: _Reading, min_runs: int) -> bool:
    return reading.fewest >= min_runs


def _check(reading: _Reading, min_runs: int, decide: Decide, level: float) -> dict[str, Any]:
    if not reading.is_rate and reading.n_base == reading.n_candidate == 0:
        return _report(reading, _Ruling("skipped", f"neither version has {reading.counted}"))
    if not _is_judged(reading, min_runs):
        reason = _count_reason(reading.counted, reading.n_base, reading.n_candidate, min_runs)
        more = min_runs - reading.fewest
        return _report(reading, _Ruling("undetermined", reason, more_runs=more))
    evidence = reading.compare(level)
    if decide == "observed":
        status: Status = "fail" if reading.is_beyond else "pass"
        return _report(reading, _Ruling(status, _observed(reading), evidence))
    ruling = _weigh if decide == "evidence" else _prove
    return _report(reading, ruling(reading, evidence))


def _weigh(reading: _Reading, evidence: Evidence) -> _Ruling:
    """Fails on evidence alone."""
    if reading.is_beyond and evidence.is_significant:
        return _Ruling("fail", f"{_observed(reading)}, and that is no chance", evidence)
    if reading.is_beyond:
        return _Ruling("pass", f"{_observed(reading)}, but chance alone may do that", evidence)
    return _Ruling("pass", _observed(reading), evidence)


def _prove(reading: _Reading, evidence: Evidence) -> _Ruling:
    """Passes on proof alone."""
    weighed = _weigh(reading, evidence)
    if weighed.status == "fail":
        return weighed
    is_nothing = reading.base == reading.candidate == 0
    if is_nothing or (evidence.high is not None and evidence.high <= reading.limit + _FLOAT_NOISE):
        return _Ruling("pass", f"{_observed(reading)}, and stays within that for sure", evidence)
    change = reading.change or 0.0
    worse = -change if reading.is_rate else change
    more = runs_needed(evidence, worse, reading.limit, reading.fewest)
    reason = f"{_observed(reading)}: so few runs do not show on which side of that it is"
    return _Ruling("undetermined", reason, evidence, more)


def _observed(reading: _Reading) -> str:
    if reading.is_rate:
        return (
            f"the success rate went from {reading.base:.2%} to {reading.candidate:.2%};"
            f" it may drop by {reading.limit * 100:g} percentage points"
        )
    return (
        f"the {reading.metric} went from {reading.base:.6g} to {reading.candidate:.6g};"
        f" it may rise by {reading.limit * 100:g} % of the base's"
    )


def _check_count(
    base: Block, candidate: Block, min_runs: int, *, ignore_stale: bool
) -> dict[str, Any]:
    one, other = (rate(block, ignore_stale=ignore_stale) for block in (base, candidate))
    reading = _read_rates(min_runs, one, other)
    enough = reading.fewest >= min_runs
    ruling = _Ruling(
        "pass" if enough else "undetermined",
        _count_reason(reading.counted, one.rated, other.rated, min_runs),
        more_runs=None if enough else min_runs - reading.fewest,
    )
    counted = {"name": "min_runs", "base": one.rated, "candidate": other.rated}
    return _report(reading, ruling) | counted


def _count_reason(counted: str, n_base: int, n_candidate: int, min_runs: int) -> str:
    return (
        f"{counted}: {n_base} of the base, {n_candidate} of the candidate;"
        f" at least {min_runs} of each are needed"
    )


def _report(reading: _Reading, ruling: _Ruling) -> dict[str, Any]:
    evidence, is_told = ruling.evidence, ruling.evidence is not None
    return {
        "name": reading.name,
        "limit": reading.limit,
        "base": reading.base,
        "candidate": reading.candidate,
        "change": _rounded(reading.change if is_told else None),
        "interval": _interval(reading, evidence) if evidence else None,
        "significant": evidence.is_significant if evidence else None,
        "smallest_change": _rounded(evidence.smallest if evidence else None),
        "more_runs": ruling.more_runs,
        "n_base": reading.n_base,
        "n_candidate": reading.n_candidate,
        "pass": ruling.status in ("pass", "skipped"),
        "status": ruling.status,
        "reason": ruling.reason,
    }


def _interval(reading: _Reading, evidence: Evidence) -> list[float | None]:
    """Of the change, in its own direction; an end that so few runs do not bound is None."""
    if reading.is_rate:
        ends = [None if end is None else -end for end in (evidence.high, evidence.low)]
    else:
        ends = [evidence.low, evidence.high]
    return [_rounded(end) for end in ends]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round_significant(value)


def _sum_up(statuses: set[Status]) -> Status:
    if "fail" in statuses:
        return "fail"
    return "undetermined" if "undetermined" in statuses else "pass"
