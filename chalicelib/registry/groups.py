"""What groups of runs are called that follow from their version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bson import ObjectId

from chalicelib.database import Document
from chalicelib.registry.agents import find_agents_by_id
from chalicelib.registry.versions import find_versions_by_id

GroupName = tuple[tuple[str, Any], ...]


def name_groups(by: str, version_ids: Iterable[ObjectId]) -> dict[ObjectId, GroupName]:
    """The group of each version, as ((field, value), …) of the answer.

    Without those that were deleted just now.
    """
    versions = find_versions_by_id(version_ids)
    agents = find_agents_by_id({version["agent_id"] for version in versions.values()})
    return {
        version_id: _name(by, version, agents[version["agent_id"]])
        for version_id, version in versions.items()
        if version["agent_id"] in agents
    }


def _name(by: str, version: Document, agent: Document) -> GroupName:
    if by == "version":
        return (
            ("agent", agent["name"]),
            ("version", version["version"]),
            ("version_id", str(version["_id"])),
        )
    if by == "agent":
        return (("agent", agent["name"]), ("agent_id", str(agent["_id"])))
    return ((by, agent["project"] if by == "project" else version["cluster"]),)
