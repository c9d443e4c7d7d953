"""Metrics of the fleet, an agent or a version; two versions compared; the gate for deploys."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.answers import Question, blocks_by_version, summarise
from chalicelib.errors import AgentNotFound, CombinationNotSupported, InvalidQuery, VersionNotFound
from chalicelib.http import Call, Reply, endpoint
from chalicelib.metrics.block import Block
from chalicelib.registry import (
    agent_subject,
    agents_subject,
    find_agent,
    find_versions,
    fleet_subject,
    version_subject,
)
from chalicelib.wire.metric_models import (
    Comparison,
    GateResult,
    Metrics,
)
from chalicelib.wire.queries import CompareQuery, FleetMetricsQuery, GateQuery, MetricsQuery

metrics = Blueprint(__name__)
_LIMITS = ("max_success_rate_drop", "max_p95_increase", "max_mean_cost_increase", "min_runs")


@endpoint(
    metrics,
    "GET",
    "/api/v1/metrics",
    scope="read",
    is_question=True,
    query=FleetMetricsQuery,
    answers={200: Metrics},
    raises=(CombinationNotSupported,),
)
def get_fleet_metrics(call: Call) -> Reply:
    """The metrics of every agent that the caller may see."""
    asked = call.query.get("project", call.project)
    is_foreign = call.project not in (None, asked)
    subject = agents_subject([]) if is_foreign else fleet_subject(asked)
    return Reply(summarise(subject, Question.from_query(call.query)))


@endpoint(
    metrics,
    "GET",
    "/api/v1/agents/{agent}/metrics",
    scope="read",
    is_question=True,
    query=MetricsQuery,
    answers={200: Metrics},
    raises=(AgentNotFound, CombinationNotSupported),
)
def get_agent_metrics(call: Call, agent: str) -> Reply:
    """The metrics of an agent, over all its versions."""
    found = find_agent(agent, project=call.project)
    return Reply(summarise(agent_subject(found), Question.from_query(call.query)))


@endpoint(
    metrics,
    "GET",
    "/api/v1/agents/{agent}/versions/{version}/metrics",
    scope="read",
    is_question=True,
    query=MetricsQuery,
    answers={200: Metrics},
    raises=(AgentNotFound, VersionNotFound, CombinationNotSupported),
)
def get_version_metrics(call: Call, agent: str, version: str) -> Reply:
    """The metrics of one version."""
    (found,) = find_versions(agent, [version], project=call.project)
    return Reply(summarise(version_subject(found["_id"]), Question.from_query(call.query)))


@endpoint(
    metrics,
    "GET",
    "/api/v1/agents/{agent}/compare",
    scope="read",
    is_question=True,
    query=CompareQuery,
    answers={200: Comparison},
    raises=(AgentNotFound, VersionNotFound, CombinationNotSupported),
)
def compare_versions(call: Call, agent: str) -> Reply:
    """Compare two versions, and say in verdicts whether the candidate is the better one."""
    # The statistics are asked for rarely: no cold start has to wait for them.
    from chalicelib.metrics.comparison import compare_blocks  # noqa: PLC0415

    base, candidate = _both_blocks(call, agent)
    compared = compare_blocks(base, candidate, ignore_stale=_ignores_stale(call))
    return Reply(_versions(call) | compared)


@endpoint(
    metrics,
    "GET",
    "/api/v1/agents/{agent}/gate",
    scope="read",
    is_question=True,
    query=GateQuery,
    answers={200: GateResult},
    raises=(AgentNotFound, VersionNotFound, CombinationNotSupported),
)
def check_gate(call: Call, agent: str) -> Reply:
    """May the candidate be deployed? `pass` is true when it is no worse than the limits allow.

    With `decide=evidence`, the default, a check fails when the observed change is beyond its limit
    and significant; with `proof` it passes only when its interval is within; `observed` judges
    what was measured, chance or not.
    """
    from chalicelib.metrics.gate import evaluate_gate  # noqa: PLC0415 - see compare
    from chalicelib.metrics.gate_readings import Limits  # noqa: PLC0415

    limits = Limits(**{name: call.query[name] for name in _LIMITS if name in call.query})
    base, candidate = _both_blocks(call, agent)
    decide = call.query.get("decide", "evidence")
    judged = evaluate_gate(
        base, candidate, limits, decide=decide, ignore_stale=_ignores_stale(call)
    )
    return Reply(_versions(call) | judged)


def _ignores_stale(call: Call) -> bool:
    return bool(call.query.get("stale") == "ignore")


def _both_blocks(call: Call, agent: str) -> tuple[Block, Block]:
    if call.query["base"] == call.query["candidate"]:
        raise InvalidQuery("'base' and 'candidate' are the same version: name two")
    question = Question.from_query(call.query)._replace(cost_histogram=True)
    names = [call.query[name] for name in ("base", "candidate")]
    found = find_versions(agent, names, project=call.project)
    base, candidate = (version["_id"] for version in found)
    blocks = blocks_by_version(version_subject(base, candidate), question)
    return blocks.get(base, Block()), blocks.get(candidate, Block())


def _versions(call: Call) -> dict[str, str]:
    return {"base_version": call.query["base"], "candidate_version": call.query["candidate"]}
