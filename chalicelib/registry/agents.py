"""Agents: registered once, found by id or by name; renamed, archived and deleted by admins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from chalicelib.database import (
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
from chalicelib.database.documents import AgentDocument
from chalicelib.database.indexes import AGENTS_BY_NAME, AGENTS_OF_PROJECT
from chalicelib.database.names import AGENTS
from chalicelib.errors import (
    AgentConflict,
    AgentNotFound,
    DatabaseUnavailable,
    InvalidCursor,
    InvalidName,
)
from chalicelib.registry.deletions import enter_deletion
from chalicelib.values.instants import now
from chalicelib.values.names import folded
from chalicelib.wire.models import MAX_NAME_LENGTH

BY_NAME = Order(AGENTS_BY_NAME, (("name", ASCENDING),))
OF_PROJECT = Order(AGENTS_OF_PROJECT, (("project", ASCENDING), ("name", ASCENDING)))
NOT_ARCHIVED: Clause = {"archived": {"$ne": True}}
# A prefix and this come behind every name that begins with the prefix.
_LAST = "\U0010ffff" * MAX_NAME_LENGTH
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")

# By project too: what one caller was shown never reaches, nor speeds up, one who may not see it.
_agents: Recent[tuple[str, str | None], AgentDocument] = Recent(seconds=60)


def looks_like_id(text: str) -> bool:
    return _OBJECT_ID.fullmatch(text) is not None


def find_agent(key: str, *, project: str | None = None, remembered: bool = False) -> AgentDocument:
    """The agent with this id or name; `project` limits what the caller may see.

    Answers come from the agent as it is. Writers may take what is `remembered` for a minute: what
    they write to an agent that was deleted meanwhile goes with it.

    Raises AgentNotFound, for another project's agent in the same words after the same look-up.
    """
    # Not put again: it would be remembered for as long as it is asked for.
    known = _agents.get((key, project)) if remembered else None
    if known is not None:
        return known
    agent = _load(key, project)
    if agent is None:
        raise agent_not_found(key)
    return _agents.put((key, project), agent)


def agent_not_found(key: str) -> AgentNotFound:
    return AgentNotFound(
        f"no agent has the {'id' if looks_like_id(key) else 'name'} '{key[:MAX_NAME_LENGTH]}':"
        " register it with POST /api/v1/agents/{name}/register"
    )


def find_agents_by_id(ids: set[ObjectId]) -> dict[ObjectId, AgentDocument]:
    """The agents with these ids, by id."""
    found = collection(AGENTS).find({"_id": {"$in": list(ids)}})
    return {agent["_id"]: agent for agent in sound(found, AgentDocument)}


def register_agent(
    name: str,
    agent_project: str,
    *,
    agent_id: ObjectId | None = None,
    created_at: datetime | None = None,
) -> tuple[AgentDocument, bool]:
    """The agent of this name, and whether this call made it.

    One that moves here from elsewhere keeps its `agent_id` and `created_at`.
    Raises InvalidName, or AgentConflict when it belongs to another project.
    """
    _check_name(name)
    instant = created_at or now()
    agent: AgentDocument = {
        "_id": agent_id or ObjectId(),
        "name": name,
        "project": agent_project,
        "created_at": instant,
        "updated_at": instant,
    }
    require_index(AGENTS, AGENTS_BY_NAME)
    try:
        collection(AGENTS).insert_one(agent)
    except DuplicateKeyError:
        # The unique index has decided, however many register at once.
        return _registered(name, agent_project), False
    return agent, True


def change_agent(agent: AgentDocument, changes: Mapping[str, Any]) -> AgentDocument:
    """The agent with another `name`, `project`, or `archived` or not.

    Raises InvalidName, AgentNotFound, or AgentConflict when the name is another agent's.
    """
    if "name" in changes:
        _check_name(changes["name"])
    if not changes:
        return agent
    try:
        changed = collection(AGENTS).find_one_and_update(
            {"_id": agent["_id"]},
            {"$set": {**changes, "updated_at": now()}},
            return_document=ReturnDocument.AFTER,
        )
    except DuplicateKeyError:
        raise AgentConflict(
            f"another agent has the name '{changes['name']}': choose a free one",
            errors=[{"path": "name", "message": "belongs to another agent"}],
        ) from None
    _agents.forget()
    if changed is None:
        raise AgentNotFound("this agent was deleted")
    return changed


def delete_agent(agent: AgentDocument) -> None:
    """Let the agent be gone from every answer; its runs are removed later."""
    enter_deletion(agent["_id"], "agent", agent["_id"])
    collection(AGENTS).delete_one({"_id": agent["_id"]})
    _agents.forget()


def list_agents(
    *,
    project: str | None,
    name_prefix: str | None,
    after: str | None,
    limit: int,
    archived: bool = False,
) -> Iterator[AgentDocument]:
    """Agents by name, from behind the name `after`; archived ones only where they are asked for.

    Raises InvalidCursor when `after` has not the prefix.
    """
    order: Order
    prefix: tuple[str, ...]
    order, prefix = (BY_NAME, ()) if project is None else (OF_PROJECT, (project,))
    low, high = order.before(*prefix), order.after(*prefix)
    if name_prefix:
        low, high = order.before(*prefix, name_prefix), order.before(*prefix, name_prefix + _LAST)
        if after is not None and not name_prefix <= after < name_prefix + _LAST:
            raise InvalidCursor("the cursor lies outside of its list: start again without a cursor")
    return walk(
        collection(AGENTS),
        order,
        ({} if project is None else {"project": project}) | ({} if archived else NOT_ARCHIVED),
        low=low,
        high=high,
        position=None if after is None else order.before(*prefix, after),
        limit=limit,
        shape=AgentDocument,
    )


def _load(key: str, project: str | None) -> AgentDocument | None:
    limit = {} if project is None else {"project": project}
    # As it is written first: agents of before there was one form of a name keep their own.
    names: list[Clause] = [{"name": name} for name in dict.fromkeys((key, folded(key)))]
    for where in [{"_id": ObjectId(key)}] if looks_like_id(key) else names:
        found = committed(AGENTS).find_one(where | limit)
        if found is not None:
            return found if is_sound(found, AgentDocument) else None
    return None


def _registered(name: str, agent_project: str) -> AgentDocument:
    agent = _agents.get_or((name, None), lambda: _load(name, None))
    if agent is None:
        raise DatabaseUnavailable(f"the agent '{name}' is being registered just now; retry")
    if agent["project"] != agent_project:
        raise AgentConflict(
            f"the agent '{name}' is registered already, with another project:"
            " use that project, or another name",
            errors=[{"path": "project", "message": "differs from the registered one"}],
        )
    return agent


def _check_name(name: str) -> None:
    if looks_like_id(name):
        raise InvalidName(
            "a name of 24 hexadecimal digits looks like an agent's id: choose another",
            errors=[{"path": "name", "message": "looks like an id"}],
        )
