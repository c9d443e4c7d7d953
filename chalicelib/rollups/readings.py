"""Which part of a bucketed range rollups can answer, and which needs the runs themselves.

Rollups are of whole UTC hours. An hour can be read from its rollup when no edge of a bucket, nor
an end of the range, lies within it; of all other hours the runs are read one by one and each is
put into its bucket (`intervals.locate`). Of the hours those are read from rollups of whole UTC
days that make up a day within one bucket.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.metrics.intervals import Bucket
from chalicelib.values.instants import DAY, HOUR, day_of, hour_of


class Readings(NamedTuple):
    """Ascending, disjoint half-open ranges that together are the whole range.

    `rolled_up` begin and end at whole UTC hours; each of these hours lies in a single bucket.
    `raw` are the parts of the range in hours that an edge cuts.
    """

    rolled_up: list[Bucket]
    raw: list[Bucket]


def plan_readings(buckets: Sequence[Bucket]) -> Readings:
    """Divide the range of adjacent buckets, as `intervals.cut_range` makes them."""
    if not buckets:
        return Readings([], [])
    start, end = buckets[0].start, buckets[-1].end
    raw = _join(_clip_hour(hour, start, end) for hour in cut_hours(buckets))
    return Readings(between(raw, start, end), raw)


def cut_hours(buckets: Sequence[Bucket]) -> list[datetime]:
    """The beginnings of the UTC hours that an edge cuts, ascending."""
    edges = [bucket.start for bucket in buckets] + [bucket.end for bucket in buckets[-1:]]
    return list(dict.fromkeys(hour_of(edge) for edge in edges if edge != hour_of(edge)))


def whole_days(buckets: Sequence[Bucket], until: datetime) -> list[Bucket]:
    """The UTC days before `until` that lie in a single bucket, where they adjoin as one span.

    The buckets are adjacent and ascending; `until` is the beginning of a day.
    """
    # Cut first: the last days of the year 9999 have no end.
    cut = (Bucket(b.start, min(b.end, until)) for b in buckets if b.start < until)
    inner = (Bucket(_ceil_day(start), day_of(end)) for start, end in cut)
    return _join(span for span in inner if span.start < span.end)


def between(spans: Sequence[Bucket], start: datetime, end: datetime) -> list[Bucket]:
    """What ascending, disjoint spans leave of [start, end)."""
    starts = [start, *(span.end for span in spans)]
    ends = [*(span.start for span in spans), end]
    return [Bucket(a, b) for a, b in zip(starts, ends, strict=True) if a < b]


def _ceil_day(instant: datetime) -> datetime:
    return day_of(instant + DAY - datetime.resolution)


def _clip_hour(hour: datetime, start: datetime, end: datetime) -> Bucket:
    # Compared as a difference: the last hour of the year 9999 has no end.
    return Bucket(max(hour, start), end if end - hour < HOUR else hour + HOUR)


def _join(spans: Iterable[Bucket]) -> list[Bucket]:
    joined: list[Bucket] = []
    for span in spans:
        if joined and joined[-1].end == span.start:
            joined[-1] = Bucket(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined
