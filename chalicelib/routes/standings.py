"""Who stands where: agents and versions with their numbers, sorted and searched by the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chalice.app import Blueprint

from chalicelib import registry
from chalicelib.answers import (
    AgentStanding,
    Question,
    VersionStanding,
    active_version,
    arrange,
    rank_agents,
    rank_versions,
    search,
)
from chalicelib.database.documents import AgentDocument
from chalicelib.errors import AgentNotFound, CombinationNotSupported
from chalicelib.http import Call, Reply, endpoint, next_page, position_in, present_version
from chalicelib.registry import agent_subject, find_agent, fleet_subject
from chalicelib.values.instants import format_instant
from chalicelib.wire.cursors import read_integer
from chalicelib.wire.parameters import DEFAULT_STANDINGS, MAX_STANDINGS
from chalicelib.wire.queries import AgentStandingsQuery, VersionStandingsQuery
from chalicelib.wire.standing_models import AgentStandings, VersionStandings

standings = Blueprint(__name__)
# More than a fleet has; what lists them needs a number.
_ALL = 1_000_000


@endpoint(
    standings,
    "GET",
    "/api/v1/standings",
    scope="read",
    is_question=True,
    query=AgentStandingsQuery,
    answers={200: AgentStandings},
    raises=(CombinationNotSupported,),
)
def get_agent_standings(call: Call) -> Reply:
    """The agents with the numbers of their runs, a page at a time, in any order."""
    asked = call.query.get("project")
    project = asked if call.project is None else call.project
    is_foreign = asked not in (None, project)
    agents = [] if is_foreign else _agents(project)
    ranked = rank_agents(fleet_subject(project), agents, Question.from_query(call.query))
    counts = {
        "registered": len(ranked),
        "active": sum(standing.block.runs > 0 for standing in ranked),
        "projects": sorted({agent["project"] for agent in _agents(call.project)}),
    }
    return _page(call, ranked, "-runs", _present_agent, counts)


@endpoint(
    standings,
    "GET",
    "/api/v1/agents/{agent}/standings",
    scope="read",
    is_question=True,
    query=VersionStandingsQuery,
    answers={200: VersionStandings},
    raises=(AgentNotFound, CombinationNotSupported),
)
def get_version_standings(call: Call, agent: str) -> Reply:
    """An agent's versions with the numbers of their runs, a page at a time, in any order."""
    owner = find_agent(agent, project=call.project)
    versions = list(registry.list_versions(owner, position=None, limit=_ALL))
    ranked = rank_versions(agent_subject(owner), versions, Question.from_query(call.query))
    counts = {
        "registered": len(ranked),
        "ran": sum(standing.block.runs > 0 for standing in ranked),
        "active_version": active_version(ranked),
    }
    return _page(call, ranked, "-last_run", _present_version, counts, agent=owner["_id"])


def _agents(project: str | None) -> list[AgentDocument]:
    return list(registry.list_agents(project=project, name_prefix=None, after=None, limit=_ALL))


def _page(
    call: Call,
    ranked: Sequence[Any],
    order: str,
    present: Callable[[Any], dict[str, Any]],
    counts: dict[str, Any],
    **bound: Any,
) -> Reply:
    """The page behind the cursor, in the order that was asked for."""
    position = position_in(call, read_integer, **bound)
    first = max(0, position[0]) if position else 0
    limit = min(int(call.query.get("limit", DEFAULT_STANDINGS)), MAX_STANDINGS)
    matching = search(ranked, call.query.get("q", ""))
    arranged = arrange(matching, call.query.get("order", order))
    end = first + limit
    start_at, end_at = call.query.get("start"), call.query.get("end")
    body = {
        "from": None if start_at is None else format_instant(start_at),
        "to": None if end_at is None else format_instant(end_at),
        **counts,
        "matching": len(matching),
        "standings": [present(standing) for standing in arranged[first:end]],
    }
    return Reply(body, headers=next_page(call, [end], **bound) if end < len(arranged) else {})


def _present_agent(standing: AgentStanding) -> dict[str, Any]:
    return {
        "agent": standing.name,
        "agent_id": str(standing.agent["_id"]),
        "project": standing.agent["project"],
        "active_version": standing.active,
        "versions": standing.versions,
        **standing.block.to_json(),
    }


def _present_version(standing: VersionStanding) -> dict[str, Any]:
    known = present_version(standing.version)
    names = ("version", "cluster", "tools", "models", "deployment", "created_at")
    return {
        "version_id": known["id"],
        **{name: known[name] for name in names},
        "began": None if standing.began is None else format_instant(standing.began),
        "previous": standing.previous,
        **standing.block.to_json(),
    }
