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
    return _long_instant(value) if name in _INSTANTS else guarded(value)


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula; `unguarded` gives it back.

    An empty text is no empty cell, which stands for what is unknown.
    """
    return _GUARD + text if not text or text.startswith(_RISKY) else text


def unguarded(cell: str) -> str | None:
    """The text in a cell, or None where it is unknown."""
    if cell.startswith(_GUARD) and (cell == _GUARD or cell[1:].startswith(_RISKY)):
        return cell[1:]
    return cell or None


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
