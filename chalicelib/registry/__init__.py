"""Agents and their versions: registered once, and found again."""

from chalicelib.registry.agents import (
    find_agent,
    find_agents_by_id,
    list_agents,
    looks_like_id,
    register_agent,
)
from chalicelib.registry.groups import name_groups
from chalicelib.registry.scopes import Scope, agent_scope, agents_scope, fleet_scope, version_scope
from chalicelib.registry.versions import (
    add_version,
    find_version,
    find_versions_by_id,
    find_versions_with_agents,
    fleet_version_ids,
    list_versions,
    version_names,
)

__all__ = [
    "Scope",
    "add_version",
    "agent_scope",
    "agents_scope",
    "find_agent",
    "find_agents_by_id",
    "find_version",
    "find_versions_by_id",
    "find_versions_with_agents",
    "fleet_scope",
    "fleet_version_ids",
    "list_agents",
    "list_versions",
    "looks_like_id",
    "name_groups",
    "register_agent",
    "version_names",
    "version_scope",
]
