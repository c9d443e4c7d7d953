"""Runs read back: one by its identity, or lists of them, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from math import isfinite
from typing import Any

from pymongo import ASCENDING, DESCENDING

from chalicelib.database import (
    WHOLE_REPLY,
    Clause,
    Edge,
    Order,
    collection,
    is_sound,
    sound,
    walk,
)
from chalicelib.database.documents import AgentDocument, RunDocument, VersionDocument
from chalicelib.database.indexes import RUNS_OF_AGENT, RUNS_OF_TRACE, RUNS_OF_VERSION
from chalicelib.database.names import RUNS
from chalicelib.errors import InvalidCursor, RunNotFound
from chalicelib.registry import Subject, deleted_versions
from chalicelib.values.identities import Identity
from chalicelib.values.names import label_or_nothing

OF_VERSION = Order(
    RUNS_OF_VERSION, (("_id.v", ASCENDING), ("created", DESCENDING), ("_id.id", DESCENDING))
)
OF_AGENT = Order(
    RUNS_OF_AGENT, (("agent_id", ASCENDING), ("created", DESCENDING), ("_id", DESCENDING))
)
# Filters of the API and the fields they are compared with.
_EQUAL = {
    "outcome": "outcome",
    "initiator": "initiator",
    "tool": "tools",
    "model": "models",
    "task_id": "task_id",
    "trace_id": "trace_id",
    "id": "_id.id",
}
_LABELS = ("initiator", "tool", "model")
_DELETED_VERSIONS = "deleted_versions"
# What a run has whose fields were deleted; lists leave it out.
NOT_DELETED: Clause = {"deleted_at": None}


def find_run(version: VersionDocument, run_id: Identity) -> RunDocument:
    """One run of a version. Raises RunNotFound."""
    run = collection(RUNS).find_one({"_id": {"v": version["_id"], "id": run_id}})
    if run is None or "deleted_at" in run or not is_sound(run, RunDocument):
        raise RunNotFound(f"the version '{version['version']}' has no run {run_id}")
    return run


def runs_of_version(
    version: VersionDocument,
    filters: Mapping[str, Any],
    *,
    position: tuple[Any, ...] | None,
    limit: int,
) -> Iterator[RunDocument]:
    """A version's runs, newest first, from behind `position` (created, id)."""
    return _list(OF_VERSION, version["_id"], filters, position, limit)


def runs_of_agent(
    agent: AgentDocument,
    filters: Mapping[str, Any],
    *,
    position: tuple[Any, ...] | None,
    limit: int,
) -> Iterator[RunDocument]:
    """An agent's runs across its versions, newest first, from behind `position` (created, _id)."""
    known = {**filters, _DELETED_VERSIONS: deleted_versions(agent)}
    return _list(OF_AGENT, agent["_id"], known, position, limit)


def runs_of_trace(trace_id: str, subject: Subject, limit: int) -> list[RunDocument]:
    """The first runs of a trace, whichever agent's of the subject, the oldest first."""
    where: Clause = {"trace_id": trace_id} | NOT_DELETED | subject.where
    found = collection(RUNS).find(where).sort([("created", ASCENDING), ("_id", ASCENDING)])
    runs = (run for run in found.hint(RUNS_OF_TRACE) if subject.holds(run["agent_id"]))
    return list(islice(runs, limit))


def newest_failures(
    agent: AgentDocument, version: VersionDocument | None, *, looked_at: int
) -> list[RunDocument] | None:
    """Those that failed of an agent's newest runs, or of one version's; None where there are none.

    Each with its status and its error; no more than `looked_at` runs are read, whatever failed.
    """
    where, index = {"agent_id": agent["_id"]}, RUNS_OF_AGENT
    if version is not None:
        where, index = {"_id.v": version["_id"]}, RUNS_OF_VERSION
    fields = {"outcome": 1, "status": 1, "error": 1}
    newest = collection(RUNS).find(where, fields).sort("created", DESCENDING).hint(index)
    found = newest.limit(looked_at).batch_size(WHOLE_REPLY).to_list()
    failed = [run for run in found if run.get("outcome") == "failed"]
    return list(sound(failed, RunDocument, *fields)) if found else None


def _list(
    order: Order,
    owner_id: Any,
    filters: Mapping[str, Any],
    position: tuple[Any, ...] | None,
    limit: int,
) -> Iterator[RunDocument]:
    where = {order.keys[0][0]: owner_id} | NOT_DELETED | conditions(filters)
    start, end = filters.get("start"), filters.get("end")
    if position and ((start and position[0] < start) or (end and position[0] >= end)):
        raise InvalidCursor("the cursor lies outside of its list: start again without a cursor")
    low, high = _range(order, owner_id, start, end)
    return walk(
        collection(RUNS),
        order,
        where,
        low=low,
        high=high,
        position=order.before(owner_id, *position) if position else None,
        limit=limit,
        shape=RunDocument,
    )


def _range(
    order: Order, owner_id: Any, start: datetime | None, end: datetime | None
) -> tuple[Edge, Edge]:
    """The stretch of the index, newest first, that `[start, end)` of `created` covers."""
    low = order.before(owner_id) if end is None else order.after(owner_id, end)
    high = order.after(owner_id) if start is None else order.after(owner_id, start)
    return low, high


def conditions(filters: Mapping[str, Any]) -> Clause:
    """What the filters of the API ask of a run, as a query."""
    where: Clause = {
        field: _as_kept(name, filters[name])
        for name, field in _EQUAL.items()
        if filters.get(name) is not None
    }
    created = {
        operator: filters[name]
        for name, operator in (("start", "$gte"), ("end", "$lt"))
        if filters.get(name) is not None
    }
    if filters.get(_DELETED_VERSIONS):
        where["_id.v"] = {"$nin": filters[_DELETED_VERSIONS]}
    if filters.get("status") is not None:
        where["status"] = _in_any_case(filters["status"])
    if created:
        where["created"] = created
    if filters.get("error"):
        where["error"] = {"$regex": re.escape(filters["error"]), "$options": "i"}
    if filters.get("metadata"):
        where["$expr"] = _has_metadata(*filters["metadata"])
    return where


def _as_kept(name: str, value: Any) -> Any:
    """The value, or any of the two that a label may be kept as: its own form, and as it was sent.

    Runs of before labels had one form keep what was sent.
    """
    forms = {value, label_or_nothing(value)} if name in _LABELS else {value}
    return {"$in": sorted(forms)} if len(forms) > 1 else value


def _has_metadata(key: str, text: str) -> Clause:
    """That a key of the metadata has this value, which may be a text, a number or a boolean."""
    # Not "metadata.key": a key may hold dots.
    found = {"$getField": {"field": {"$literal": key}, "input": "$metadata"}}
    return {"$in": [found, [{"$literal": value} for value in _values_of(text)]]}


def _values_of(text: str) -> list[str | float | bool]:
    """What a text may have been as JSON."""
    values: list[str | float | bool] = [text]
    if text in {"true", "false"}:
        values.append(text == "true")
    try:
        number = float(text)
    except ValueError:
        return values
    return [*values, number] if isfinite(number) else values


def _in_any_case(status: str) -> Clause:
    return {"$regex": rf"\A{re.escape(status)}\z", "$options": "i"}
