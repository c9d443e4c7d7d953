"""Durations: Go's own cases, ISO 8601, numbers, and what is none of them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.values.durations import MAX_DURATION_DAYS, MAX_DURATION_US, parse_duration_us

S, M, H = 1_000_000, 60_000_000, 3_600_000_000

# From parseDurationTests of Go's time_test.go, in microseconds, without the negative ones.
GO_CASES = {
    "0": 0,
    "-0": 0,
    "+0": 0,
    "5s": 5 * S,
    "30s": 30 * S,
    "1478s": 1478 * S,
    "+5s": 5 * S,
    "5.0s": 5 * S,
    "5.6s": 5_600_000,
    "5.s": 5 * S,
    ".5s": 500_000,
    "1.0s": S,
    "1.004s": 1_004_000,
    "1.0040s": 1_004_000,
    "100.00100s": 100_001_000,
    "10ns": 0,
    "11us": 11,
    "12µs": 12,
    "12μs": 12,
    "13ms": 13_000,
    "14s": 14 * S,
    "15m": 15 * M,
    "16h": 16 * H,
    "3h30m": 3 * H + 30 * M,
    "10.5s4m": 4 * M + 10_500_000,
    "1h2m3s4ms5us6ns": H + 2 * M + 3 * S + 4_005,
    "39h9m14.425s": 39 * H + 9 * M + 14_425_000,
    "52763797000ns": 52_763_797,
    "0.3333333333333333333h": 1_200_000_000,
    "9007199254740993ns": 9_007_199_254_741,
    "0.100000000000000000000h": 360 * S,
}
ISO_CASES = {
    "PT5M30S": 330 * S,
    "PT0S": 0,
    "PT1.5S": 1_500_000,
    "PT1,5S": 1_500_000,
    "PT0.5H": 30 * M,
    "P1D": 24 * H,
    "P1DT1H": 25 * H,
    "P2W": 14 * 24 * H,
    "P1W1DT1H1M1S": 8 * 24 * H + H + M + S,
}


@pytest.mark.parametrize(("text", "duration_us"), GO_CASES.items())
def test_what_go_reads_is_read_alike(text: str, duration_us: int) -> None:
    assert parse_duration_us(text) == duration_us


@pytest.mark.parametrize(("text", "duration_us"), ISO_CASES.items())
def test_iso_8601_is_read(text: str, duration_us: int) -> None:
    assert parse_duration_us(text) == duration_us


@pytest.mark.parametrize(
    ("seconds", "duration_us"),
    [(0, 0), (-0.0, 0), (90, 90 * S), (1.5, 1_500_000), (1e-7, 0), (5e-324, 0)],
)
def test_a_number_is_seconds(seconds: float, duration_us: int) -> None:
    assert parse_duration_us(seconds) == duration_us


def test_ten_years_are_the_longest() -> None:
    assert parse_duration_us(f"{MAX_DURATION_DAYS * 24}h") == MAX_DURATION_US
    assert parse_duration_us(f"P{MAX_DURATION_DAYS}D") == MAX_DURATION_US
    assert parse_duration_us(MAX_DURATION_DAYS * 86_400) == MAX_DURATION_US


@pytest.mark.parametrize(
    "value",
    [
        f"{MAX_DURATION_DAYS * 24}h1s",
        f"P{MAX_DURATION_DAYS}DT1S",
        MAX_DURATION_DAYS * 86_400 + 1,
        10**400,
        1e308,
        math.inf,
        "9223372036854775807ns",
        "9" * 97 + "h",
    ],
)
def test_longer_ones_are_refused(value: str | float) -> None:
    with pytest.raises(ValueError, match="at most 3660 days"):
        parse_duration_us(value)


@pytest.mark.parametrize("value", ["-5s", "-2m3.4s", "-.5h", -1, -0.5, -(10**400), -math.inf])
def test_negative_ones_are_refused_as_such(value: str | float) -> None:
    with pytest.raises(ValueError, match="never negative"):
        parse_duration_us(value)


@pytest.mark.parametrize(
    "text",
    [
        # Go's parseDurationErrorTests
        *("", "3", "-", "s", ".", "-.", ".s", "+.s", "1d", "\x85\x85", "\uffff", "\ufffd"),
        *("hello world", "+-5s", "--5s", "++5s", "5s ", " 5s", "5 s", "5S", "5H", "1h 2m"),
        *(
            "1e5s",
            "1_000s",
            "0x10s",
            "\u0661s",
            "\uff15s",
            "5s\n",
            "inf",
            "nan",
            "Infinity",
            "NaNs",
        ),
        *("P", "PT", "P1", "P1DT", "PT1", "P1H", "PT1D", "-PT1S", "PT-1S", "pt5m", "PT1M1H"),
        *("P1W1", "PT1.S", "PT.5S", "P\u0661D", "PT1S\n", "5m30", "05:30", "00:05:30"),
        *("5m30s\0", "1" * 101 + "s", "1" * 99 + "x", "1s" * 51),
    ],
)
def test_anything_else_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(ValueError, match="use a Go duration such as"):
        parse_duration_us(text)


@pytest.mark.parametrize("text", ["P1Y", "P2M", "P1Y2M3D", "P1M1DT1H"])
def test_years_and_months_are_refused_for_having_no_length(text: str) -> None:
    with pytest.raises(ValueError, match="no fixed length"):
        parse_duration_us(text)


@pytest.mark.parametrize("value", [math.nan, -math.nan])
def test_not_a_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="at most"):
        parse_duration_us(value)


@given(st.integers(0, 9999), st.integers(0, 59), st.integers(0, 59_999))
def test_the_three_notations_agree(hours: int, minutes: int, ms: int) -> None:
    seconds = f"{ms // 1000}.{ms % 1000:03d}"
    expected = hours * H + minutes * M + ms * 1000
    assert parse_duration_us(f"{hours}h{minutes}m{seconds}s") == expected
    assert parse_duration_us(f"PT{hours}H{minutes}M{seconds}S") == expected
    assert parse_duration_us(expected / 1e6) == expected


@given(st.one_of(st.text(), st.floats(), st.integers()))
def test_any_value_gives_a_storable_duration_or_a_value_error(value: str | float) -> None:
    try:
        duration_us = parse_duration_us(value)
    except ValueError:
        return
    assert type(duration_us) is int
    assert 0 <= duration_us <= MAX_DURATION_US
