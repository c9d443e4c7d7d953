"""May the candidate be deployed? Limits on how much worse than the base it may be.

By default the gate decides on evidence: a check fails when what was observed is beyond its limit,
and a version set against itself would hardly ever show as much (5 % over all checks together).
Else it passes, and says how sure that is. `proof` asks for more: that the change lies within the
limit for sure; `observed` for less: it judges what was measured, chance or not.

What cannot be told does not pass. Only a metric that neither version ever reports is skipped:
agents without costs must be deployable too. Runs that never came back count as failed.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from chalicelib.metrics.block import Block
from chalicelib.metrics.comparison import count_stale
from chalicelib.metrics.evidence import Evidence, runs_needed
from chalicelib.metrics.gate_readings import (
    FLOAT_NOISE,
    Limits,
    Reading,
    describe,
    read_limited,
    read_rates,
)
from chalicelib.metrics.histogram import round_significant
from chalicelib.metrics.verdicts import rate

Status = Literal["pass", "fail", "undetermined", "skipped"]
Decide = Literal["evidence", "proof", "observed"]

# How often, at most, a version set against itself fails any of the checks.
LEVEL = 0.05


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
    readings = read_limited(base, candidate, limits, ignore_stale=ignore_stale)
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


def _is_judged(reading: Reading, min_runs: int) -> bool:
    return reading.fewest >= min_runs


def _check(reading: Reading, min_runs: int, decide: Decide, level: float) -> dict[str, Any]:
    if not reading.is_rate and reading.n_base == reading.n_candidate == 0:
        return _report(reading, _Ruling("skipped", f"neither version has {reading.counted}"))
    if not _is_judged(reading, min_runs):
        reason = _count_reason(reading.counted, reading.n_base, reading.n_candidate, min_runs)
        more = min_runs - reading.fewest
        return _report(reading, _Ruling("undetermined", reason, more_runs=more))
    evidence = reading.compare(level)
    if decide == "observed":
        status: Status = "fail" if reading.is_beyond else "pass"
        return _report(reading, _Ruling(status, describe(reading), evidence))
    ruling = _weigh if decide == "evidence" else _prove
    return _report(reading, ruling(reading, evidence))


def _weigh(reading: Reading, evidence: Evidence) -> _Ruling:
    """Fails on evidence alone."""
    if reading.is_beyond and evidence.is_significant:
        return _Ruling("fail", f"{describe(reading)}, and that is no chance", evidence)
    if reading.is_beyond:
        return _Ruling("pass", f"{describe(reading)}, but chance alone may do that", evidence)
    return _Ruling("pass", describe(reading), evidence)


def _prove(reading: Reading, evidence: Evidence) -> _Ruling:
    """Passes on proof alone."""
    weighed = _weigh(reading, evidence)
    if weighed.status == "fail":
        return weighed
    is_nothing = reading.base == reading.candidate == 0
    if is_nothing or (evidence.high is not None and evidence.high <= reading.limit + FLOAT_NOISE):
        return _Ruling("pass", f"{describe(reading)}, and stays within that for sure", evidence)
    change = reading.change or 0.0
    worse = -change if reading.is_rate else change
    more = runs_needed(evidence, worse, reading.limit, reading.fewest)
    reason = f"{describe(reading)}: so few runs do not show on which side of that it is"
    if more is not None:
        reason += f"; about {more} more of each version would"
    return _Ruling("undetermined", reason, evidence, more)


def _check_count(
    base: Block, candidate: Block, min_runs: int, *, ignore_stale: bool
) -> dict[str, Any]:
    one, other = (rate(block, ignore_stale=ignore_stale) for block in (base, candidate))
    reading = read_rates(min_runs, one, other)
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


def _report(reading: Reading, ruling: _Ruling) -> dict[str, Any]:
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


def _interval(reading: Reading, evidence: Evidence) -> list[float | None]:
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
