"""What groups of runs are called that follow from their version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bson import ObjectId

from chalicelib.database.documents import AgentDocument, VersionDocument
from chalicelib.registry.versions import find_versions_with_agents

GroupName = tuple[tuple[str, Any], ...]


def name_groups(by: str, version_ids: Iterable[ObjectId]) -> dict[ObjectId, GroupName]:
    """The group of each version, as ((field, value), …) of the answer."""
    versions = find_versions_with_agents({"_id": {"$in": list(version_ids)}})
    return {version["_id"]: _name(by, version, version["agent"]) for version in versions}


def _name(by: str, version: VersionDocument, agent: AgentDocument) -> GroupName:
    if by == "version":
        return (
            ("agent", agent["name"]),
            ("version", version["version"]),
            ("version_id", str(version["_id"])),
        )
    if by == "agent":
        return (("agent", agent["name"]), ("agent_id", str(agent["_id"])))
    return ((by, agent["project"] if by == "project" else version["cluster"]),)
