"""What changed: agents that got worse, better, dearer or cheaper by more than chance."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalice.app import Blueprint

from chalicelib import registry
from chalicelib.answers import Change, Question, find_changes
from chalicelib.database.documents import AgentDocument
from chalicelib.errors import CombinationNotSupported, InvalidQuery
from chalicelib.http import Call, Reply, endpoint
from chalicelib.metrics.discoveries import RATE
from chalicelib.registry import fleet_subject
from chalicelib.values.instants import EPOCH, format_instant, now
from chalicelib.wire.insight_models import FleetChanges
from chalicelib.wire.parameters import DEFAULT_GROUPS, MAX_GROUPS
from chalicelib.wire.queries import ChangesQuery

changes = Blueprint(__name__)
WEEK = timedelta(days=7)
_ALL = 1_000_000


@endpoint(
    changes,
    "GET",
    "/api/v1/changes",
    scope="read",
    is_question=True,
    query=ChangesQuery,
    answers={200: FleetChanges},
    raises=(CombinationNotSupported,),
)
def list_changes(call: Call) -> Reply:
    """The agents that changed by more than chance since the version or the time before."""
    start, end = _range(call)
    # As long as the range, where there can be runs at all.
    before = start - min(end - start, max(start - EPOCH, timedelta(0)))
    asked = call.query.get("project")
    project = asked if call.project is None else call.project
    agents: list[AgentDocument] = []
    if asked in (None, project):
        agents = list(
            registry.list_agents(project=project, name_prefix=None, after=None, limit=_ALL)
        )
    question = Question.from_query(call.query)._replace(start=start, end=end)
    against = call.query.get("against", "version")
    found = find_changes(
        fleet_subject(project),
        agents,
        question,
        question._replace(start=before, end=start),
        against,
    )
    limit = min(int(call.query.get("limit", DEFAULT_GROUPS)), MAX_GROUPS)
    body = {
        "from": format_instant(start),
        "to": format_instant(end),
        "before": {"from": format_instant(before), "to": format_instant(start)},
        "against": against,
        "compared": found.compared,
        "insufficient": found.insufficient,
        "false_discovery_rate": RATE,
        "changed": len(found.found),
        "changes": [_present(change) for change in found.found[:limit]],
    }
    return Reply(body)


def _range(call: Call) -> tuple[datetime, datetime]:
    end = call.query.get("end") or now()
    start = call.query.get("start") or max(EPOCH, end - WEEK)
    if start >= end:
        raise InvalidQuery("'from' must be before 'to'")
    return start, end


def _present(change: Change) -> dict[str, Any]:
    pair = change.pair
    return {
        "agent": change.agent["name"],
        "agent_id": str(change.agent["_id"]),
        "project": change.agent["project"],
        "base_version": pair.base_version,
        "candidate_version": pair.candidate_version,
        "size": change.size,
        "extra_cost": change.extra_cost,
        "verdicts": {verdict.metric: verdict.to_json() for verdict in change.verdicts},
    }
