"""The four tiles of the Go service's dashboard: a value, and how it changed, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.answers.questions import Question, block_of, buckets_of, measure_cells
from chalicelib.metrics.block import Block
from chalicelib.registry import Scope
from chalicelib.values.instants import DAY, HOUR

WEEK = timedelta(days=7)

Span = tuple[datetime, datetime]


def read_stats(scope: Scope, present: datetime) -> list[dict[str, Any]]:
    """The tiles at `present`, an aware datetime whose zone says when today began."""
    today, yesterday = (_block(scope, span) for span in _days_so_far(present))
    instant = present.astimezone(UTC)
    hour = _block(scope, (instant - HOUR, instant))
    hour_before = _block(scope, (instant - 2 * HOUR, instant - HOUR))
    agents = _count_agents(scope, (instant - WEEK, instant))
    agents_before = _count_agents(scope, (instant - 2 * WEEK, instant - WEEK))
    return [
        _active_agents(agents, agents_before),
        _runs_today(today.runs, yesterday.runs),
        _response_time(_mean_seconds(hour), _mean_seconds(hour_before)),
        _cost_today(float(today.costs.total), float(yesterday.costs.total)),
    ]


def _days_so_far(present: datetime) -> tuple[Span, Span]:
    """Today up to now, and yesterday for the same length of time since its midnight."""
    midnight = present.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    before = (midnight - DAY).astimezone(UTC)
    today, instant = midnight.astimezone(UTC), present.astimezone(UTC)
    return (today, instant), (before, before + (instant - today))


def _block(scope: Scope, span: Span) -> Block:
    return block_of(scope, Question(*span, stale_before=span[0]))


def _count_agents(scope: Scope, span: Span) -> int:
    question = Question(*span, stale_before=span[0], group_by="agent")
    return len(measure_cells(scope, question, buckets_of(scope, question)))


def _mean_seconds(block: Block) -> float:
    mean_ms = block.durations.mean_ms
    return 0.0 if mean_ms is None else mean_ms / 1000


def _active_agents(now: int, before: int) -> dict[str, Any]:
    change = f"{now - before:+,} from last week"
    return _tile("Active Agents", "Bot", f"{now:,}", change, raw=now, difference=now - before)


def _runs_today(now: int, before: int) -> dict[str, Any]:
    change = f"{_relative(now, before)} from yesterday"
    return _tile(
        "Total Runs Today", "Activity", f"{now:,}", change, raw=now, difference=now - before
    )


def _response_time(now: float, before: float) -> dict[str, Any]:
    change = f"{now - before:+.1f}s from last hour"
    return _tile(
        "Avg Response Time", "Clock", f"{now:.1f}s", change, raw=now, difference=now - before
    )


def _cost_today(now: float, before: float) -> dict[str, Any]:
    change = f"{_relative(now, before)} from yesterday"
    return _tile(
        "Total Cost Today", "DollarSign", f"${now:,.2f}", change, raw=now, difference=now - before
    )


def _relative(now: float, before: float) -> str:
    """The change in percent; from nothing there is none, only something new."""
    if before:
        return f"{(now - before) / before:+.0%}"
    return "new" if now else "+0%"


def _tile(
    title: str, icon: str, value: str, change: str, *, raw: float, difference: float
) -> dict[str, Any]:
    trend = "up" if difference > 0 else "down" if difference < 0 else "neutral"
    return {
        "title": title,
        "value": value,
        "change": change,
        "icon": icon,
        "trend": trend,
        "raw": raw,
    }
