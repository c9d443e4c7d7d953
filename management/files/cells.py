"""What a cell of a table says, by the field of a run that it is for.

A cell is a text of a CSV file, or a value of NDJSON or Parquet. What is empty, null or not a number
says nothing (None).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.http import Cell
from chalicelib.values.identities import identity_of_text
from chalicelib.values.instants import format_instant

_WHOLE = re.compile(r"([+-]?\d+)(?:\.0+)?", re.ASCII)
_WHOLE_ID = re.compile(r"(0|-?[1-9]\d*)(?:\.0+)?", re.ASCII)
_NOTHING = frozenset({"", "null", "none", "nan", "na", "n/a"})
_YES = frozenset({"true", "1", "yes", "y", "t", "pass", "passed", "resolved", "correct"})
_NO = frozenset({"false", "0", "no", "n", "f", "fail", "unresolved", "incorrect"})
_SEPARATORS = re.compile(r"\s*[;|,]\s*")


def read_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if is_nothing(value):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_number(value: Any) -> Any:
    """An integer or a float; what is neither stays as it is, for the service to refuse."""
    if is_nothing(value):
        return None
    if isinstance(value, Decimal):
        return float(value)
    if not isinstance(value, str):
        return value
    whole = _WHOLE.fullmatch(value.strip())
    if whole:
        return int(whole[1])
    try:
        return float(value)
    except ValueError:
        return value


def read_identity(value: Any) -> Any:
    """A text or a number as it is given.

    A CSV cell says which only where it is guarded; else it is a whole number where it can be one,
    as pandas may have written it too (`12.0`).
    """
    if not isinstance(value, str):
        return None if is_nothing(value) else value
    whole = _WHOLE_ID.fullmatch(value.strip()) if isinstance(value, Cell) else None
    return identity_of_text(whole[1]) if whole else str(value) or None


def read_instant(value: Any) -> Any:
    """RFC 3339 of a time: a datetime, ISO 8601 (UTC without an offset), or an epoch's number."""
    if is_nothing(value):
        return None
    if isinstance(value, str):
        value = _parse_instant(value.strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = _of_epoch(float(value))
    if isinstance(value, datetime):
        return format_instant(value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))
    return value


def read_duration(value: Any) -> Any:
    """What the API takes: a text such as `5m30s`, or seconds."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    return read_number(value)


def read_milliseconds(value: Any) -> Any:
    """The seconds of so many milliseconds."""
    number = read_number(value)
    return number / 1000 if isinstance(number, int | float) else number


def read_labels(value: Any) -> Any:
    """A list of texts: a JSON array, or texts between commas, semicolons or bars.

    An empty one says nothing: every run is given back with lists.
    """
    if is_nothing(value) or value in ([], "[]"):
        return None
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            return _of_json(value)
        return [part for part in _SEPARATORS.split(value.strip()) if part]
    return value


def read_object(value: Any) -> Any:
    """An object, perhaps as JSON text."""
    if is_nothing(value):
        return None
    return _of_json(value) if isinstance(value, str) else value


def read_outcome(value: Any) -> Any:
    """An outcome's word; of what is true or false, succeeded or failed."""
    text = read_text(value)
    lowered = (text or "").strip().lower()
    if lowered in _YES:
        return "succeeded"
    return "failed" if lowered in _NO else text


def is_nothing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in _NOTHING
    return value is None or (isinstance(value, float) and math.isnan(value))


READERS: dict[str, Callable[[Any], Any]] = {
    "id": read_identity,
    "task_id": read_identity,
    "created": read_instant,
    "outcome": read_outcome,
    "time_taken": read_duration,
    "duration_ms": read_milliseconds,
    "tools": read_labels,
    "models": read_labels,
    "metadata": read_object,
    **dict.fromkeys(("cost", "score", "input_tokens", "output_tokens"), read_number),
    **dict.fromkeys(("cache_read_input_tokens", "cache_creation_input_tokens"), read_number),
    "reasoning_output_tokens": read_number,
}


def _parse_instant(text: str) -> Any:
    number = read_number(text)
    if not isinstance(number, str):
        return number
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def _of_epoch(number: float) -> Any:
    """Seconds since 1970, or milli-, micro- or nanoseconds where that many would be too many."""
    while abs(number) > 1e11:
        number /= 1000
    try:
        return datetime.fromtimestamp(number, UTC)
    except (OverflowError, ValueError):
        return number


def _of_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
