"""Versions of agents: added once, found by name; what they are made of can be corrected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from chalicelib.database import (
    WHOLE_REPLY,
    Clause,
    Order,
    Recent,
    collection,
    committed,
    is_sound,
    require_index,
    sound,
    walk,
)
from chalicelib.database.documents import AgentDocument, VersionContent, VersionDocument
from chalicelib.database.indexes import BY_ID, VERSION_OF_AGENT, VERSIONS_NEWEST
from chalicelib.database.names import AGENTS, VERSIONS
from chalicelib.errors import DatabaseUnavailable, VersionConflict, VersionNotFound
from chalicelib.registry.deletions import enter_deletion
from chalicelib.registry.subjects import Subject
from chalicelib.values.instants import now
from chalicelib.values.names import folded
from chalicelib.wire.models import MAX_NAME_LENGTH

NEWEST = Order(
    VERSIONS_NEWEST, (("agent_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING))
)
CONTENT: tuple[Literal["cluster", "tools", "models", "deployment"], ...] = (
    "cluster",
    "tools",
    "models",
    "deployment",
)


class VersionWithAgent(VersionDocument):
    """A version beside the document of its agent."""

    agent: AgentDocument


_versions: Recent[tuple[ObjectId, str], VersionDocument] = Recent(seconds=60)
_names: Recent[ObjectId, str] = Recent(seconds=3600)
_owners: Recent[ObjectId, ObjectId] = Recent(seconds=3600)


def find_version(
    agent: AgentDocument, version: str, *, remembered: bool = False
) -> VersionDocument:
    """One version of an agent; writers may take what is `remembered` for a minute.

    Raises VersionNotFound.
    """
    found = _find(agent, version, remembered=remembered)
    if found is None:
        raise version_not_found(agent, version)
    return found


def version_not_found(agent: AgentDocument, version: str) -> VersionNotFound:
    return VersionNotFound(
        f"the agent '{agent['name']}' has no version '{version[:MAX_NAME_LENGTH]}':"
        " add it with POST /api/v1/agents/{agent}/versions"
    )


def add_version(
    agent: AgentDocument,
    version: str,
    content: VersionContent,
    *,
    version_id: ObjectId | None = None,
    created_at: datetime | None = None,
    is_registered: bool = True,
) -> tuple[VersionDocument, bool]:
    """The version, and whether this call added it; `content` has the keys of CONTENT.

    One that moves here from elsewhere keeps its `version_id` and `created_at`. One that came into
    being because a run of it arrived is not registered: the first registration completes it.

    Raises VersionConflict, naming the fields that differ, when it exists with other content.
    """
    instant = created_at or now()
    document: VersionDocument = {
        "_id": version_id or ObjectId(),
        "agent_id": agent["_id"],
        "version": version,
        "cluster": content["cluster"],
        "tools": content["tools"],
        "models": content["models"],
        "deployment": content["deployment"],
        "created_at": instant,
        "updated_at": instant,
    }
    if not is_registered:
        document["unregistered"] = True
    require_index(VERSIONS, VERSION_OF_AGENT)
    try:
        collection(VERSIONS).insert_one(document)
    except DuplicateKeyError:
        return _existing(agent, version, content), False
    return document, True


def change_version(version: VersionDocument, changes: Mapping[str, Any]) -> VersionDocument:
    """The version with other content, of the keys of CONTENT. Raises VersionNotFound."""
    changed = collection(VERSIONS).find_one_and_update(
        {"_id": version["_id"]},
        {"$set": {**changes, "updated_at": now()}, "$unset": {"unregistered": ""}},
        return_document=ReturnDocument.AFTER,
    )
    _versions.forget()
    if changed is None:
        raise VersionNotFound(f"the version '{version['version']}' was deleted")
    return changed


def delete_version(version: VersionDocument) -> None:
    """Let the version be gone from every answer; its runs are removed later."""
    agent_id, version_id = version["agent_id"], version["_id"]
    enter_deletion(version_id, "version", agent_id)
    gone: Clause = {"$addToSet": {"deleted_versions": version_id}}
    collection(AGENTS).update_one({"_id": agent_id}, gone)
    collection(VERSIONS).delete_one({"_id": version_id})
    _versions.forget()


def list_versions(
    agent: AgentDocument, *, position: tuple[Any, ...] | None, limit: int
) -> Iterator[VersionDocument]:
    """An agent's versions, newest first, from behind `position` (created_at, _id)."""
    agent_id = agent["_id"]
    return walk(
        collection(VERSIONS),
        NEWEST,
        {"agent_id": agent_id},
        low=NEWEST.before(agent_id),
        high=NEWEST.after(agent_id),
        position=NEWEST.before(agent_id, *position) if position else None,
        limit=limit,
        shape=VersionDocument,
    )


def fleet_version_ids(subject: Subject) -> list[ObjectId]:
    """The id of every version of the subject's agents."""
    found = collection(VERSIONS).find(subject.where, {"agent_id": 1}).hint(VERSIONS_NEWEST)
    whole = sound(found, VersionDocument, "agent_id")
    return [version["_id"] for version in whole if subject.holds(version["agent_id"])]


def find_versions_with_agents(where: Clause, hint: str = BY_ID) -> list[VersionWithAgent]:
    """Versions, each with the document of its `agent`, in one round trip."""
    joined: list[Clause] = [
        {"$match": where},
        {
            "$lookup": {
                "from": AGENTS,
                "localField": "agent_id",
                "foreignField": "_id",
                "as": "agent",
            }
        },
        # A version whose agent is being deleted has none.
        {"$unwind": "$agent"},
    ]
    found = collection(VERSIONS).aggregate(joined, hint=hint, batchSize=WHOLE_REPLY)
    return [v for v in sound(found, VersionDocument) if is_sound(v["agent"], AgentDocument)]


def find_versions_by_id(ids: Iterable[ObjectId]) -> dict[ObjectId, VersionDocument]:
    """The versions with these ids, by id."""
    found = collection(VERSIONS).find({"_id": {"$in": list(ids)}})
    return {version["_id"]: version for version in sound(found, VersionDocument)}


def agents_of_versions(ids: Iterable[ObjectId]) -> dict[ObjectId, ObjectId]:
    """Whose versions these are, which never changes."""
    known = {version_id: _owners.get(version_id) for version_id in set(ids)}
    missing = [version_id for version_id, owner in known.items() if owner is None]
    if missing:
        found = collection(VERSIONS).find({"_id": {"$in": missing}}, {"agent_id": 1})
        whole = sound(found, VersionDocument, "agent_id")
        known |= {v["_id"]: _owners.put(v["_id"], v["agent_id"]) for v in whole}
    return {version_id: owner for version_id, owner in known.items() if owner is not None}


def version_names(ids: Iterable[ObjectId]) -> dict[ObjectId, str]:
    """The `version` texts of these versions, by id; of one that cannot be read, its id's."""
    known = {version_id: _names.get(version_id) for version_id in set(ids)}
    missing = [version_id for version_id, name in known.items() if name is None]
    if missing:
        found = collection(VERSIONS).find({"_id": {"$in": missing}}, {"version": 1})
        whole = sound(found, VersionDocument, "version")
        known |= {v["_id"]: _names.put(v["_id"], v["version"]) for v in whole}
    return {version_id: name or str(version_id) for version_id, name in known.items()}


def _find(agent: AgentDocument, version: str, *, remembered: bool) -> VersionDocument | None:
    key = (agent["_id"], version)
    # Not put again: it would be remembered for as long as it is asked for.
    known = _versions.get(key) if remembered else None
    if known is not None:
        return known
    found = _load(agent["_id"], version)
    return None if found is None else _versions.put(key, found)


def _load(agent_id: ObjectId, version: str) -> VersionDocument | None:
    # As it is written first: versions of before there was one form of a name keep their own.
    for name in dict.fromkeys((version, folded(version))):
        found = committed(VERSIONS).find_one({"agent_id": agent_id, "version": name})
        if found is not None:
            return found if is_sound(found, VersionDocument) else None
    return None


def _complete(stored: VersionDocument, content: VersionContent) -> VersionDocument | None:
    """The version with what its first registration says, unless somebody else was first."""
    _versions.forget()
    return collection(VERSIONS).find_one_and_update(
        {"_id": stored["_id"], "unregistered": True},
        {"$set": {**content, "updated_at": now()}, "$unset": {"unregistered": ""}},
        return_document=ReturnDocument.AFTER,
    )


def _existing(agent: AgentDocument, version: str, content: VersionContent) -> VersionDocument:
    stored = _find(agent, version, remembered=False)
    if stored is None:
        raise DatabaseUnavailable(f"the version '{version}' is being added just now; retry")
    differing = [name for name in CONTENT if stored[name] != content[name]]
    if differing and "unregistered" in stored:
        completed = _complete(stored, content)
        return completed or _existing(agent, version, content)
    if differing:
        raise VersionConflict(
            f"the version '{version}' exists with other content, it differs in"
            f" {', '.join(differing)}: correct it with PATCH, or add a new one",
            errors=[{"path": name, "message": "differs from the stored one"} for name in differing],
        )
    return stored
