"""The forms of a list of runs: JSON, NDJSON or CSV, as `Accept` asks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import to_json

from chalicelib.wire.models import Run

JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv"
# Only a request that names one of the others gets it; any other Accept gets JSON.
_ALTERNATIVES = (CSV, NDJSON)
# A new field is a new last column, so that programs that count columns go on working.
CSV_COLUMNS = tuple(Run.__annotations__)
_INSTANTS = frozenset({"created", "recorded_at"})
# Columns that hold numbers and texts, one beside the other.
_IDENTITIES = frozenset({"id", "task_id"})
_GUARD = "'"
_RISKY = ("=", "+", "-", "@", "\t", "\r", _GUARD)


class Format(NamedTuple):
    """How one item, and a whole page of encoded items, are written."""

    content_type: str
    encode: Callable[[Mapping[str, Any]], str]
    assemble: Callable[[Sequence[str]], str]


def _encode_json(item: Mapping[str, Any]) -> str:
    return to_json(item).decode()


def _encode_csv(item: Mapping[str, Any]) -> str:
    """One CSV record (RFC 4180): what is unknown is empty, lists and objects are JSON."""
    out = io.StringIO()
    csv.writer(out).writerow(_cell(name, item.get(name)) for name in CSV_COLUMNS)
    return out.getvalue()


def _cell(name: str, value: Any) -> Any:
    if isinstance(value, list | dict):
        return to_json(value).decode()
    if not isinstance(value, str):
        return value
    if name in _INSTANTS:
        return _long_instant(value)
    return guarded(value, is_number_too=name in _IDENTITIES)


class Cell(str):
    """What stands unguarded in a CSV cell: it may be a number."""

    __slots__ = ()


def guarded(text: str, *, is_number_too: bool = False) -> str:
    """A text that no spreadsheet takes for a formula; `unguarded` gives it back.

    An empty text is no empty cell, which stands for what is unknown. Where a column holds numbers
    too, no program takes the text for one: "12.0" and "007" are other ids than 12 and 7.
    """
    is_risky = not text or text.startswith(_RISKY) or (is_number_too and _reads_as_number(text))
    return _GUARD + text if is_risky else text


def unguarded(cell: str) -> str | None:
    """The text in a cell, a Cell where it was not guarded, or None where it is unknown."""
    text = cell[1:]
    if cell.startswith(_GUARD) and (not text or text.startswith(_RISKY) or _reads_as_number(text)):
        return text
    return Cell(cell) if cell else None


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _long_instant(text: str) -> str:
    """With milliseconds always: readers take a column of one shape for times."""
    return text if "." in text else f"{text[:-1]}.000Z"


FORMATS = {
    JSON: Format(JSON, _encode_json, lambda items: f"[{','.join(items)}]"),
    NDJSON: Format(NDJSON, _encode_json, lambda items: "".join(f"{item}\n" for item in items)),
    CSV: Format(CSV, _encode_csv, lambda items: ",".join(CSV_COLUMNS) + "\r\n" + "".join(items)),
}


def choose_format(accept: str) -> Format:
    """The format that an Accept header names first among those there are; else JSON."""
    for part in accept.lower().split(","):
        content_type = part.partition(";")[0].strip()
        if content_type in _ALTERNATIVES:
            return FORMATS[content_type]
        if content_type == JSON:
            break
    return FORMATS[JSON]
