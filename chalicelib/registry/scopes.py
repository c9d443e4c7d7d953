"""Whose runs a question is about: one version's, one agent's, a project's or the whole fleet's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.database import Document, collection
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
    where = {"_id.v": version["_id"]}
    indexes = (RUNS_OF_VERSION, ROLLUPS_OF_VERSION, DAYS_OF_VERSION, MARKS_OF_VERSION)
    return Scope(where, where, *indexes)


def agent_scope(agent: Document) -> Scope:
    where = {"agent_id": agent["_id"]}
    return Scope(where, where, *_OF_AGENT)


def agents_scope(ids: Sequence[ObjectId]) -> Scope:
    """Some agents at once."""
    where: Document = {"agent_id": {"$in": list(ids)}}
    return Scope(where, where, *_OF_AGENT, len(ids) > MOST_MERGED)


def fleet_scope(project: str | None) -> Scope:
    """Every agent, or those of one project."""
    which: dict[str, Any] = {} if project is None else {"project": project}
    index = BY_ID if project is None else AGENTS_OF_PROJECT
    ids = [agent["_id"] for agent in collection("agents").find(which, {"_id": 1}).hint(index)]
    of_runs: Document = {"agent_id": {"$in": ids}}
    if project is None:
        return Scope({}, of_runs, RUNS_OF_AGENT, ROLLUPS_BY_HOUR, DAYS_BY_DAY, MARKS_BY_HOUR)
    is_wide = len(ids) > MOST_MERGED
    return Scope(of_runs, of_runs, *_OF_AGENT, is_wide)
