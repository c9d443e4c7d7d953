"""Agents and versions that were deleted, and whose runs have still to be removed.

What is deleted is gone from every answer at once: an agent because its document is, a version
because its agent names it among its `deleted_versions`. What they had is removed bit by bit
(chalicelib.runs.removal), and the entry in `deletions` goes last. So whoever is stopped anywhere
goes on later, and a writer that still remembered the agent leaves nothing behind.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from bson import ObjectId

from chalicelib.database import Clause, collection
from chalicelib.database.documents import AgentDocument
from chalicelib.database.indexes import BY_ID
from chalicelib.database.names import AGENTS, DELETIONS, VERSIONS

Kind = Literal["agent", "version"]


class Deletion(NamedTuple):
    """What was deleted, when by the database's clock."""

    target_id: ObjectId
    kind: Kind
    agent_id: ObjectId
    deleted_at: datetime


def enter_deletion(target_id: ObjectId, kind: Kind, agent_id: ObjectId) -> None:
    """Note what is to be removed, before it is gone from answers."""
    entry: Clause = {"kind": kind, "agent_id": agent_id}
    collection(DELETIONS).update_one(
        {"_id": target_id},
        {"$setOnInsert": entry, "$currentDate": {"deleted_at": True}},
        upsert=True,
    )


def deleted_versions(agent: AgentDocument) -> list[ObjectId]:
    """Versions of the agent of which runs and rollups may still be there."""
    versions: list[ObjectId] = agent.get("deleted_versions", [])
    return versions


def list_deletions() -> list[Deletion]:
    """What has still to be removed, oldest first."""
    found = collection(DELETIONS).find().hint(BY_ID)
    entries = [Deletion(e["_id"], e["kind"], e["agent_id"], e["deleted_at"]) for e in found]
    return sorted(entries, key=lambda entry: entry.deleted_at)


def close_deletion(deletion: Deletion) -> None:
    """Nothing of it is left."""
    collection(VERSIONS).delete_many(_versions_of(deletion))
    if deletion.kind == "version":
        where = {"_id": deletion.agent_id}
        gone: Clause = {"$pull": {"deleted_versions": deletion.target_id}}
        collection(AGENTS).update_one(where, gone)
    collection(DELETIONS).delete_one({"_id": deletion.target_id})


def _versions_of(deletion: Deletion) -> Clause:
    key = "agent_id" if deletion.kind == "agent" else "_id"
    return {key: deletion.target_id}
