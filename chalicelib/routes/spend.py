"""What is spent in the present day, week or month, what it will be, and the budgets for it."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from chalice.app import Blueprint

from chalicelib import watches as room
from chalicelib.answers import Question, read_spend
from chalicelib.errors import AgentNotFound, CombinationNotSupported
from chalicelib.http import Call, Reply, endpoint
from chalicelib.metrics.spend_plan import plan_spend
from chalicelib.registry import Subject, agent_subject, agents_subject, find_agent, fleet_subject
from chalicelib.values.instants import now
from chalicelib.wire.spend_models import FleetSpendQuery, Spend, SpendQuery

spend = Blueprint(__name__)
# As many as there may be of all watches.
_ALL = 10_000


@endpoint(
    spend,
    "GET",
    "/api/v1/spend",
    scope="read",
    query=FleetSpendQuery,
    answers={200: Spend},
    raises=(CombinationNotSupported,),
)
def get_fleet_spend(call: Call) -> Reply:
    """What the fleet has spent in the present period, its forecast, and all budgets."""
    asked = call.query.get("project", call.project)
    if call.project not in (None, asked):
        return _answer(call, agents_subject([]), [])
    return _answer(call, fleet_subject(asked), _budgets(asked, {}))


@endpoint(
    spend,
    "GET",
    "/api/v1/agents/{agent}/spend",
    scope="read",
    query=SpendQuery,
    answers={200: Spend},
    raises=(AgentNotFound, CombinationNotSupported),
)
def get_agent_spend(call: Call, agent: str) -> Reply:
    """What an agent has spent in the present period, its forecast, and its budgets."""
    found = find_agent(agent, project=call.project)
    budgets = _budgets(call.project, {"agent_id": found["_id"]})
    return _answer(call, agent_subject(found), budgets)


def _answer(call: Call, subject: Subject, budgets: list[dict[str, Any]]) -> Reply:
    period = call.query.get("period", "month")
    plan = plan_spend(period, call.query.get("tz", UTC), now())
    found = read_spend(subject, Question.from_query(call.query), plan)
    return Reply({"period": period, **found, "budgets": budgets})


def _budgets(owner: str | None, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """The watches of type budget of a project, or of all."""
    wanted = {**filters, "condition.type": "budget"}
    found = list(room.list_watches(owner=owner, filters=wanted, after=None, limit=_ALL))
    agents = room.agents_of(found)
    return [room.present_watch(watch, agents) for watch in found]
