"""The newest runs of many agents, without an index by time alone.

Such an index would slow every write by a sixth. Rollups and marks know already in which hours
which agents had runs: the newest runs are found by asking only the agents of the newest hours.
"""

from __future__ import annotations

from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from bson import ObjectId

from chalicelib.database import Document, collection
from chalicelib.registry import Scope
from chalicelib.runs.reading import runs_of_agent


def newest_runs(scope: Scope, count: int) -> list[Document]:
    """The `count` newest runs of the scope, newest first."""
    since = _hour_of_nth(scope, count)
    filters: dict[str, Any] = {} if since is None else {"start": since}
    gone = scope.where.get("_id.v", {}).get("$nin", [])
    found = [
        runs_of_agent(
            {"_id": agent_id, "deleted_versions": gone}, filters, position=None, limit=count
        )
        for agent_id in _agents_since(scope, since)
    ]
    newest_first = merge(*found, key=lambda run: run["created"], reverse=True)
    return list(islice(newest_first, count))


def _hour_of_nth(scope: Scope, count: int) -> datetime | None:
    """An hour since which there are at least `count` runs; None when no rollup says so.

    Each rollup that is not empty stands for one run or more.
    """
    where = scope.where | {"_id.dimension": "total", "runs": {"$ne": 0}}
    found = collection("rollups").find(where, {"_id": 1}).hint(scope.rollups_by_hour)
    hours = found.sort("_id.hour", -1).limit(count).to_list()
    return hours[-1]["_id"]["hour"] if len(hours) == count else None


def _agents_since(scope: Scope, since: datetime | None) -> set[ObjectId]:
    """The agents that have, or may have, runs since that hour."""
    hours: Document = {} if since is None else {"_id.hour": {"$gte": since}}
    marks = collection("rollup_marks").find(scope.where | hours, {"agent_id": 1})
    where = scope.where | {"_id.dimension": "total"} | hours
    rollups = collection("rollups").find(where, {"agent_id": 1})
    return {
        document["agent_id"]
        for cursor in (marks.hint(scope.marks_index), rollups.hint(scope.rollups_index))
        for document in cursor
    }
