"""Durations on the wire: Go (`5m30s`), ISO 8601 (`PT5M30S`) or a number of seconds.

Sources: Go's time.ParseDuration; ISO 8601-1:2019, 5.5.2.
"""

from __future__ import annotations

import math
import re

US_PER_SECOND = 1_000_000
MAX_DURATION_DAYS = 3660
MAX_DURATION_US = MAX_DURATION_DAYS * 86_400 * US_PER_SECOND

_GO_UNITS_US = {
    "ns": 0.001,
    "us": 1.0,
    "µs": 1.0,  # U+00B5, the micro sign
    "μs": 1.0,  # U+03BC, the Greek letter; Go takes both
    "ms": 1_000.0,
    "s": 1_000_000.0,
    "m": 60_000_000.0,
    "h": 3_600_000_000.0,
}
_GO_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_GO = re.compile(rf"\+?(?:{_GO_PART.pattern})+")
_NUMBER = r"(\d+(?:[.,]\d+)?)"
_ISO = re.compile(
    rf"P(?=[\dT])(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.ASCII,
)
_ISO_UNITS_US = tuple(s * 1e6 for s in (604_800, 86_400, 3_600, 60, 1))
_MAX_LENGTH = 100

_HELP = "use a Go duration such as '5m30s', an ISO 8601 one such as 'PT5M30S', or seconds"


def parse_duration_us(value: str | float) -> int:
    """Microseconds (int, 0 to ten years) of a duration as a client sent it.

    Raises ValueError, with a text for the client, for anything else.
    """
    if not isinstance(value, str):
        if value < 0:
            raise ValueError("a duration is never negative")
        # An int may be too large for a float: compare before multiplying.
        return _in_range(value * 1e6 if value <= MAX_DURATION_US else math.inf)
    if len(value) > _MAX_LENGTH:
        raise ValueError(f"a duration has at most {_MAX_LENGTH} characters; {_HELP}")
    seconds = value[:-1]
    if value[-1:] == "s" and seconds.isascii() and seconds.replace(".", "", 1).isdecimal():
        # What most clients send, such as 12.345s, needs no pattern.
        return _in_range(float(seconds) * 1e6)
    if _GO.fullmatch(value):
        return _in_range(
            sum(float(number) * _GO_UNITS_US[unit] for number, unit in _GO_PART.findall(value))
        )
    iso = _ISO.fullmatch(value)
    if iso:
        return _in_range(
            sum(
                float(number.replace(",", ".")) * unit
                for number, unit in zip(iso.groups(), _ISO_UNITS_US, strict=True)
                if number
            )
        )
    if value in ("0", "+0", "-0"):
        return 0
    raise ValueError(_explain(value))


def _in_range(duration_us: float) -> int:
    # `not (<=)` also catches NaN, which compares false with everything.
    if not duration_us <= MAX_DURATION_US:
        raise ValueError(f"a duration is at most {MAX_DURATION_DAYS} days")
    return round(duration_us)


def _explain(value: str) -> str:
    if value.startswith("-") and _GO.fullmatch(value[1:]):
        return "a duration is never negative"
    if value[:1] == "P" and ("Y" in value or "M" in value.partition("T")[0]):
        return "years and months have no fixed length; use weeks, days, hours, minutes, seconds"
    return f"not a duration; {_HELP}"
