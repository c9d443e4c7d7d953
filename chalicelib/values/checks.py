"""Checks on single values that pydantic's own constraints cannot say.

Each takes a value, returns it as it is to be kept, and raises ValueError with a text for the
client. They run once for every run of a batch, so they do no more than they must.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from chalicelib.values.durations import parse_duration_us
from chalicelib.values.identities import has_control

MAX_DOLLARS = 1e12


def printable(text: str) -> str:
    """Text that a person can read, and a log line or a path can carry."""
    if text.isprintable() and not text.isspace():
        return text
    if text.isspace():
        raise ValueError("must not be blank")
    if has_control(text):
        raise ValueError("must not hold control characters")
    return text


def segment(text: str) -> str:
    """A name that can stand in a path."""
    if text in (".", ".."):
        raise ValueError("must not be '.' or '..', which HTTP clients drop from paths")
    return text


def duration(value: Any) -> tuple[str | float, int]:
    """(the value as sent, its microseconds)."""
    if type(value) is not str and type(value) is not float and type(value) is not int:
        raise ValueError("a duration is a text such as '5m30s' or a number of seconds")
    return value, parse_duration_us(value)


def finite(value: Any) -> float:
    """A number that is neither NaN nor infinite."""
    # Not isinstance: true is no number. An integer may be too large for a float.
    if type(value) is int and abs(value) > sys.float_info.max:
        raise ValueError("must be a number that a float can hold")
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError("must be a finite number")
    return float(value)


def find_nul(value: Any, path: str = "") -> tuple[str, str] | None:
    """Where the first text with a NUL is, as (path, message), or None.

    Only called when a body holds an escaped NUL at all, which real ones never do.
    """
    if isinstance(value, str):
        return (path, "must not hold a NUL character") if "\0" in value else None
    entries: Any = ()
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for key, item in entries:
        found = find_nul(item, f"{path}.{key}" if path else str(key))
        if found:
            return found
    return None
