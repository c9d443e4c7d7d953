"""A run as one line of JSON, made from whatever values a host has at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from math import isfinite
from typing import Any

MAX_ERROR_BYTES = 4096
_DEEPEST = 20


def encode(document: dict[str, Any]) -> bytes:
    """The document in one line. What is no number (NaN) is left out, as not known.

    Raises ValueError and RecursionError for what cannot be written at all.
    """
    try:
        text = _encoder.encode(document)
    except ValueError:
        text = _encoder.encode(_without_nan(document, _DEEPEST))
    # Halves of surrogate pairs come from broken terminals and file names; no UTF-8 has them.
    return text.encode("utf-8", "replace")


def cut_error(text: str) -> str:
    """At most as many bytes as the service keeps, cut at a character."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= MAX_ERROR_BYTES:
        return raw.decode()
    return raw[: MAX_ERROR_BYTES - 3].decode("utf-8", "ignore") + "…"


def describe_error(error: BaseException) -> str:
    """Its kind and its text, even where its own `__str__` fails."""
    kind = type(error).__name__
    try:
        said = str(error)
    except Exception:
        said = "(its text cannot be had)"
    return cut_error(f"{kind}: {said}" if said else kind)


def now_text() -> str:
    return instant_text(datetime.now(timezone.utc))


def instant_text(moment: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond; a time without a zone is the host's local time."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"


def _convert(value: Any) -> Any:
    """What JSON has no word for, as the API takes it."""
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(value)
    for name in ("tolist", "item"):  # arrays and scalars of numpy and its kin
        if hasattr(value, name):
            return getattr(value, name)()
    # Not imported for its own sake: no instance exists where nobody else has.
    return float(value) if type(value).__name__ == "Decimal" else str(value)


def _without_nan(value: Any, depth: int) -> Any:
    if depth == 0:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict):
        return {key: _without_nan(one, depth - 1) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(one, depth - 1) for one in value]
    if not isinstance(value, (str, int, float, type(None))):
        return _without_nan(_convert(value), depth - 1)
    return None if isinstance(value, float) and not isfinite(value) else value


_CONVERSIONS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (datetime, instant_text),
    (date, date.isoformat),
    (timedelta, timedelta.total_seconds),
    (Enum, lambda member: member.value),
    ((set, frozenset, range), list),
    (Mapping, dict),
)
_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_convert
)
