"""Agents and their versions: registered once, and found again."""

from chalicelib.registry.agents import (
    change_agent,
    delete_agent,
    find_agent,
    find_agents_by_id,
    list_agents,
    looks_like_id,
    register_agent,
)
from chalicelib.registry.deletions import Deletion, close_deletion, deleted_versions, list_deletions
from chalicelib.registry.groups import name_groups
from chalicelib.registry.joint import find_versions
from chalicelib.registry.subjects import (
    Subject,
    agent_subject,
    agents_subject,
    fleet_subject,
    version_subject,
)
from chalicelib.registry.versions import (
    VersionWithAgent,
    add_version,
    agents_of_versions,
    change_version,
    delete_version,
    find_version,
    find_versions_by_id,
    find_versions_with_agents,
    fleet_version_ids,
    list_versions,
    version_names,
)

__all__ = [
    "Deletion",
    "Subject",
    "VersionWithAgent",
    "add_version",
    "agent_subject",
    "agents_of_versions",
    "agents_subject",
    "change_agent",
    "change_version",
    "close_deletion",
    "delete_agent",
    "delete_version",
    "deleted_versions",
    "find_agent",
    "find_agents_by_id",
    "find_version",
    "find_versions",
    "find_versions_by_id",
    "find_versions_with_agents",
    "fleet_subject",
    "fleet_version_ids",
    "list_agents",
    "list_deletions",
    "list_versions",
    "looks_like_id",
    "name_groups",
    "register_agent",
    "version_names",
    "version_subject",
]
