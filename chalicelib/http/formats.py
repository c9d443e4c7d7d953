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
CSV_COLUMNS = tuple(Run.__annotations__)


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
    csv.writer(out).writerow(_cell(item.get(name)) for name in CSV_COLUMNS)
    return out.getvalue()


def _cell(value: Any) -> Any:
    return to_json(value).decode() if isinstance(value, list | dict) else value


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
