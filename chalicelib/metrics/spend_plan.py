"""The day, week or month that holds the present, the days before it, and those to come."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Literal, NamedTuple

from chalicelib.metrics.intervals import Bucket, begin_of, cut_range

Period = Literal["day", "week", "month"]
# Four weeks: enough to tell weekdays apart, few enough to follow what changes.
BASE_WEEKS = 4
_LONGEST = {"day": timedelta(days=2), "week": timedelta(days=8), "month": timedelta(days=32)}


class Day(NamedTuple):
    """A day, 0 for a Monday, and which part of it is still to come."""

    bucket: Bucket
    weekday: int
    ahead: float


class Plan(NamedTuple):
    """The period, the whole days of the weeks before today, and today with the days to come."""

    period: Bucket
    present: datetime
    past: list[Day]
    ahead: list[Day]

    @property
    def edges(self) -> tuple[datetime, ...]:
        """Where runs have to be divided to know what the plan asks."""
        days = {edge for day in [*self.past, self.ahead[0]] for edge in day.bucket}
        return tuple(sorted(days | set(self.period)))

    @property
    def elapsed(self) -> float:
        """The part of the period that is over."""
        return (self.present - self.period.start) / (self.period.end - self.period.start)


def period_of(name: Period, zone: tzinfo, present: datetime) -> Bucket:
    """The day, week or month that holds the present, as the zone's clocks show it."""
    around = _LONGEST[name]
    # The first and the last of these are cut off by the ends of the range.
    for bucket in cut_range(present - around, present + around, name, zone):
        if bucket.start <= present < bucket.end:
            return bucket
    raise AssertionError("a range around an instant holds it")


def plan_spend(name: Period, zone: tzinfo, present: datetime) -> Plan:
    """What has to be known to say what the period will cost."""
    period = period_of(name, zone, present)
    first = begin_of(present.astimezone(zone).date() - timedelta(weeks=BASE_WEEKS), zone)
    days = [_day(bucket, zone, present) for bucket in cut_range(first, period.end, "day", zone)]
    past = [day for day in days if not day.ahead]
    return Plan(period, present, past, [day for day in days if day.ahead])


def _day(bucket: Bucket, zone: tzinfo, present: datetime) -> Day:
    start, end = bucket
    ahead = max(timedelta(), end - max(start, present)) / (end - start)
    return Day(bucket, start.astimezone(zone).weekday(), ahead)
