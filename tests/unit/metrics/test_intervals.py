from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.metrics.intervals import (
    MAX_BUCKETS,
    Interval,
    cut_range,
    find_zone,
    locate,
)
from chalicelib.values.instants import END_OF_TIME, EPOCH, HOUR
from tests.unit.metrics.calendars import (
    INTERVALS,
    LABELS,
    MICROSECOND,
    assert_partition,
    lengths_h,
    utc,
)

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Monrovia",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Havana",
    "Asia/Beirut",
    "Europe/Dublin",
]
LONGEST = {"hour": 20, "day": 400, "week": 2000, "month": 8000}  # days of a range worth cutting
instants = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ranges = st.sampled_from(INTERVALS).flatmap(
    lambda interval: st.tuples(
        st.just(interval),
        instants | st.datetimes(datetime(1970, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.timedeltas(MICROSECOND, timedelta(days=LONGEST[interval])),
    )
)


@given(ranges, st.sampled_from(ZONES))
@settings(deadline=None, max_examples=60)
def test_buckets_are_a_partition_and_change_with_the_local_calendar(
    asked: tuple[Interval, datetime, timedelta], name: str
) -> None:
    interval, start, length = asked
    end = start + min(length, END_OF_TIME - start)
    zone = ZoneInfo(name)
    buckets = cut_range(start, end, interval, zone)
    if start == end:
        assert buckets == []
        return
    assert_partition(buckets, start, end)
    for before, after in pairwise(buckets):
        if after.end.year < 9990:
            ended, begun = ((i.astimezone(zone)) for i in (after.start - MICROSECOND, after.start))
            assert LABELS[interval](ended) != LABELS[interval](begun), before


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    start, end = utc("2025-12-17T15:00"), utc("2026-02-02T01:00")
    weeks = cut_range(start, end, "week", UTC)
    assert {bucket.start.weekday() for bucket in weeks[1:]} == {0}
    assert weeks[1].start == utc("2025-12-22")
    assert [bucket.start for bucket in cut_range(start, end, "month", UTC)] == [
        start,
        utc("2026-01-01"),
        utc("2026-02-01"),
    ]


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("name", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (EPOCH, EPOCH + 50 * HOUR),
        (END_OF_TIME - 50 * HOUR, END_OF_TIME),
        (END_OF_TIME - MICROSECOND, END_OF_TIME),
        (datetime.max.replace(tzinfo=UTC) - 50 * HOUR, datetime.max.replace(tzinfo=UTC)),
        (datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC) + 50 * HOUR),
    ],
)
def test_the_ends_of_time_do_not_overflow(
    interval: Interval, name: str, start: datetime, end: datetime
) -> None:
    assert_partition(cut_range(start, end, interval, ZoneInfo(name)), start, end)


def test_the_last_days_begin_when_the_zone_says() -> None:
    zone = ZoneInfo("Europe/Berlin")
    buckets = cut_range(utc("9999-12-29T23:00"), END_OF_TIME, "day", zone)
    assert [bucket.start for bucket in buckets] == [
        utc(f"9999-12-{day}T23:00") for day in (29, 30, 31)
    ]
    summer = cut_range(utc("9999-06-29T22:00"), utc("9999-06-30T22:00"), "day", zone)
    assert lengths_h(summer) == [24]


@pytest.mark.parametrize("interval", INTERVALS)
def test_an_empty_range_has_no_buckets(interval: Interval) -> None:
    for instant in (EPOCH, END_OF_TIME, utc("2026-01-01T00:30")):
        assert cut_range(instant, instant, interval, UTC) == []


@pytest.mark.parametrize("interval", INTERVALS)
def test_all_of_time_is_too_many_buckets(interval: Interval) -> None:
    with pytest.raises(ValueError, match=f"more than 10000 buckets of one {interval}"):
        cut_range(EPOCH, END_OF_TIME, interval, ZoneInfo("Pacific/Kiritimati"))


def test_the_cap_is_exact() -> None:
    start = utc("2026-01-01")
    full = cut_range(start, start + MAX_BUCKETS * HOUR, "hour", UTC)
    assert len(full) == MAX_BUCKETS
    with pytest.raises(ValueError, match="more than 10000"):
        cut_range(start, start + MAX_BUCKETS * HOUR + MICROSECOND, "hour", UTC)
    with pytest.raises(ValueError, match="more than 10000"):
        cut_range(start, start + timedelta(days=MAX_BUCKETS, seconds=1), "day", UTC)


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        cut_range(utc("2026-01-02"), utc("2026-01-01"), "day", UTC)


def test_a_datetime_without_offset_is_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="with an offset"):
        cut_range(naive, utc("2026-01-02"), "day", UTC)


def test_a_range_may_be_given_in_any_offset() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    start, end = utc("2026-01-01T07:10"), utc("2026-01-03T01:00")
    assert cut_range(start.astimezone(zone), end.astimezone(zone), "day", UTC) == cut_range(
        start, end, "day", UTC
    )


def test_an_instant_is_found_in_its_bucket() -> None:
    start = utc("2026-11-01T04:00")
    buckets = cut_range(start, start + 48 * HOUR, "hour", ZoneInfo("America/New_York"))
    assert locate(buckets, start) == 0
    assert locate(buckets, start + HOUR - MICROSECOND) == 0
    assert locate(buckets, start + HOUR) == 1
    assert locate(buckets, start + 48 * HOUR - MICROSECOND) == 47


@pytest.mark.parametrize("instant", ["2025-12-31T23:59:59", "2026-01-02T00:00:00"])
def test_an_instant_outside_of_all_buckets_is_refused(instant: str) -> None:
    buckets = cut_range(utc("2026-01-01"), utc("2026-01-02"), "hour", UTC)
    with pytest.raises(ValueError, match="none of the buckets"):
        locate(buckets, utc(instant))


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Etc/GMT+5", "Asia/Calcutta"])
def test_a_zone_is_found_by_its_name(name: str) -> None:
    assert find_zone(name) == ZoneInfo(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "America",
        "/etc/passwd",
        "../UTC",
        "UTC\0",
        "+01:00",
        "x" * 5000,
        "é\ud800",
    ],
)
def test_a_text_that_is_no_zone_is_refused_with_a_hint(name: str) -> None:
    with pytest.raises(ValueError, match="use a name such as Europe/Berlin") as error:
        find_zone(name)
    assert len(str(error.value)) < 200
