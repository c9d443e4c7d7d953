"""The newest runs of many agents: only those are asked that can have them."""

from __future__ import annotations

from heapq import merge
from itertools import islice

from chalicelib.database import collection
from chalicelib.database.documents import RunDocument
from chalicelib.database.indexes import RUNS_OF_AGENT
from chalicelib.database.names import RUNS
from chalicelib.registry import Subject
from chalicelib.rollups import agents_of_newest
from chalicelib.runs.reading import NOT_DELETED

# The entries of more agents than these MongoDB does not merge by time: it would sort them all.
_AGENTS_AT_ONCE = 200


def newest_runs(subject: Subject, count: int) -> list[RunDocument]:
    """The `count` newest runs of the subject, newest first."""
    since, agents = agents_of_newest(subject, count)
    conditions = NOT_DELETED | ({} if since is None else {"created": {"$gte": since}})
    if "_id.v" in subject.where:
        conditions |= {"_id.v": subject.where["_id.v"]}
    found = []
    for at in range(0, len(agents), _AGENTS_AT_ONCE):
        where = {"agent_id": {"$in": agents[at : at + _AGENTS_AT_ONCE]}} | conditions
        newest = collection(RUNS).find(where).hint(RUNS_OF_AGENT)
        found.append(newest.sort("created", -1).limit(count).to_list())
    newest_first = merge(*found, key=lambda run: run["created"], reverse=True)
    return list(islice(newest_first, count))
