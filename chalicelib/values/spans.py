"""Spans of time as conditions have them: `90m`, `2h`, `7d`, `1w`, or ISO 8601."""

from __future__ import annotations

import re
from datetime import timedelta

from chalicelib.values.durations import parse_duration_us

LEAST, MOST = timedelta(minutes=1), timedelta(days=90)
MOST_DAYS = 30
_DAYS = re.compile(r"([0-9]{1,4})([dw])", re.ASCII)


def parse_span(text: str) -> timedelta:
    """A span of a minute to 90 days. Raises ValueError with a text for the client."""
    days = _DAYS.fullmatch(text)
    if days:
        span = timedelta(days=int(days[1]) * (7 if days[2] == "w" else 1))
    else:
        span = timedelta(microseconds=parse_duration_us(text))
    if not LEAST <= span <= MOST:
        raise ValueError("a span of time is from 1m to 90d, such as 90m, 2h or 7d")
    return span


def span_text(text: str) -> str:
    """The text, if it is a span. Raises ValueError."""
    parse_span(text)
    return text


def days_in(text: str) -> int:
    """How many days a window has. Raises ValueError unless these are 1 to 30 and whole."""
    span = parse_span(text)
    if span % timedelta(days=1) or span > timedelta(days=MOST_DAYS):
        raise ValueError(f"a window is 1 to {MOST_DAYS} whole days, such as 7d")
    return span.days
