"""Whose runs a question is about: some versions', one agent's, a project's or the whole fleet's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bson import ObjectId

from chalicelib.database import Document, collection
from chalicelib.database.indexes import (
    AGENTS_OF_PROJECT,
    MARKS_BY_DAY,
    MARKS_OF_AGENT,
    MARKS_OF_VERSION,
    TILES_BY_TIME,
    TILES_OF_AGENT,
    TILES_OF_VERSION,
)

# Of more agents than these one reads what all have in a stretch of time, and leaves the others out
# here: a condition that names them all would be larger than a query may be.
MOST_NAMED = 1_000


class Scope(NamedTuple):
    """A condition on documents with an `agent_id` and a version, and the indexes that serve it.

    `agents` is None, or those that the scope is of where the condition does not say so.
    """

    where: Document
    tiles_index: str
    marks_index: str
    agents: frozenset[ObjectId] | None = None

    def holds(self, agent_id: ObjectId) -> bool:
        """Whether a document that meets the condition is of the scope."""
        return self.agents is None or agent_id in self.agents


def version_scope(*version_ids: ObjectId) -> Scope:
    where = {"_id.v": version_ids[0] if len(version_ids) == 1 else {"$in": list(version_ids)}}
    return Scope(where, TILES_OF_VERSION, MARKS_OF_VERSION)


def agent_scope(agent: Document) -> Scope:
    return _scope_of([agent["_id"]])


def agents_scope(ids: Iterable[ObjectId]) -> Scope:
    """Some agents at once."""
    return _scope_of(ids)


def fleet_scope(project: str | None) -> Scope:
    """Every agent, or those of one project."""
    if project is None:
        return Scope({}, TILES_BY_TIME, MARKS_BY_DAY)
    found = collection("agents").find({"project": project}, {"_id": 1}).hint(AGENTS_OF_PROJECT)
    return _scope_of(agent["_id"] for agent in found)


def _scope_of(agents: Iterable[ObjectId]) -> Scope:
    ids = list(agents)
    if len(ids) > MOST_NAMED:
        return Scope({}, TILES_BY_TIME, MARKS_BY_DAY, frozenset(ids))
    where = {"agent_id": ids[0] if len(ids) == 1 else {"$in": ids}}
    return Scope(where, TILES_OF_AGENT, MARKS_OF_AGENT)
