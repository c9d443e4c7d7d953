"""Hours, days, weeks and months as the clocks of a time zone show them, cut from a range.

A day begins when the local date is first reached: after a change of clocks that skips midnight
that is the change itself, and a day that a zone skipped altogether (Samoa, 30 December 2011) has
no bucket. Weeks begin on Monday (ISO 8601), months on the first.

An hour is all that has one local date, one hour on the clock and one offset from UTC: the hour
that autumn repeats makes two buckets, and in a zone with a half-hour offset hours begin at half
past in UTC. Where clocks change within an hour, the parts before and after are two buckets.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from math import ceil
from typing import Literal, NamedTuple

from chalicelib.values.instants import HOUR

Interval = Literal["hour", "day", "week", "month"]
MAX_BUCKETS = 10_000

# No bucket is longer: a range of more than MAX_BUCKETS of these has too many without counting.
_LONGEST: dict[Interval, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=2),
    "week": timedelta(days=8),
    "month": timedelta(days=32),
}
# The Gregorian calendar repeats after 400 years, weekdays included, and so do the clock changes
# of every zone in the far future. Near the ends of what a datetime holds, local time would
# overflow; the same range 400 years nearer has the same buckets.
_CYCLE = timedelta(days=146_097)
_LAST_SAFE_YEAR = 9990
_FIRST_SAFE_YEAR = 10


class Bucket(NamedTuple):
    """A half-open range [start, end) of aware UTC datetimes, never empty."""

    start: datetime
    end: datetime


def find_zone(name: str) -> tzinfo:
    """The zone of an IANA name, from the system's database or the tzdata package.

    Raises ValueError, with a text for the client, for any other text.
    """
    # Most cold starts never ask for a zone, and importing them takes a while.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415

    try:
        return ZoneInfo(name)
    # OSError: the name of a directory ("America"), or one too long for a file.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"no IANA time zone is called '{name[:100]}'; use a name such as Europe/Berlin"
        ) from None


def cut_range(start: datetime, end: datetime, interval: Interval, zone: tzinfo) -> list[Bucket]:
    """The buckets of [start, end), ascending, without gap or overlap, clipped to the range.

    An empty range has none. Raises ValueError for more than MAX_BUCKETS, for a range that ends
    before it starts, and for datetimes without an offset.
    """
    _check(start, end, interval)
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    shift = _shift_of(start, end)
    edges = _edges_within(start + shift, end + shift, interval, zone)
    return [Bucket(one - shift, other - shift) for one, other in pairwise(edges)]


def locate(buckets: Sequence[Bucket], instant: datetime) -> int:
    """The place of the bucket that holds the instant. Raises ValueError outside of all."""
    place = bisect_right(buckets, instant, key=lambda bucket: bucket.start) - 1
    if place < 0 or instant >= buckets[place].end:
        raise ValueError(f"{instant.isoformat()} is in none of the buckets")
    return place


def _check(start: datetime, end: datetime, interval: Interval) -> None:
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("a range needs datetimes with an offset")
    if end < start:
        raise ValueError("the range ends before it starts")
    if (end - start) / _LONGEST[interval] > MAX_BUCKETS:
        raise _too_many(interval)


def _edges_within(
    start: datetime, end: datetime, interval: Interval, zone: tzinfo
) -> list[datetime]:
    """The range's two ends and every edge between them, strictly ascending."""
    edges = [start]
    for edge in _edges(start, interval, zone):
        if edge >= end:
            break
        if edge > edges[-1]:
            edges.append(edge)
        if len(edges) > MAX_BUCKETS:
            raise _too_many(interval)
    return [*edges, end] if start < end else []


def _too_many(interval: Interval) -> ValueError:
    return ValueError(
        f"the range has more than {MAX_BUCKETS} buckets of one {interval}:"
        " ask for a longer interval or a shorter range"
    )


def _shift_of(start: datetime, end: datetime) -> timedelta:
    if end.year > _LAST_SAFE_YEAR:
        return -_CYCLE
    return _CYCLE if start.year < _FIRST_SAFE_YEAR else timedelta()


def _edges(start: datetime, interval: Interval, zone: tzinfo) -> Iterator[datetime]:
    """Endless ascending UTC edges; the first ones may lie before the start."""
    if interval == "hour":
        return _hour_edges(start, zone)
    return (begin_of(day, zone) for day in _days(start.astimezone(zone).date(), interval))


def _hour_edges(start: datetime, zone: tzinfo) -> Iterator[datetime]:
    instant, offset = start, _offset(start, zone)
    while True:
        local = (instant + offset).replace(tzinfo=None)
        following = instant + HOUR - (local - local.replace(minute=0, second=0, microsecond=0))
        if _offset(following, zone) != offset:
            following = _change_between(instant, following, zone)
            offset = _offset(following, zone)
        instant = following
        yield instant


def _days(day: date, interval: Interval) -> Iterator[date]:
    """The first days of the given day's interval and of all that follow it."""
    if interval == "month":
        day = day.replace(day=1)
    elif interval == "week":
        day -= timedelta(days=day.weekday())
    step = timedelta(weeks=1) if interval == "week" else timedelta(days=1)
    while True:
        yield day
        # The 28th plus four days is in the next month, whatever the month.
        day = (
            (day.replace(day=28) + timedelta(days=4)).replace(day=1)
            if interval == "month"
            else day + step
        )


def begin_of(day: date, zone: tzinfo) -> datetime:
    """The UTC instant at which the local date is first reached."""
    midnight = datetime.combine(day, time(), zone)
    before_change = midnight.astimezone(UTC)
    after_change = midnight.replace(fold=1).astimezone(UTC)
    if before_change <= after_change:  # an ordinary midnight, or the first of two
        return before_change
    # Clocks skipped this midnight, and the change lies between its two readings.
    return _change_between(after_change, before_change, zone)


def _change_between(start: datetime, end: datetime, zone: tzinfo) -> datetime:
    """The first instant in (start, end] with another offset than the start; there must be one."""
    start = start.replace(microsecond=0)  # clocks change at whole seconds
    offset = _offset(start, zone)
    seconds = range(ceil((end - start).total_seconds()))

    def has_changed(second: int) -> bool:
        return _offset(start + timedelta(seconds=second), zone) != offset

    return start + timedelta(seconds=bisect_left(seconds, x=True, key=has_changed))


def _offset(instant: datetime, zone: tzinfo) -> timedelta:
    return instant.astimezone(zone).replace(tzinfo=UTC) - instant
