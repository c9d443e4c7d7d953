from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.metrics.intervals import Interval, cut_range
from chalicelib.values.instants import HOUR
from tests.unit.metrics.calendars import INTERVALS, LABELS, assert_partition, lengths_h, utc

# Zones whose clocks changed at odd times; elsewhere every edge is at a multiple of five minutes.
STEPS_S = {"Africa/Monrovia": 30, "America/St_Johns": 60}


def walk(start: datetime, end: datetime, interval: Interval, zone: ZoneInfo) -> list[datetime]:
    """The edges as found by looking at the local clock every few minutes, or seconds."""
    edges, label = [start], LABELS[interval](start.astimezone(zone))
    reached = start.astimezone(zone).date()
    instant, step = start, timedelta(seconds=STEPS_S.get(zone.key, 300))
    while instant < end:
        local = instant.astimezone(zone)
        # A date that was reached stays reached, also when clocks go back over midnight.
        is_relapse = interval != "hour" and local.date() < reached
        reached = max(reached, local.date())
        if not is_relapse and LABELS[interval](local) != label:
            label = LABELS[interval](local)
            edges.append(instant)
        instant += step
    return [*edges, end]


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Asia/Kolkata", date(2026, 2, 1)),
        ("Asia/Kathmandu", date(1986, 1, 1)),  # from +05:30 to +05:45
        ("Australia/Lord_Howe", date(2026, 4, 5)),  # back by half an hour
        ("Australia/Lord_Howe", date(2026, 10, 4)),
        ("Africa/Monrovia", date(1972, 1, 7)),  # from -00:44:30 to 0
        ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
        ("Pacific/Kwajalein", date(1993, 8, 21)),
        ("America/Sao_Paulo", date(2018, 11, 4)),  # midnight skipped
        ("America/Sao_Paulo", date(2019, 2, 17)),  # 23:00 repeated up to midnight
        ("America/Havana", date(2026, 11, 1)),  # midnight twice
        ("America/St_Johns", date(1994, 10, 30)),  # back over midnight, at one past it
    ],
)
def test_edges_are_where_the_local_clock_shows_them(
    interval: Interval, name: str, day: date
) -> None:
    zone = ZoneInfo(name)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    start, end = noon - 30 * HOUR, noon + 30 * HOUR
    buckets = cut_range(start, end, interval, zone)
    assert_partition(buckets, start, end)
    assert [*(bucket.start for bucket in buckets), end] == walk(start, end, interval, zone)


@pytest.mark.parametrize(
    ("name", "start", "end", "hours"),
    [
        ("America/New_York", "2026-03-07T05:00", "2026-03-10T04:00", [24, 23, 24]),
        ("America/New_York", "2026-10-31T04:00", "2026-11-03T05:00", [24, 25, 24]),
        ("Australia/Lord_Howe", "2026-04-04T13:00", "2026-04-06T13:30", [24.5, 24]),
        ("America/Sao_Paulo", "2018-11-03T03:00", "2018-11-06T02:00", [24, 23, 24]),
    ],
)
def test_days_of_a_change_of_clocks_have_their_own_length(
    name: str, start: str, end: str, hours: list[float]
) -> None:
    assert lengths_h(cut_range(utc(start), utc(end), "day", ZoneInfo(name))) == hours


def test_a_day_that_a_zone_skipped_has_no_bucket() -> None:
    zone = ZoneInfo("Pacific/Apia")
    buckets = cut_range(utc("2011-12-28T10:00"), utc("2012-01-01T10:00"), "day", zone)
    assert [bucket.start.astimezone(zone).day for bucket in buckets] == [28, 29, 31, 1]
    assert lengths_h(buckets) == [24, 24, 24, 24]


def test_a_day_whose_midnight_lies_within_skipped_time_begins_after_it() -> None:
    """Toronto, 30 March 1919: from 23:30 to 00:30."""
    start, end = utc("1919-03-30T05:00"), utc("1919-04-01T04:00")
    assert lengths_h(cut_range(start, end, "day", ZoneInfo("America/Toronto"))) == [23.5, 23.5]


def test_a_range_from_within_a_second_still_cuts_at_the_change_of_clocks() -> None:
    """Lord Howe, 5 April 2026: from 02:00 back to 01:30."""
    change = utc("2026-04-04T15:00")
    start = change - timedelta(minutes=20, microseconds=250)
    buckets = cut_range(start, change + 2 * HOUR, "hour", ZoneInfo("Australia/Lord_Howe"))
    assert lengths_h(buckets[1:]) == [0.5, 1, 0.5]
    assert buckets[1].start == change


def test_the_hour_that_autumn_repeats_makes_two_buckets() -> None:
    zone = ZoneInfo("America/New_York")
    buckets = cut_range(utc("2026-11-01T04:00"), utc("2026-11-01T08:00"), "hour", zone)
    assert lengths_h(buckets) == [1, 1, 1, 1]
    assert [bucket.start.astimezone(zone).hour for bucket in buckets] == [0, 1, 1, 2]


def test_hours_of_a_half_hour_zone_are_those_on_its_clocks() -> None:
    buckets = cut_range(
        utc("2026-01-01T00:00"), utc("2026-01-01T02:00"), "hour", ZoneInfo("Asia/Kolkata")
    )
    assert [f"{bucket.start:%H:%M}" for bucket in buckets] == ["00:00", "00:30", "01:30"]
