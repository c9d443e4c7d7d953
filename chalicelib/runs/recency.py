"""The newest runs of many agents: only those are asked that can have them."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import merge
from itertools import islice
from typing import Any

from chalicelib.database import Clause, collection, is_sound, sound
from chalicelib.database.documents import AgentDocument, RunDocument
from chalicelib.database.indexes import RUNS_OF_AGENT
from chalicelib.database.names import AGENTS, RUNS
from chalicelib.registry import Subject
from chalicelib.rollups import agents_of_newest
from chalicelib.runs.reading import NOT_DELETED

# The entries of more agents than these MongoDB does not merge by time: it would sort them all.
_AGENTS_AT_ONCE = 200
# One that has been deleted just now is in no answer any more.
_WITH_AGENT: list[Clause] = [
    {"$lookup": {"from": AGENTS, "localField": "agent_id", "foreignField": "_id", "as": "agent"}},
    {"$unwind": "$agent"},
]


class RunWithAgent(RunDocument):
    """A run, and the agent that it is of."""

    agent: AgentDocument


def newest_runs(subject: Subject, count: int) -> list[RunWithAgent]:
    """The `count` newest runs of the subject, newest first, each with its `agent`."""
    since, agents = agents_of_newest(subject, count)
    conditions = NOT_DELETED | ({} if since is None else {"created": {"$gte": since}})
    if "_id.v" in subject.where:
        conditions |= {"_id.v": subject.where["_id.v"]}
    found: list[list[RunWithAgent]] = []
    for at in range(0, len(agents), _AGENTS_AT_ONCE):
        where = {"agent_id": {"$in": agents[at : at + _AGENTS_AT_ONCE]}} | conditions
        pipeline: list[Clause] = [
            {"$match": where},
            {"$sort": {"created": -1}},
            {"$limit": count},
            *_WITH_AGENT,
        ]
        newest: Iterable[Any] = collection(RUNS).aggregate(pipeline, hint=RUNS_OF_AGENT)
        whole = sound(newest, RunDocument)
        found.append([run for run in whole if is_sound(run["agent"], AgentDocument)])
    newest_first = merge(*found, key=lambda run: run["created"], reverse=True)
    return list(islice(newest_first, count))
