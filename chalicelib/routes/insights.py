"""Why: which tasks flipped between two versions, and what failed runs have in common."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib.errors import AgentNotFound, InvalidQuery, VersionNotFound
from chalicelib.http import Call, Reply, endpoint
from chalicelib.metrics.paired import compare_tasks, find_flips
from chalicelib.registry import find_agent, find_version, find_versions, version_names
from chalicelib.runs import FailureGroup, group_failures, tally_tasks
from chalicelib.values.instants import format_instant
from chalicelib.wire.insight_models import FailureGroups, TaskComparison
from chalicelib.wire.parameters import DEFAULT_GROUPS, MAX_GROUPS
from chalicelib.wire.queries import FailuresQuery, TasksQuery

insights = Blueprint(__name__)
MOST_FLIPS = 1000


@endpoint(
    insights,
    "GET",
    "/api/v1/agents/{agent}/compare/tasks",
    scope="read",
    is_question=True,
    query=TasksQuery,
    answers={200: TaskComparison},
    raises=(AgentNotFound, VersionNotFound),
)
def compare_version_tasks(call: Call, agent: str) -> Reply:
    """Compare two versions task by task: which flipped, and whether by chance."""
    names = {name: call.query[name] for name in ("base", "candidate")}
    if names["base"] == names["candidate"]:
        raise InvalidQuery("'base' and 'candidate' are the same version: name two")
    found = find_versions(agent, list(names.values()), project=call.project)
    base, candidate = (tally_tasks(version, call.query) for version in found)
    flips = list(find_flips(base, candidate))
    body = {f"{name}_version": version for name, version in names.items()}
    flipped = [
        {
            "task_id": flip.task_id,
            "change": flip.change,
            "base": flip.base._asdict(),
            "candidate": flip.candidate._asdict(),
        }
        for flip in flips[:MOST_FLIPS]
    ]
    compared = compare_tasks(base, candidate)
    return Reply(body | compared | {"flipped": flipped, "truncated": len(flips) > MOST_FLIPS})


@endpoint(
    insights,
    "GET",
    "/api/v1/agents/{agent}/failures",
    scope="read",
    is_question=True,
    query=FailuresQuery,
    answers={200: FailureGroups},
    raises=(AgentNotFound, VersionNotFound),
)
def list_failures(call: Call, agent: str) -> Reply:
    """An agent's failed runs grouped by their error, with numbers and ids masked."""
    owner = find_agent(agent, project=call.project)
    version = call.query.get("version")
    target = None if version is None else find_version(owner, version)
    found = group_failures(owner, target, call.query)
    limit = min(int(call.query.get("limit", DEFAULT_GROUPS)), MAX_GROUPS)
    names = version_names({run for _, group in found.groups[:limit] for run in group.versions})
    body = {
        "runs": found.runs,
        "is_complete": found.is_complete,
        "groups": [_present(key, group, names) for key, group in found.groups[:limit]],
        "others": sum(group.count for _, group in found.groups[limit:]),
    }
    return Reply(body)


def _present(
    key: tuple[str | None, str | None], group: FailureGroup, names: dict[Any, str]
) -> dict[str, Any]:
    newest = group.newest
    return {
        "pattern": key[0],
        "status": key[1],
        "count": group.count,
        "first_seen": format_instant(group.oldest["created"]),
        "last_seen": format_instant(newest["created"]),
        "versions": [names[version_id] for version_id in group.versions],
        "example": {
            "id": newest["_id"]["id"],
            "version": names[newest["_id"]["v"]],
            "created": format_instant(newest["created"]),
            "error": newest.get("error"),
        },
    }
