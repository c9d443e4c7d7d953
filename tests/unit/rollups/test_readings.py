from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.metrics.intervals import INTERVALS, Bucket, Interval, cut_range, locate
from chalicelib.rollups.readings import Readings, between, cut_hours, plan_readings, whole_days
from chalicelib.values.instants import DAY, EPOCH, HOUR, MAX_INSTANT, day_of, hour_of
from tests.unit.metrics.calendars import MICROSECOND, utc

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Africa/Monrovia"]


def hours_of(spans: list[Bucket]) -> list[datetime]:
    """Every UTC hour that the spans touch."""
    found = []
    for span in spans:
        hour = hour_of(span.start)
        while hour < span.end:
            found.append(hour)
            hour += HOUR
    return found


def assert_plan(plan: Readings, buckets: list[Bucket]) -> None:
    both = sorted([*plan.rolled_up, *plan.raw])
    assert both[0].start == buckets[0].start
    assert both[-1].end == buckets[-1].end
    assert all(a.end == b.start for a, b in pairwise(both))
    for hour in hours_of(plan.rolled_up):
        assert locate(buckets, hour) == locate(buckets, hour + HOUR - MICROSECOND)
    edges = {bucket.start for bucket in buckets} | {buckets[-1].end}
    for hour in hours_of(plan.raw):
        assert any(hour < edge < hour + HOUR for edge in edges)
    assert hours_of(plan.raw) == cut_hours(buckets)


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(MICROSECOND, timedelta(days=8)),
    st.sampled_from(INTERVALS),
    st.sampled_from(ZONES),
)
@settings(deadline=None, max_examples=50)
def test_every_instant_is_read_once_and_no_rolled_up_hour_is_cut(
    start: datetime, length: timedelta, interval: Interval, name: str
) -> None:
    buckets = cut_range(start, start + length, interval, ZoneInfo(name))
    assert_plan(plan_readings(buckets), buckets)


def test_days_of_a_whole_hour_zone_need_no_raw_runs() -> None:
    start, end = utc("2026-03-07T05:00"), utc("2026-03-10T04:00")
    buckets = cut_range(start, end, "day", ZoneInfo("America/New_York"))
    assert plan_readings(buckets) == ([(start, end)], [])


def test_days_of_a_half_hour_zone_read_raw_runs_of_one_hour_a_day() -> None:
    start, end = utc("2026-01-01T00:00"), utc("2026-01-03T00:00")
    plan = plan_readings(cut_range(start, end, "day", ZoneInfo("Asia/Kolkata")))
    assert plan.raw == [
        (utc("2026-01-01T18:00"), utc("2026-01-01T19:00")),
        (utc("2026-01-02T18:00"), utc("2026-01-02T19:00")),
    ]


def test_hours_of_a_half_hour_zone_are_all_raw_and_read_in_one_range() -> None:
    start, end = utc("2026-01-01T00:00"), utc("2026-01-03T00:00")
    plan = plan_readings(cut_range(start, end, "hour", ZoneInfo("Asia/Kolkata")))
    assert plan == ([], [(start, end)])


def test_a_range_within_a_day_reads_its_cut_ends_raw() -> None:
    start, end = utc("2026-01-01T00:20"), utc("2026-01-01T05:40")
    assert plan_readings([Bucket(start, end)]) == (
        [(utc("2026-01-01T01:00"), utc("2026-01-01T05:00"))],
        [(start, utc("2026-01-01T01:00")), (utc("2026-01-01T05:00"), end)],
    )


@pytest.mark.parametrize(("first", "last"), [(20, 40), (0, 40), (20, 60)])
def test_a_range_within_one_hour_is_all_raw(first: int, last: int) -> None:
    hour = utc("2026-01-01T07:00")
    span = Bucket(hour + timedelta(minutes=first), hour + timedelta(minutes=last))
    assert plan_readings([span]) == ([], [span])


def test_one_whole_hour_is_read_from_its_rollup() -> None:
    span = Bucket(EPOCH, EPOCH + HOUR)
    assert plan_readings([span]) == ([span], [])


def test_no_buckets_need_no_readings() -> None:
    assert plan_readings([]) == ([], [])


def test_the_last_hour_of_time_does_not_overflow() -> None:
    last = hour_of(MAX_INSTANT)
    buckets = cut_range(last - 3 * HOUR, MAX_INSTANT, "hour", UTC)
    assert plan_readings(buckets) == ([(last - 3 * HOUR, last)], [(last, MAX_INSTANT)])


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(MICROSECOND, timedelta(days=80)),
    st.sampled_from(INTERVALS),
    st.sampled_from(ZONES),
    st.integers(0, 90),
)
@settings(deadline=None, max_examples=100)
def test_a_day_before_the_limit_is_read_whole_when_no_edge_cuts_it(
    start: datetime, length: timedelta, interval: Interval, name: str, days: int
) -> None:
    buckets = cut_range(start, start + length, interval, ZoneInfo(name))
    until = day_of(start) + days * DAY
    spans = whole_days(buckets, until)
    assert spans == sorted(spans)
    assert all(a.end < b.start for a, b in pairwise(spans)), "those that adjoin are one"
    found = set(hours_of(spans))
    edges = {bucket.start for bucket in buckets} | {buckets[-1].end}
    for n in range(-1, 92):
        day = day_of(start) + n * DAY
        inside = buckets[0].start <= day and day + DAY <= buckets[-1].end
        is_whole = inside and not any(day < edge < day + DAY for edge in edges)
        assert ({day + h * HOUR for h in range(24)} <= found) == (is_whole and day < until)
    rest = between(spans, buckets[0].start, buckets[-1].end)
    assert sum(((b - a) for a, b in [*spans, *rest]), timedelta()) == length


def test_there_may_be_no_whole_days() -> None:
    last = datetime(9999, 12, 31, tzinfo=UTC)
    assert whole_days([Bucket(last, MAX_INSTANT)], EPOCH) == []
    assert whole_days([], last) == []
