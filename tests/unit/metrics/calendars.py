"""What the tests of bucketed ranges have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import get_args

from chalicelib.metrics.intervals import Bucket, Interval
from chalicelib.values.instants import HOUR

MICROSECOND = timedelta(microseconds=1)
INTERVALS: tuple[Interval, ...] = get_args(Interval)
# The last that can be stored.

# What all instants of a bucket have in common, said without any arithmetic on edges.
LABELS: dict[Interval, Callable[[datetime], object]] = {
    "hour": lambda local: (local.date(), local.hour, local.utcoffset()),
    "day": lambda local: local.date(),
    "week": lambda local: local.isocalendar()[:2],
    "month": lambda local: (local.year, local.month),
}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def lengths_h(buckets: list[Bucket]) -> list[float]:
    return [(bucket.end - bucket.start) / HOUR for bucket in buckets]


def assert_partition(buckets: list[Bucket], start: datetime, end: datetime) -> None:
    """Adjacent, never empty, and together the range: so sums over buckets are the total's."""
    assert buckets[0].start == start
    assert buckets[-1].end == end
    for bucket, following in zip(buckets, [*buckets[1:], None], strict=True):
        assert bucket.start < bucket.end
        assert bucket.start.tzinfo is UTC
        assert following is None or bucket.end == following.start
