"""Records of changes: written before the change is made, and completed after it.

A majority of the database has the record before anything changes. So no change is without one,
whoever is killed when. A record that was not completed says that: its change may have been made or
not. A change that the database would not let be recorded is not made.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from bson import ObjectId
from pydantic_core import to_json
from pymongo.errors import PyMongoError

from chalicelib.config import settings
from chalicelib.database import Clause, collection
from chalicelib.database.documents import AuditChange, AuditDocument
from chalicelib.database.names import AUDIT
from chalicelib.errors import Problem
from chalicelib.values.identities import Identity
from chalicelib.values.instants import format_instant, now

LAYOUT = 1
# A value that is longer than this as JSON is cut: a record tells of a change, it is no backup.
MOST_VALUE_BYTES = 2_000
# A request that changes thousands of runs has several records, each small enough for a page.
_RECORD_BYTES = 400_000

log = logging.getLogger("agent_metrics")
Kind = Literal["agent", "version", "run", "watch", "token", "prices"]
Values = Mapping[str, Any]


class Author(NamedTuple):
    """Who asks for a change: a token over the API, or a `user` at the command line."""

    action: str
    token: str | None = None
    user: str | None = None
    request_id: str | None = None


class ChangedObject(NamedTuple):
    """What is changed; `names` are those by which it is found, such as `agent` and `agent_id`."""

    kind: Kind
    names: Mapping[str, str]
    project: str | None = None


class Change(NamedTuple):
    """The values before and after, None where there was nothing, or is nothing; a run's id."""

    before: Values | None
    after: Values | None
    id: Identity | None = None


# Begins the records of some changes of runs; what it gives ends them, but for the runs named.
Note = Callable[[Sequence[Change]], Callable[[Collection[Identity]], None]]


@dataclass(slots=True)
class Recording:
    """What is known of a change once it was made."""

    after: Values | None
    names: Mapping[str, str] | None = None


@contextmanager
def recorded(
    author: Author, subject: ChangedObject, *, before: Values | None, after: Values | None
) -> Iterator[Recording]:
    """Record the change that is made within; `after` is what was asked for, until it is known.

    Raises what the driver raises when it cannot be recorded: then nothing is changed.
    """
    ids = _begin(author, subject, [Change(before, after)])
    recording = Recording(after)
    try:
        yield recording
    except Problem as problem:
        if problem.status < 500:  # else it may have been made all the same
            _end(ids, {"$set": {"state": "refused"}})
        raise
    done: Clause = {"state": "done", "changes.0.after": _text(recording.after)}
    if recording.names:
        done["names"] = dict(recording.names)
        done["about"] = _about(recording.names)
    _end(ids, {"$set": done})


def noting(author: Author, subject: ChangedObject) -> Note:
    """Records changes of runs, as the code that writes them asks for it."""

    def note(changes: Sequence[Change]) -> Callable[[Collection[Identity]], None]:
        ids = _begin(author, subject, changes)

        def end(lost: Collection[Identity]) -> None:
            """Of runs that another writer changed in between another record tells."""
            pull = {"$pull": {"changes": {"id": {"$in": list(lost)}}}} if lost else {}
            _end(ids, {"$set": {"state": "done"}, **pull})

        return end

    return note


def _begin(author: Author, subject: ChangedObject, changes: Sequence[Change]) -> list[ObjectId]:
    present = now()
    records = [_record(author, subject, some, present) for some in _in_parts(changes)]
    if records:
        collection(AUDIT).insert_many(records)
    return [record["_id"] for record in records]


def _end(ids: Sequence[ObjectId], update: Clause) -> None:
    """The change stands, or was refused; that this cannot be noted does not change that."""
    if not ids:
        return
    update["$set"]["ended_at"] = now()
    try:
        collection(AUDIT).update_many({"_id": {"$in": list(ids)}}, update)
    except PyMongoError as error:
        log.warning("audit records left as begun: %s %s", type(error).__name__, list(map(str, ids)))


def _record(
    author: Author, subject: ChangedObject, changes: list[AuditChange], present: datetime
) -> AuditDocument:
    return {
        "_id": ObjectId(),
        "layout": LAYOUT,
        "at": present,
        "ended_at": None,
        "state": "begun",
        **author._asdict(),  # type: ignore[typeddict-item]
        "kind": subject.kind,
        "project": subject.project,
        "names": dict(subject.names),
        "about": _about(subject.names) + [str(c["id"]) for c in changes if c["id"] is not None],
        "changes": changes,
        "expires_at": present + timedelta(days=settings().audit_ttl_days),
    }


def _about(names: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(names.values()))


def _in_parts(changes: Sequence[Change]) -> Iterator[list[AuditChange]]:
    part: list[AuditChange] = []
    size = 0
    for change in changes:
        before, after = _text(change.before), _text(change.after)
        part.append({"id": change.id, "before": before, "after": after})
        size += len(before or "") + len(after or "")
        if size > _RECORD_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _text(values: Values | None) -> str | None:
    """As JSON, because models and metadata have names that no field of a document may have."""
    if values is None:
        return None
    return to_json({name: _cut(value) for name, value in values.items()}, fallback=str).decode()


def _cut(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_instant(value)
    if not isinstance(value, str | list | dict):
        return value
    whole = to_json(value, fallback=str)
    if len(whole) <= MOST_VALUE_BYTES:
        return value
    text = value if isinstance(value, str) else whole.decode()
    return text.encode()[:MOST_VALUE_BYTES].decode(errors="ignore") + "…"
