"""What a watch is of: the fleet, a project, an agent or a version; and what of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.errors import (
    AgentNotFound,
    InvalidWatch,
    ProjectForbidden,
    VersionNotFound,
)
from chalicelib.registry import find_agent, find_version

# What no history tells: it asks what was in progress, or which errors were new, at a time gone by.
NOT_TRIED = ("stale", "new_error")


class Target(NamedTuple):
    """As a watch stores it: `owner` is the project that may see it, None for the whole fleet."""

    project: str | None
    owner: str | None
    agent_id: ObjectId | None
    version: str | None


def find_target(asked: Mapping[str, Any], *, project: str | None) -> Target:
    """What is asked to be watched; `project` limits the caller.

    Raises ProjectForbidden for another project than the caller's, InvalidWatch otherwise.
    """
    named, agent, version = (asked.get(name) for name in ("project", "agent", "version"))
    if project is not None and named not in (None, project):
        raise ProjectForbidden(f"this token is bound to the project '{project}'")
    if agent is None:
        if version is not None:
            raise _invalid("version", "belongs to an agent: name that too")
        owner = named or project
        return Target(owner, owner, None, None)
    try:
        found = find_agent(agent, project=project)
        if version is not None:
            find_version(found, version)
    except AgentNotFound:
        raise _invalid("agent", "no agent has this name: register it first") from None
    except VersionNotFound:
        raise _invalid("version", "the agent has no such version: add it first") from None
    if named not in (None, found["project"]):
        raise _invalid("project", f"the agent belongs to '{found['project']}': leave it out")
    return Target(named, found["project"], found["_id"], version)


def check_condition(condition: Mapping[str, Any], target: Target) -> None:
    """Raises InvalidWatch for a condition that could never be evaluated on the target."""
    kind, base = condition["type"], condition.get("base")
    needs_agent = kind == "new_error" or base == "previous_version"
    if needs_agent and target.agent_id is None:
        what = "a condition on new errors" if kind == "new_error" else "the previous version"
        raise _invalid("agent", f"{what} is of one agent: name it")
    if base == "previous_version" and "window" in condition:
        raise _invalid("condition.window", "is for the base 'window': leave it out")


def _invalid(path: str, message: str) -> InvalidWatch:
    return InvalidWatch(f"{path}: {message}", errors=[{"path": path, "message": message}])
