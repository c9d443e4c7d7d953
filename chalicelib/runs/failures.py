"""Failed runs grouped by their error, with numbers and ids masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.database import WHOLE_REPLY, Clause, collection, sound
from chalicelib.database.documents import AgentDocument, RunDocument, VersionDocument
from chalicelib.database.indexes import RUNS_OF_AGENT, RUNS_OF_VERSION
from chalicelib.database.names import RUNS
from chalicelib.runs.reading import conditions
from chalicelib.values.masking import mask

# What is read is bounded: 10,000 errors of 4 KB at most are 40 MB, of usual ones 2 MB.
MOST_READ = 10_000


class FailureGroup:
    """Failed runs whose errors are of one kind; `newest` is the example."""

    def __init__(self, newest: RunDocument) -> None:
        self.newest = newest
        self.oldest = newest
        self.count = 0
        self.versions: list[ObjectId] = []

    def add(self, run: RunDocument) -> None:
        """Count one more run, no newer than those before it."""
        self.count += 1
        self.oldest = run
        if run["_id"]["v"] not in self.versions:
            self.versions.append(run["_id"]["v"])


class Failures(NamedTuple):
    """The groups, the largest first; `is_complete` unless there were more runs than are read."""

    runs: int
    is_complete: bool
    groups: list[tuple[tuple[str | None, str | None], FailureGroup]]


def group_failures(
    agent: AgentDocument, version: VersionDocument | None, filters: Mapping[str, Any]
) -> Failures:
    """The failed runs of an agent, or of one of its versions, by (pattern, status).

    The status is None where there is an error, the pattern where there is none.
    """
    found = _read_failed(agent, version, filters)
    is_complete = len(found) <= MOST_READ
    groups: dict[tuple[str | None, str | None], FailureGroup] = {}
    for run in found[:MOST_READ]:
        error = run.get("error")
        key = (mask(error), None) if error else (None, run["status"])
        groups.setdefault(key, FailureGroup(run)).add(run)
    ranked = sorted(groups.items(), key=lambda item: -item[1].count)
    return Failures(min(len(found), MOST_READ), is_complete, ranked)


def _read_failed(
    agent: AgentDocument, version: VersionDocument | None, filters: Mapping[str, Any]
) -> list[RunDocument]:
    """The newest failed runs, one more than MOST_READ where there are as many."""
    of: Clause = {"agent_id": agent["_id"]}
    index = RUNS_OF_AGENT
    if version is not None:
        of, index = {"_id.v": version["_id"]}, RUNS_OF_VERSION
    where = {"$and": [of | {"outcome": "failed"}, conditions(filters)]}
    fields = {"error": 1, "status": 1, "created": 1}
    found = collection(RUNS).find(where, fields).hint(index)
    newest = found.sort("created", -1).limit(MOST_READ + 1).batch_size(WHOLE_REPLY)
    return list(sound(newest, RunDocument, *fields))
