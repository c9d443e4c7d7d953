"""Whose runs a question is about: one version's, one agent's, a project's or the whole fleet's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bson import ObjectId

from chalicelib.database import WHOLE_REPLY, Document, collection
from chalicelib.database.indexes import (
    AGENTS_OF_PROJECT,
    BY_ID,
    DAYS_BY_DAY,
    DAYS_OF_AGENT,
    DAYS_OF_VERSION,
    MARKS_BY_HOUR,
    MARKS_OF_AGENT,
    MARKS_OF_VERSION,
    ROLLUPS_BY_HOUR,
    ROLLUPS_OF_AGENT,
    ROLLUPS_OF_VERSION,
    RUNS_OF_AGENT,
    RUNS_OF_VERSION,
)
from chalicelib.registry.deletions import deleted_versions, list_deletions

# The entries of more agents than these MongoDB does not merge by hour: it would sort them all.
MOST_MERGED = 200
_OF_AGENT = (RUNS_OF_AGENT, ROLLUPS_OF_AGENT, DAYS_OF_AGENT, MARKS_OF_AGENT)


class Scope(NamedTuple):
    """Conditions and the index that serves them, for each collection with numbers.

    `of_runs` differs from `where` for the whole fleet: runs have no index by time alone.
    `is_wide` when the scope names more than MOST_MERGED agents.
    """

    where: Document
    of_runs: Document
    runs_index: str
    rollups_index: str
    days_index: str
    marks_index: str
    is_wide: bool = False

    @property
    def rollups_by_hour(self) -> str:
        """The index that gives rollups in the order of their hours."""
        return ROLLUPS_BY_HOUR if self.is_wide else self.rollups_index

    @property
    def marks_by_hour(self) -> str:
        """The index that gives marks in the order of their hours."""
        return MARKS_BY_HOUR if self.is_wide else self.marks_index


def version_scope(version: Document) -> Scope:
    return stored_version_scope(version["_id"])


def stored_version_scope(version_id: ObjectId) -> Scope:
    """What is stored of a version, whether anybody may still see it or not."""
    where = {"_id.v": version_id}
    indexes = (RUNS_OF_VERSION, ROLLUPS_OF_VERSION, DAYS_OF_VERSION, MARKS_OF_VERSION)
    return Scope(where, where, *indexes)


def agent_scope(agent: Document) -> Scope:
    """All versions of an agent, as it is now and not as it is remembered."""
    where = {"agent_id": agent["_id"]} | _but(deleted_versions(agent))
    return Scope(where, where, *_OF_AGENT)


def agents_scope(ids: Sequence[ObjectId]) -> Scope:
    """Some agents at once."""
    found, gone = _read_agents({"_id": {"$in": list(ids)}}, BY_ID)
    where: Document = {"agent_id": {"$in": found}} | gone
    return Scope(where, where, *_OF_AGENT, len(found) > MOST_MERGED)


def fleet_scope(project: str | None) -> Scope:
    """Every agent, or those of one project."""
    if project is not None:
        ids, gone = _read_agents({"project": project}, AGENTS_OF_PROJECT)
        of_agents: Document = {"agent_id": {"$in": ids}} | gone
        return Scope(of_agents, of_agents, *_OF_AGENT, len(ids) > MOST_MERGED)
    # Deletions first: an agent that goes in between is in neither.
    deleted = [entry.target_id for entry in list_deletions() if entry.kind == "agent"]
    ids, gone = _read_agents({}, BY_ID)
    where = ({"agent_id": {"$nin": deleted}} if deleted else {}) | gone
    of_runs: Document = {"agent_id": {"$in": ids}} | gone
    return Scope(where, of_runs, RUNS_OF_AGENT, ROLLUPS_BY_HOUR, DAYS_BY_DAY, MARKS_BY_HOUR)


def _read_agents(where: Document, index: str) -> tuple[list[ObjectId], Document]:
    """The agents' ids, and the condition that leaves their deleted versions out."""
    found = collection("agents").find(where, {"deleted_versions": 1}).hint(index)
    agents = found.batch_size(WHOLE_REPLY).to_list()
    gone = _but([version for agent in agents for version in deleted_versions(agent)])
    return [agent["_id"] for agent in agents], gone


def _but(version_ids: list[ObjectId]) -> Document:
    return {"_id.v": {"$nin": version_ids}} if version_ids else {}
