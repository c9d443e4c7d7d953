"""The indexes, by the names that queries hint at."""

from __future__ import annotations

import logging
from typing import Any

import pymongo
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import OperationFailure

from chalicelib.database.connection import (
    Clause,
    collection,
    database,
    database_errors,
    problem_of,
)
from chalicelib.database.doubles import describe_doubles
from chalicelib.database.go_server import refuse_go_database
from chalicelib.database.names import (
    AGENTS,
    AUDIT,
    MARKS,
    OPEN_TRACES,
    RUNS,
    SPANS,
    TELEMETRY_COUNTS,
    TILES,
    TOKEN_USES,
    TOKENS,
    VERSIONS,
    WATCH_EVENTS,
    WATCHES,
    Name,
)
from chalicelib.database.recent import Recent
from chalicelib.database.retention import set_retention
from chalicelib.errors import NotReady

log = logging.getLogger("agent_metrics")
_UNAUTHORIZED = 13
_DUPLICATE = 11000
_present: Recent[tuple[str, str], bool] = Recent(seconds=3600)

# What MongoDB itself calls the index that every collection has.
BY_ID = "_id_"
# The listing orders: keyset pages walk these, so every field of a sort is a field here.
AGENTS_BY_NAME = "agents_by_name"
AGENTS_OF_PROJECT = "agents_of_project"
VERSIONS_NEWEST = "versions_newest"
VERSION_OF_AGENT = "version_of_agent"
RUNS_OF_VERSION = "runs_of_version"
RUNS_OF_AGENT = "runs_of_agent"
RUNS_OF_TRACE = "runs_of_trace"
RUNS_MOVED = "runs_moved"
TILES_OF_VERSION = "tiles_of_version"
TILES_OF_AGENT = "tiles_of_agent"
TILES_BY_TIME = "tiles_by_time"
TILES_BY_NEWEST = "tiles_by_newest"
MARKS_OF_VERSION = "marks_of_version"
MARKS_OF_AGENT = "marks_of_agent"
MARKS_BY_MONTH = "marks_by_month"
MARKS_BY_AGE = "marks_by_age"
MARKS_ASIDE = "marks_aside"
TOKENS_BY_NAME = "tokens_by_name"
WATCHES_OF_OWNER = "watches_of_owner"
WATCHES_BY_LOOK = "watches_by_look"
EVENTS_OF_WATCH = "events_of_watch"
EVENTS_DUE = "events_due"
EVENTS_EXPIRY = "events_expiry"
# For how long the history of a watch is kept.
EVENTS_KEPT_DAYS = 400
SPANS_OF_TRACE = "spans_of_trace"
SPANS_EXPIRY = "spans_expiry"
OPEN_TRACES_BY_DUE = "open_traces_by_due"
COUNTS_BY_DAY = "counts_by_day"
COUNTS_EXPIRY = "counts_expiry"
TOKEN_USES_EXPIRY = "token_uses_expiry"  # noqa: S105 - a name
AUDIT_NEWEST = "audit_newest"
AUDIT_OF_PROJECT = "audit_of_project"
AUDIT_OF_OBJECT = "audit_of_object"
AUDIT_OF_AUTHOR = "audit_of_author"
AUDIT_EXPIRY = "audit_expiry"


def _index(
    name: str, *fields: str, unique: bool = False, where: Clause | None = None
) -> IndexModel:
    """An index over fields, those with a leading minus descending; of all, or where that holds."""
    keys = [(f.lstrip("-"), DESCENDING if f.startswith("-") else ASCENDING) for f in fields]
    options: Clause = {"unique": True} if unique else {}
    if where is not None:
        options["partialFilterExpression"] = where
    return IndexModel(keys, name=name, **options)


def _expiry(name: str) -> IndexModel:
    """Documents are deleted once their `expires_at` has passed."""
    return IndexModel([("expires_at", ASCENDING)], name=name, expireAfterSeconds=0)


INDEXES: dict[Name[Any], list[IndexModel]] = {
    AGENTS: [
        _index(AGENTS_BY_NAME, "name", unique=True),
        _index(AGENTS_OF_PROJECT, "project", "name"),
    ],
    VERSIONS: [
        _index(VERSION_OF_AGENT, "agent_id", "version", unique=True),
        _index(VERSIONS_NEWEST, "agent_id", "-created_at", "-_id"),
    ],
    RUNS: [
        _index(RUNS_OF_VERSION, "_id.v", "-created", "-_id.id"),
        _index(RUNS_OF_AGENT, "agent_id", "-created", "-_id"),
        _index(RUNS_OF_TRACE, "trace_id", "created", "_id", where={"trace_id": {"$exists": True}}),
        _index(RUNS_MOVED, "_id.v", "counted_at", where={"counted_at": {"$exists": True}}),
    ],
    TILES: [
        _index(TILES_OF_VERSION, "_id.v", "_id.kind", "_id.begin"),
        _index(TILES_OF_AGENT, "agent_id", "_id.kind", "_id.begin"),
        _index(TILES_BY_TIME, "_id.kind", "_id.begin"),
        _index(TILES_BY_NEWEST, "-before", where={"_id.kind": "month"}),
    ],
    MARKS: [
        _index(MARKS_OF_VERSION, "_id.v", "_id.month"),
        _index(MARKS_OF_AGENT, "agent_id", "_id.month"),
        _index(MARKS_BY_MONTH, "_id.month"),
        _index(MARKS_BY_AGE, "oldest"),
        _index(MARKS_ASIDE, "aside.until", where={"aside": {"$exists": True}}),
    ],
    WATCHES: [
        _index(WATCHES_OF_OWNER, "owner", "_id"),
        _index(WATCHES_BY_LOOK, "evaluated_at"),
    ],
    WATCH_EVENTS: [
        _index(EVENTS_OF_WATCH, "watch_id", "-at", "-_id"),
        _index(EVENTS_DUE, "delivery.next_attempt_at", where={"delivery.status": "pending"}),
        IndexModel("at", name=EVENTS_EXPIRY, expireAfterSeconds=EVENTS_KEPT_DAYS * 86_400),
    ],
    # Looked up by `_id`, half of the hash; the name is for people.
    TOKENS: [_index(TOKENS_BY_NAME, "name", unique=True)],
    SPANS: [_index(SPANS_OF_TRACE, "trace", "owner", "_id"), _expiry(SPANS_EXPIRY)],
    OPEN_TRACES: [_index(OPEN_TRACES_BY_DUE, "state", "due")],
    # Few and small: one for each project and day.
    TELEMETRY_COUNTS: [
        _index(COUNTS_BY_DAY, "_id.day", "_id.owner"),
        _expiry(COUNTS_EXPIRY),
    ],
    TOKEN_USES: [_expiry(TOKEN_USES_EXPIRY)],
    AUDIT: [
        _index(AUDIT_NEWEST, "-at", "-_id"),
        _index(AUDIT_OF_PROJECT, "project", "-at", "-_id"),
        _index(AUDIT_OF_OBJECT, "about", "-at", "-_id"),
        _index(AUDIT_OF_AUTHOR, "token", "-at", "-_id"),
        _expiry(AUDIT_EXPIRY),
    ],
}


def ensure_indexes(target: Database[Any], runs_ttl_days: int | None = None) -> None:
    """Create what is missing and set when runs expire; safe to repeat and beside traffic.

    Raises ConfigurationError where runs must not expire yet (chalicelib.database.retention).
    """
    create_indexes(target)
    set_retention(target, runs_ttl_days)


def create_indexes(target: Database[Any]) -> None:
    """Create what is missing; safe to repeat and beside traffic.

    Raises NotReady for a database of the Go server.
    """
    refuse_go_database(target)
    for name, indexes in INDEXES.items():
        try:
            target[name].create_indexes(indexes)
        except OperationFailure as error:
            if error.code != _DUPLICATE:
                raise
            raise NotReady(describe_doubles(target, name, indexes)) from error


def require_index(name: Name[Any], index: str) -> None:
    """Raises NotReady while the collection lacks the unique index that decides who was first.

    Asked once by a process, before its first write that relies on it: without the index a database
    takes the same name twice, and the index can never be made after that.
    """
    if _present.get((name, index)):
        return
    if index not in collection(name).index_information():
        raise NotReady(f"'{name}' lacks the index {index}: run 'python manage.py index'")
    _present.put((name, index), value=True)


def create_indexes_at_first_use(target: Database[Any]) -> None:
    """Create what is missing where no deployment did, before a process's first query.

    A database that does not let us may have them all. Where it has not, the query that needs one
    says so. Raises the driver's errors for a database that does not answer.
    """
    target.command("ping")
    try:
        # It answers; an index over many runs takes as long as it takes.
        with pymongo.timeout(None):
            create_indexes(target)
    except OperationFailure as error:
        if problem_of(error) is not None and error.code != _UNAUTHORIZED:
            raise
        log.warning("indexes not created: error %s; 'python manage.py index' says why", error.code)


def check_ready() -> None:
    """Raises DatabaseUnavailable, or NotReady when an index that queries name is missing."""
    with database_errors():
        for name, indexes in INDEXES.items():
            wanted = {index.document["name"] for index in indexes}
            missing = wanted - collection(name).index_information().keys()
            if missing:
                refuse_go_database(database())
                raise NotReady(
                    f"'{name}' lacks the indexes {', '.join(sorted(missing))}:"
                    " run 'python manage.py index'"
                )
