"""Points in time: what RFC 3339 allows, what MongoDB can hold, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.values.instants import (
    END_OF_TIME,
    EPOCH,
    format_instant,
    from_ms,
    hour_of,
    now,
    parse_instant,
    to_ms,
)

INSTANTS = st.datetimes(
    min_value=EPOCH.replace(tzinfo=None), max_value=END_OF_TIME.replace(tzinfo=None)
).map(lambda naive: naive.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"),
        ("2026-03-01t12:00:00z", "2026-03-01T12:00:00Z"),
        ("2026-03-01 12:00:00Z", "2026-03-01T12:00:00Z"),
        ("2026-03-01T13:00:00+01:00", "2026-03-01T12:00:00Z"),
        ("2026-03-01T06:30:00-05:30", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00-00:00", "2026-03-01T12:00:00Z"),
        ("2026-03-02T11:59:00+23:59", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00.5Z", "2026-03-01T12:00:00.500Z"),
        ("2026-03-01T12:00:00.123456789012Z", "2026-03-01T12:00:00.123Z"),
        ("2026-03-01T12:00:00.999999999999Z", "2026-03-01T12:00:00.999Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("1969-12-31T23:00:00-01:00", "1970-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_with_an_offset_is_kept_as_utc_milliseconds(text: str, utc: str) -> None:
    assert format_instant(parse_instant(text)) == utc


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2026", "2026-03-01", "2026-03-01T12:00:00", "2026-03-01T12:00Z"),
        *("2026-03-01T12:00:00+0100", "2026-03-01T12:00:00+01", "2026-03-01T12:00:00,5Z"),
        *("2026-03-01T12:00:00.Z", "20260301T120000Z", "2026-W09-7T12:00:00Z"),
        *("+2026-03-01T12:00:00Z", "10000-01-01T00:00:00Z", "1772366400", "2026-3-1T12:00:00Z"),
        *("2026-03-01T12:00:00Z ", " 2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z\n"),
        *("٢٠٢٦-03-01T12:00:00Z", "2026-03-01T12:00:00.1234567890123Z", "2026-03-01T12:00:00ZZ"),
        *("2026-03-01T12:00:00+24:00", "2026-03-01T12:00:00+01:60", "2026-03-01T12:00:00+99:99"),
        "2026-03-01T12:00:00\0Z",
    ],
)
def test_another_notation_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="not an RFC 3339 time"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z"),
        *("2026-04-31T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T23:60:00Z"),
        # Python, Go and MongoDB have no leap seconds either.
        *("2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z"),
        # Beyond the year 9999 once it is UTC.
        *("9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00"),
    ],
)
def test_a_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time that exists"):
        parse_instant(text)


@pytest.mark.parametrize("text", ["1969-12-31T23:59:59Z", "1970-01-01T00:59:59+01:00"])
def test_before_1970_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="1970 to 9999"):
        parse_instant(text)


@given(INSTANTS, st.integers(-1439, 1439))
def test_what_is_formatted_in_any_zone_is_read_back(instant: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    try:
        text = instant.astimezone(zone).isoformat()
    except OverflowError:
        return  # that zone has no such time
    assert parse_instant(text) == instant.replace(microsecond=instant.microsecond // 1000 * 1000)


@given(INSTANTS)
def test_milliseconds_are_exact_both_ways(instant: datetime) -> None:
    stored = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert from_ms(to_ms(instant)) == stored
    assert parse_instant(format_instant(stored)) == stored


@given(INSTANTS)
def test_the_hour_of_an_instant_holds_it(instant: datetime) -> None:
    hour = hour_of(instant)
    assert timedelta(0) <= instant - hour < timedelta(hours=1)
    assert to_ms(hour) % 3_600_000 == 0


def test_now_can_be_stored_and_has_a_zone() -> None:
    instant = now()
    assert instant.microsecond % 1000 == 0
    assert instant.utcoffset() == timedelta(0)


@pytest.mark.parametrize("ms", [10**15, -(10**15), 2**63 - 1])
def test_milliseconds_out_of_range_overflow(ms: int) -> None:
    with pytest.raises(OverflowError):
        from_ms(ms)
