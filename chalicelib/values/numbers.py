"""Integers on the wire. A whole float is the integer that it stands for: pandas writes 12.0."""

from __future__ import annotations

from typing import Any

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
_HELP = "must be a whole number of at most 64 bits"


def whole(value: Any, explanation: str = _HELP) -> int:
    """The integer, of 64 bits at most. Raises ValueError with the explanation."""
    if type(value) is float and value.is_integer():
        value = int(value)
    # Not isinstance: true is no number.
    if type(value) is not int or not INT64_MIN <= value <= INT64_MAX:
        raise ValueError(explanation)
    return value


def count(value: Any) -> int:
    """A whole number of 0 or more."""
    number = whole(value)
    if number < 0:
        raise ValueError("must be 0 or more")
    return number
