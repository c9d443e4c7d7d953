"""The newest runs of many agents: only those are asked that can have them."""

from __future__ import annotations

from heapq import merge
from itertools import islice

from chalicelib.database import Document, collection
from chalicelib.database.indexes import RUNS_OF_AGENT
from chalicelib.registry import Scope
from chalicelib.rollups import agents_of_newest
from chalicelib.runs.reading import NOT_DELETED

# The entries of more agents than these MongoDB does not merge by time: it would sort them all.
_AGENTS_AT_ONCE = 200
# One that has been deleted just now is in no answer any more.
_WITH_AGENT: list[Document] = [
    {"$lookup": {"from": "agents", "localField": "agent_id", "foreignField": "_id", "as": "agent"}},
    {"$unwind": "$agent"},
]


def newest_runs(scope: Scope, count: int) -> list[Document]:
    """The `count` newest runs of the scope, newest first, each with its `agent`."""
    since, agents = agents_of_newest(scope, count)
    conditions = NOT_DELETED | ({} if since is None else {"created": {"$gte": since}})
    if "_id.v" in scope.where:
        conditions |= {"_id.v": scope.where["_id.v"]}
    found = []
    for at in range(0, len(agents), _AGENTS_AT_ONCE):
        where = {"agent_id": {"$in": agents[at : at + _AGENTS_AT_ONCE]}} | conditions
        pipeline: list[Document] = [
            {"$match": where},
            {"$sort": {"created": -1}},
            {"$limit": count},
            *_WITH_AGENT,
        ]
        found.append(collection("runs").aggregate(pipeline, hint=RUNS_OF_AGENT).to_list())
    newest_first = merge(*found, key=lambda run: run["created"], reverse=True)
    return list(islice(newest_first, count))
