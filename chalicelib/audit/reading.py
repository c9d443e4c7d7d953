"""The records of changes read back, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo import DESCENDING

from chalicelib.database import WHOLE_REPLY, Clause, collection
from chalicelib.database.documents import AuditChange, AuditDocument
from chalicelib.database.indexes import (
    AUDIT_NEWEST,
    AUDIT_OF_AUTHOR,
    AUDIT_OF_OBJECT,
    AUDIT_OF_PROJECT,
)
from chalicelib.database.names import AUDIT
from chalicelib.values.instants import format_instant

# The narrowest index that serves a list comes first.
_INDEXES = (
    ("about", AUDIT_OF_OBJECT),
    ("token", AUDIT_OF_AUTHOR),
    ("project", AUDIT_OF_PROJECT),
)


class Wanted(NamedTuple):
    """Which records: of what is called `about` or has it as its id, of a token, of a time."""

    project: str | None = None
    about: str | None = None
    token: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def list_records(
    wanted: Wanted, *, position: tuple[datetime, ObjectId] | None, limit: int
) -> Iterator[AuditDocument]:
    """The records, newest first, from behind `position` (at, _id)."""
    where = _conditions(wanted)
    index = next((index for name, index in _INDEXES if name in where), AUDIT_NEWEST)
    if position is not None:
        at, record_id = position
        # The bound on the time is for the index.
        where["$and"] = [
            {"at": {"$lte": at}},
            {"$or": [{"at": {"$lt": at}}, {"_id": {"$lt": record_id}}]},
        ]
    found = collection(AUDIT).find(where).sort([("at", DESCENDING), ("_id", DESCENDING)])
    return found.hint(index).limit(limit).batch_size(WHOLE_REPLY)


def present_record(record: AuditDocument) -> dict[str, Any]:
    """A record as the API shows it."""
    ended_at = record["ended_at"]
    return {
        "id": str(record["_id"]),
        "at": format_instant(record["at"]),
        "ended_at": None if ended_at is None else format_instant(ended_at),
        "state": record["state"],
        "action": record["action"],
        "token": record["token"],
        "user": record["user"],
        "request_id": record["request_id"],
        "kind": record["kind"],
        "project": record["project"],
        "names": record["names"],
        "changes": [_present_change(change) for change in record["changes"]],
    }


def _present_change(change: AuditChange) -> dict[str, Any]:
    return {
        "id": change["id"],
        "before": None if change["before"] is None else json.loads(change["before"]),
        "after": None if change["after"] is None else json.loads(change["after"]),
    }


def _conditions(wanted: Wanted) -> Clause:
    where: Clause = {
        name: getattr(wanted, name) for name, _ in _INDEXES if getattr(wanted, name) is not None
    }
    bounds = {"$gte": wanted.start, "$lt": wanted.end}
    at = {operator: bound for operator, bound in bounds.items() if bound is not None}
    return where | ({"at": at} if at else {})
