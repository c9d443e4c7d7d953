"""An agent and some of its versions at once, in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bson import ObjectId

from chalicelib.database import Clause, committed, sound
from chalicelib.database.documents import AgentDocument, VersionDocument
from chalicelib.database.indexes import AGENTS_BY_NAME, BY_ID
from chalicelib.database.names import AGENTS, VERSIONS
from chalicelib.registry.agents import agent_not_found, looks_like_id
from chalicelib.registry.versions import version_not_found
from chalicelib.values.names import folded


class AgentWithVersions(AgentDocument):
    """An agent, and those of its versions that were `found`."""

    found: list[VersionDocument]


def find_versions(
    key: str, versions: Sequence[str], *, project: str | None
) -> list[VersionDocument]:
    """These versions of the agent with this id or name, as they are, in their order.

    Raises AgentNotFound and VersionNotFound (find_agent and find_version).
    """
    agents = _find(key, [form for name in versions for form in _forms(name)], project)
    if not agents:
        raise agent_not_found(key)
    agent = next((agent for agent in agents if agent["name"] == key), agents[0])
    known = {version["version"]: version for version in agent["found"]}
    # As it is written first: names of before there was one form of them keep their own.
    chosen = [next((known[f] for f in _forms(name) if f in known), None) for name in versions]
    for name, version in zip(versions, chosen, strict=True):
        if version is None:
            raise version_not_found(agent, name)
    return [version for version in chosen if version is not None]


def _find(key: str, versions: Sequence[str], project: str | None) -> list[AgentWithVersions]:
    is_id = looks_like_id(key)
    limit = {} if project is None else {"project": project}
    where = limit | ({"_id": ObjectId(key)} if is_id else {"name": {"$in": _forms(key)}})
    lookup = {
        "from": VERSIONS,
        "localField": "_id",
        "foreignField": "agent_id",
        "pipeline": [{"$match": {"version": {"$in": list(versions)}}}],
        "as": "found",
    }
    pipeline: list[Clause] = [{"$match": where}, {"$lookup": lookup}]
    hint = BY_ID if is_id else AGENTS_BY_NAME
    found: Iterable[Any] = committed(AGENTS).aggregate(pipeline, hint=hint)
    agents: list[AgentWithVersions] = list(sound(found, AgentDocument))
    for agent in agents:
        agent["found"] = list(sound(agent["found"], VersionDocument))
    return agents


def _forms(name: str) -> list[str]:
    return list(dict.fromkeys((name, folded(name))))
