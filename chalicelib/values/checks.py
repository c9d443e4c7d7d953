"""Checks on single values that pydantic's own constraints cannot say.

Each takes a value, returns it as it is to be kept, and raises ValueError with a text for the
client. They run once for every run of a batch, so they do no more than they must.
"""

from __future__ import annotations

import math
from typing import Any

from pydantic_core import to_json

from chalicelib.values.durations import parse_duration_us

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
MAX_DOLLARS = 1e12
MAX_ERROR_BYTES = 4096
MAX_METADATA_BYTES = 4096
MAX_METADATA_KEYS = 50


def printable(text: str) -> str:
    """Text that a person can read, and a log line or a path can carry."""
    if text.isprintable() and not text.isspace():
        return text
    if text.isspace():
        raise ValueError("must not be blank")
    if any(c < " " or "\x7f" <= c <= "\x9f" for c in text):
        raise ValueError("must not hold control characters")
    return text


def segment(text: str) -> str:
    """A name that can stand in a path."""
    if text in (".", ".."):
        raise ValueError("must not be '.' or '..', which HTTP clients drop from paths")
    return text


def error_text(text: str) -> str:
    if len(text.encode()) > MAX_ERROR_BYTES:
        raise ValueError(f"an error text has at most {MAX_ERROR_BYTES} bytes of UTF-8")
    return text


def duration(value: Any) -> tuple[str | float, int]:
    """(the value as sent, its microseconds)."""
    if type(value) is not str and type(value) is not float and type(value) is not int:
        raise ValueError("a duration is a text such as '5m30s' or a number of seconds")
    return value, parse_duration_us(value)


def metadata(value: Any) -> dict[str, Any]:
    """A flat object: at most 50 keys, 4 KB as compact JSON, no nesting and no nulls."""
    if not isinstance(value, dict):
        raise ValueError("metadata is an object of texts, numbers and booleans")
    if len(value) > MAX_METADATA_KEYS:
        raise ValueError(f"metadata has at most {MAX_METADATA_KEYS} keys, not {len(value)}")
    for key, item in value.items():
        _check_entry(key, item)
    if len(to_json(value)) > MAX_METADATA_BYTES:
        raise ValueError(f"metadata has at most {MAX_METADATA_BYTES} bytes as JSON")
    return value


def _check_entry(key: Any, item: Any) -> None:
    if not isinstance(key, str) or not key or key.startswith("$") or "\0" in key:
        raise ValueError(
            f"the key {_short(key)} must be text that is not empty, without NUL or a first $"
        )
    if isinstance(item, str | bool):
        return
    if isinstance(item, int):
        if not INT64_MIN <= item <= INT64_MAX:
            raise ValueError(f"{_short(key)}: an integer has at most 64 bits")
    elif not isinstance(item, float) or not math.isfinite(item):
        raise ValueError(
            f"{_short(key)}: must be a text, a finite number or a boolean; metadata is flat"
        )


def _short(key: Any) -> str:
    """A key as a message can carry it."""
    return repr(key[:40] if isinstance(key, str) else key)


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
