"""Whose runs a question is about: some versions', one agent's, a project's or the whole fleet's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bson import ObjectId

from chalicelib.database import WHOLE_REPLY, Clause, collection, sound
from chalicelib.database.documents import AgentDocument
from chalicelib.database.indexes import (
    AGENTS_OF_PROJECT,
    BY_ID,
    MARKS_BY_MONTH,
    MARKS_OF_AGENT,
    MARKS_OF_VERSION,
    TILES_BY_TIME,
    TILES_OF_AGENT,
    TILES_OF_VERSION,
)
from chalicelib.database.names import AGENTS
from chalicelib.registry.deletions import deleted_versions, list_deletions

# Of more agents than these one reads what all have in a stretch of time, and leaves the others out
# here: a condition that names them all would be larger than a query may be.
MOST_NAMED = 1_000
_FIELDS = {"deleted_versions": 1}


class Subject(NamedTuple):
    """A condition on documents with an `agent_id` and a version, and the indexes that serve it.

    `agents` is None, or those that the subject is of where the condition does not say so.
    """

    where: Clause
    tiles_index: str
    marks_index: str
    agents: frozenset[ObjectId] | None = None

    def holds(self, agent_id: ObjectId) -> bool:
        """Whether a document that meets the condition is of the subject."""
        return self.agents is None or agent_id in self.agents


def version_subject(*version_ids: ObjectId) -> Subject:
    where = {"_id.v": version_ids[0] if len(version_ids) == 1 else {"$in": list(version_ids)}}
    return Subject(where, TILES_OF_VERSION, MARKS_OF_VERSION)


def agent_subject(agent: AgentDocument) -> Subject:
    """All versions of an agent, as it is now and not as it is remembered."""
    return _subject_of([agent])


def agents_subject(ids: Iterable[ObjectId]) -> Subject:
    """Some agents at once."""
    found = collection(AGENTS).find({"_id": {"$in": list(ids)}}, _FIELDS).hint(BY_ID)
    return _subject_of(found.batch_size(WHOLE_REPLY))


def fleet_subject(project: str | None) -> Subject:
    """Every agent, or those of one project."""
    if project is not None:
        found = collection(AGENTS).find({"project": project}, _FIELDS).hint(AGENTS_OF_PROJECT)
        return _subject_of(found.batch_size(WHOLE_REPLY))
    deletions = list_deletions()
    where: Clause = {}
    for key, kind in (("agent_id", "agent"), ("_id.v", "version")):
        gone = [deletion.target_id for deletion in deletions if deletion.kind == kind]
        if gone:
            where[key] = {"$nin": gone}
    return Subject(where, TILES_BY_TIME, MARKS_BY_MONTH)


def _subject_of(agents: Iterable[AgentDocument]) -> Subject:
    """These agents, without what is left of versions that were deleted."""
    found = list(sound(agents, AgentDocument, "deleted_versions"))
    ids = [agent["_id"] for agent in found]
    gone = [version_id for agent in found for version_id in deleted_versions(agent)]
    but: Clause = {"_id.v": {"$nin": gone}} if gone else {}
    if len(ids) > MOST_NAMED:
        return Subject(but, TILES_BY_TIME, MARKS_BY_MONTH, frozenset(ids))
    where = {"agent_id": ids[0] if len(ids) == 1 else {"$in": ids}} | but
    return Subject(where, TILES_OF_AGENT, MARKS_OF_AGENT)
