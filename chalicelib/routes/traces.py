"""Traces: what belongs together though several agents did it."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.http import Call, Reply, endpoint, present_run
from chalicelib.registry import find_agents_by_id, fleet_subject, version_names
from chalicelib.runs import runs_of_trace
from chalicelib.wire.reply_models import TraceRuns

traces = Blueprint(__name__)
MOST_RUNS = 1000


@endpoint(
    traces,
    "GET",
    "/api/v1/traces/{trace}/runs",
    scope="read",
    answers={200: TraceRuns},
)
def list_trace_runs(call: Call, trace: str) -> Reply:
    """The runs of a trace across agents, the oldest first; none for one that nobody named."""
    found = runs_of_trace(trace, fleet_subject(call.project), MOST_RUNS + 1)
    agents = find_agents_by_id({run["agent_id"] for run in found})
    versions = version_names({run["_id"]["v"] for run in found})
    runs = [
        present_run(run, agents[run["agent_id"]]["name"], versions[run["_id"]["v"]])
        for run in found[:MOST_RUNS]
        # One that has just been deleted has no name any more.
        if run["agent_id"] in agents and run["_id"]["v"] in versions
    ]
    return Reply({"trace_id": trace, "runs": runs, "truncated": len(found) > MOST_RUNS})
