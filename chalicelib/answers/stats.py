"""The four tiles of the Go service's dashboard: a value, and how it changed, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from bson import ObjectId

from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.metrics.intervals import Bucket
from chalicelib.registry import Subject, agents_of_versions
from chalicelib.rollups import Wanted, measure
from chalicelib.values.instants import DAY, HOUR

WEEK = timedelta(days=7)

Span = tuple[datetime, datetime]


def read_stats(subject: Subject, present: datetime) -> list[dict[str, Any]]:
    """The tiles at `present`, an aware datetime whose zone says when today began."""
    instant = present.astimezone(UTC)
    days = _days_so_far(present)
    hours = (instant - HOUR, instant), (instant - 2 * HOUR, instant - HOUR)
    weeks = (instant - WEEK, instant), (instant - 2 * WEEK, instant - WEEK)
    measured = _Measured(subject, [*days, *hours, *weeks])
    today, yesterday = map(measured.block, days)
    hour, hour_before = map(measured.block, hours)
    agents, agents_before = map(measured.agents, weeks)
    return [
        _active_agents(agents, agents_before),
        _runs_today(today.runs, yesterday.runs),
        _response_time(_mean_seconds(hour), _mean_seconds(hour_before)),
        _cost_today(float(today.costs.total), float(yesterday.costs.total)),
    ]


class _Measured:
    """All of the tiles' spans, measured at once in the pieces that their ends divide."""

    def __init__(self, subject: Subject, spans: Sequence[Span]) -> None:
        edges = sorted({edge for span in spans for edge in span})
        self._pieces = [Bucket(start, end) for start, end in pairwise(edges)]
        self._cells = measure(subject, Wanted(self._pieces, by_version=True))
        self._agents = agents_of_versions(version for version, _ in self._cells if version)

    def block(self, span: Span) -> Block:
        """The block of the runs in a span."""
        return merge_blocks(block for _, block in self._within(span))

    def agents(self, span: Span) -> int:
        """How many agents have runs in a span."""
        active = {version for version, block in self._within(span) if block.runs}
        return len({self._agents[version] for version in active if version in self._agents})

    def _within(self, span: Span) -> Iterator[tuple[ObjectId | None, Block]]:
        for (version, _), cell in self._cells.items():
            for place, block in cell.items():
                piece = self._pieces[place]
                if span[0] <= piece.start and piece.end <= span[1]:
                    yield version, block


def _days_so_far(present: datetime) -> tuple[Span, Span]:
    """Today up to now, and yesterday for the same length of time since its midnight."""
    midnight = present.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    before = (midnight - DAY).astimezone(UTC)
    today, instant = midnight.astimezone(UTC), present.astimezone(UTC)
    return (today, instant), (before, before + (instant - today))


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
