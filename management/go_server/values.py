"""The Go server's documents as what a client could post.

Go stores what was not sent as its type's zero: "", 0, null for lists, and the year 1 for times. So
a zero here says nothing, but for a cost, which may be one.
"""

from __future__ import annotations

import hashlib
import math
from datetime import datetime
from typing import Any

from bson import Decimal128, ObjectId
from pydantic import ValidationError

from chalicelib.database import Document
from chalicelib.database.documents import VersionContent
from chalicelib.values.instants import format_instant
from chalicelib.values.names import visible_name
from chalicelib.wire.models import MAX_LIST_ITEMS, MAX_NAME_LENGTH, RunReport, Segment, adapter

_HANDLED = frozenset({"id", "created", "tools", "models", "cost"})
# Its own, which have done their part in finding the run's owner and time.
_LEFT_BEHIND = frozenset({"_id", "agent_id", "version_id", "version", "recorded_at", "run_id"})


class UnusableError(Exception):
    """Why a run cannot be posted at all."""


def report_of(run: Document) -> dict[str, Any]:
    """What a client would have posted of this run. Raises UnusableError."""
    report = {
        "id": run_id(run),
        "created": created_at(run),
        "tools": labels(run.get("tools")),
        "models": labels(run.get("models")),
        "cost": _number(run.get("cost")),
    }
    for name in RunReport.__annotations__.keys() - _HANDLED:
        value = _number(run.get(name))
        if value not in ("", 0):
            report[name] = value
    return {name: value for name, value in report.items() if value is not None}


def dropped_fields(run: Document) -> list[str]:
    """The fields of a run that there is no place for here."""
    return sorted(run.keys() - RunReport.__annotations__.keys() - _LEFT_BEHIND)


def run_id(run: Document) -> Any:
    """The caller's id; for a run without one an id of its own, the same at each attempt."""
    given = run.get("id", run.get("run_id"))
    return drawn_id(run["_id"]) if given in (None, 0, "") else given


def drawn_id(source_id: Any) -> int:
    """A whole number from 1 below 2^53, drawn from what the source calls the document."""
    digest = hashlib.sha256(repr(source_id).encode()).digest()
    return 1 + int.from_bytes(digest[:8], "big") % (2**53 - 1)


def created_at(run: Document) -> Any:
    """When the run was created, else recorded, else inserted: as its client would have sent it."""
    for name in ("created", "recorded_at"):
        value = run.get(name)
        if isinstance(value, datetime):
            if value.year > 1:
                return format_instant(value)
        elif value is not None:
            return str(value)
    if isinstance(run["_id"], ObjectId):
        return format_instant(run["_id"].generation_time)
    return None


def registered_at(document: Document) -> datetime | None:
    """When an agent or a version was made, where that is known."""
    value = document.get("created_at")
    return value if isinstance(value, datetime) and value.year > 1 else None


def labels(value: Any) -> Any:
    """A list of texts without its nulls and blanks; Go stores null for none."""
    if not isinstance(value, list):
        return value
    return [one for one in value if one not in (None, "")]


def content_of(version: Document) -> VersionContent:
    """What a version is registered with; what is longer than texts and lists may be is cut."""
    return {
        "cluster": _text(version.get("cluster")),
        "tools": _texts(version.get("tools")),
        "models": _texts(version.get("models")),
        "deployment": _text(version.get("deployment")),
    }


def _text(value: Any) -> str | None:
    return None if value in (None, "") else _label(value)


def _texts(value: Any) -> list[str]:
    return [_label(one) for one in labels(value) or []][:MAX_LIST_ITEMS]


def name_of(value: Any, otherwise: str) -> str:
    """A name that can be used here, as near as may be to the one that is stored."""
    text = visible_name(str(value))[:MAX_NAME_LENGTH].strip() if value is not None else ""
    try:
        checked: str = adapter(Segment).validate_python(text)
    except ValidationError:
        return otherwise
    return checked


def _label(value: Any) -> str:
    return str(value)[:MAX_NAME_LENGTH]


def _number(value: Any) -> Any:
    """A number that JSON has; anything else as it is. Raises UnusableError."""
    if isinstance(value, Decimal128):
        value = float(value.to_decimal())
    if isinstance(value, float) and not math.isfinite(value):
        raise UnusableError(f"a number of it is {value}")
    return value
