"""What metrics ought to be: calculated from a list of runs, with nothing of the service's own.

Exact sums are fractions and decimals, percentiles are picked from the sorted sample, buckets are
found by looking at the clock of the zone every quarter of an hour.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist, stdev
from typing import Any
from zoneinfo import ZoneInfo

import pytest

OUTCOMES = {
    "succeeded": {
        *("completed", "complete", "success", "successful", "succeeded", "ok", "okay", "done"),
        *("finished", "pass", "passed", "resolved", "solved", "correct"),
    },
    "failed": {
        *("failed", "fail", "failure", "error", "errored", "exception", "timeout", "timed_out"),
        *("time_out", "cancelled", "canceled", "aborted", "abort", "crashed", "crash", "killed"),
        *("terminated", "interrupted", "rejected", "expired", "unresolved", "unsolved"),
        *("incorrect", "out_of_memory", "oom"),
    },
    "in_progress": {
        *("queued", "pending", "created", "scheduled", "submitted", "accepted", "starting"),
        *("started", "initializing", "running", "in_progress", "processing", "working", "active"),
        *("executing", "waiting", "paused", "blocked", "suspended", "requires_action"),
        *("requires_input", "retrying", "resuming"),
    },
}
TOKENS = ("input", "output", "cache_read_input", "cache_creation_input", "reasoning_output")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Every offset and every change of clocks in the zones of today lies on this grid.
STEP = timedelta(minutes=15)


@dataclass(frozen=True)
class Run:
    """One run as it should stand; a duration or cost of None is unknown."""

    created: datetime
    status: str = "completed"
    duration_us: int | None = None
    cost: Decimal | None = None
    initiator: str | None = None
    tools: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    project: str = "tests"
    agent: str = "tester"
    version: str = "1.0.2"
    cluster: str | None = None
    reported_outcome: str | None = None
    tokens: tuple[int | None, ...] = (None,) * len(TOKENS)
    score: float | None = None

    @property
    def outcome(self) -> str:
        word = self.status.strip().lower().replace(" ", "_").replace("-", "_")
        found = (name for name, words in OUTCOMES.items() if word in words)
        return self.reported_outcome or next(found, "other")

    @property
    def has_ended(self) -> bool:
        return self.outcome != "in_progress"


@dataclass(frozen=True)
class Span:
    start: datetime
    end: datetime

    def pick(self, runs: Iterable[Run]) -> list[Run]:
        return [run for run in runs if self.start <= run.created < self.end]


def check_block(answer: dict[str, Any], runs: Sequence[Run], stale_before: datetime) -> None:
    """Assert every field of a metrics block."""
    outcomes = [run.outcome for run in runs]
    succeeded, failed = outcomes.count("succeeded"), outcomes.count("failed")
    created = [run.created for run in runs]
    assert answer["runs"] == len(runs)
    assert answer["by_outcome"] == {
        name: outcomes.count(name) for name in ("succeeded", "failed", "in_progress", "other")
    }
    stale = [run for run in runs if run.outcome == "in_progress" and run.created < stale_before]
    assert answer["stale"] == len(stale)
    assert answer["rated"] == succeeded + failed
    _check_rate(answer, succeeded, succeeded + failed)
    ended = [run for run in runs if run.has_ended]
    durations = [run.duration_us for run in ended if run.duration_us is not None]
    _check_durations(answer["duration_ms"], sorted(durations))
    going = [run.cost for run in runs if not run.has_ended and run.cost is not None]
    _check_cost(answer["cost"], [run.cost for run in ended], going)
    _check_tokens(answer["tokens"], [run.tokens for run in ended])
    _check_scores(answer["score"], [run.score for run in ended if run.score is not None])
    assert answer["first_run"] == (text(min(created)) if runs else None)
    assert answer["last_run"] == (text(max(created)) if runs else None)


def _check_rate(answer: dict[str, Any], succeeded: int, rated: int) -> None:
    if not rated:
        assert answer["success_rate"] is None
        assert answer["success_rate_interval"] is None
        return
    assert answer["success_rate"] == pytest.approx(succeeded / rated, rel=1e-12)
    # E. B. Wilson, 1927, as the textbooks have it.
    z, p = NormalDist().inv_cdf(0.975), succeeded / rated
    middle = (p + z**2 / (2 * rated)) / (1 + z**2 / rated)
    half = z / (1 + z**2 / rated) * math.sqrt(p * (1 - p) / rated + z**2 / (4 * rated**2))
    assert answer["success_rate_interval"] == pytest.approx(
        [middle - half, middle + half], abs=1e-9
    )


def _check_durations(answer: dict[str, Any], durations_us: list[int]) -> None:
    count = len(durations_us)
    assert answer.keys() == {
        *("count", "mean", "min", "max", "p50", "p90", "p95", "p99", "method", "relative_error")
    }
    assert answer["count"] == count
    if not count:
        assert all(answer[name] is None for name in ("mean", "min", "max", "p50", "p90", "p95"))
        return
    assert answer["mean"] == pytest.approx(float(Fraction(sum(durations_us), 1000 * count)), 1e-15)
    assert answer["min"] == durations_us[0] / 1000
    assert answer["max"] == durations_us[-1] / 1000
    exact = answer["method"] == "exact"
    assert answer["relative_error"] == (0 if exact else 0.01)
    for percent in (50, 90, 95, 99):
        sample = durations_us[percent * (count - 1) // 100] / 1000
        error = 0 if exact else Fraction("0.01") * Fraction(sample)
        assert abs(Fraction(answer[f"p{percent}"]) - Fraction(sample)) <= error, percent


def _check_cost(answer: dict[str, Any], costs: list[Decimal | None], going: list[Decimal]) -> None:
    known = [Fraction(cost) for cost in costs if cost is not None]
    ended, spent = sum(known, Fraction()), sum(map(Fraction, going), Fraction())
    assert answer == {
        "total": _close(ended + spent) if known or going else None,
        "in_progress": _close(spent) if going else None,
        "mean": _close(ended / len(known)) if known else None,
        "known": len(known),
        "unknown": len(costs) - len(known),
    }


def _close(amount: Fraction) -> Any:
    return pytest.approx(float(amount), rel=1e-15, abs=0)


def _check_tokens(answer: dict[str, Any], rows: list[tuple[int | None, ...]]) -> None:
    known = sum(row[:2] != (None, None) for row in rows)
    columns = [[row[at] for row in rows if row[at] is not None] for at in range(len(TOKENS))]
    sums = [sum(filter(None, column)) if column else None for column in columns]
    total = sum(count or 0 for row in rows for count in row[:2])
    read, used = sums[2], sums[0]
    assert answer == dict(zip(TOKENS, sums, strict=True)) | {
        "total": total if known else None,
        "mean": total / known if known else None,
        "cache_read_share": read / used if used and read is not None else None,
        "known": known,
        "unknown": len(rows) - known,
    }


def _check_scores(answer: dict[str, Any], scores: list[float]) -> None:
    exact = [Fraction(score) for score in scores]
    mean = sum(exact, Fraction()) / len(exact) if exact else None
    assert answer == {
        "count": len(scores),
        "mean": None if mean is None else pytest.approx(float(mean), rel=1e-15),
        "stddev": pytest.approx(float(stdev(exact)), rel=1e-5) if len(exact) > 1 else None,
        "min": min(scores, default=None),
        "max": max(scores, default=None),
    }


def check_answer(
    answer: dict[str, Any],
    runs: Sequence[Run],
    spans: Sequence[Span] | None = None,
    *,
    stale_before: datetime,
    groups: dict[tuple[Any, ...], list[Run]] | None = None,
) -> None:
    """Assert a whole answer: its total, its buckets and its groups; `groups` as `divide` makes."""
    check_block(answer, runs, stale_before)
    assert ("buckets" in answer) == (spans is not None)
    if spans is not None:
        check_buckets(answer["buckets"], runs, spans, stale_before)
    assert ("groups" in answer) == (groups is not None)
    if groups is None:
        return
    assert not answer["truncated"]
    assert answer["others"] is None
    by = answer["group_by"]
    found = {_name(by, group): group for group in answer["groups"]}
    assert len(found) == len(answer["groups"])
    assert found.keys() == groups.keys()
    assert [g["runs"] for g in answer["groups"]] == sorted(map(len, groups.values()), reverse=True)
    for name, members in groups.items():
        check_block(found[name], members, stale_before)
        if spans is not None:
            check_buckets(found[name]["buckets"], members, spans, stale_before)


def check_buckets(
    buckets: list[dict[str, Any]],
    runs: Sequence[Run],
    spans: Sequence[Span],
    stale_before: datetime,
) -> None:
    assert [(b["from"], b["to"]) for b in buckets] == [(text(s.start), text(s.end)) for s in spans]
    assert sum(bucket["runs"] for bucket in buckets) == len(runs)
    for bucket, span in zip(buckets, spans, strict=True):
        check_block(bucket, span.pick(runs), stale_before)


GROUPINGS: dict[str, Callable[[Run], Iterable[tuple[Any, ...]]]] = {
    "project": lambda run: [(run.project,)],
    "agent": lambda run: [(run.agent,)],
    "version": lambda run: [(run.agent, run.version)],
    "cluster": lambda run: [(run.cluster,)],
    "model": lambda run: [(model,) for model in dict.fromkeys(run.models) or (None,)],
    "tool": lambda run: [(tool,) for tool in dict.fromkeys(run.tools) or (None,)],
    "initiator": lambda run: [(run.initiator,)],
    "status": lambda run: [(run.status,)],
}


def divide(runs: Iterable[Run], group_by: str) -> dict[tuple[Any, ...], list[Run]]:
    """The runs of each group, by what identifies it in the answer."""
    groups: dict[tuple[Any, ...], list[Run]] = {}
    for run in runs:
        for name in GROUPINGS[group_by](run):
            groups.setdefault(name, []).append(run)
    return groups


def _name(by: str, group: dict[str, Any]) -> tuple[Any, ...]:
    return (group["agent"], group["version"]) if by == "version" else (group[by],)


def cut(start: datetime, end: datetime, interval: str, zone: str) -> list[Span]:
    """The spans of [start, end) within which a clock in the zone shows one hour, day, …."""
    label = _LABELS[interval]
    clock = ZoneInfo(zone)
    edges = [start]
    # From the last point of the grid before the start, so that a later edge is on the grid.
    instant = EPOCH + (start - EPOCH) // STEP * STEP
    shown = label(start.astimezone(clock))
    while (instant := instant + STEP) < end:
        now_shown = label(instant.astimezone(clock))
        if now_shown != shown:
            edges.append(instant)
            shown = now_shown
    return [Span(one, other) for one, other in zip(edges, [*edges[1:], end], strict=True)]


_LABELS: dict[str, Callable[[datetime], Any]] = {
    "hour": lambda local: (local.date(), local.hour, local.utcoffset()),
    "day": datetime.date,
    "week": lambda local: local.isocalendar()[:2],
    "month": lambda local: (local.year, local.month),
}


def text(instant: datetime) -> str:
    """RFC 3339 as the API writes it."""
    precision = "milliseconds" if instant.microsecond else "seconds"
    return instant.isoformat(timespec=precision).replace("+00:00", "Z")
