"""A request for every route, made from the route table: what the walk over it sends.

A route that this cannot make a request for fails the walk, and says what to add here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from chalicelib.http import Endpoint
from chalicelib.wire.models import (
    AgentChange,
    AgentRegistration,
    RunBatch,
    RunCorrection,
    RunCorrections,
    RunReport,
    VersionChange,
    VersionRegistration,
    adapter,
)
from chalicelib.wire.telemetry_models import ExportRequest, PriceChanges
from chalicelib.wire.watch_models import WatchChange, WatchRequest, WatchTrial
from tests.lambda_client import Answer, LambdaClient, segment

# Nothing else in an answer looks like these.
AGENT, PROJECT, COST, RUN = "walked-agent-7f3a", "walked-project-7f3a", 7357.25, 735_725_001
BASE, CANDIDATE = "1.0-walked", "2.0-walked"

TRACE = "walked-trace-7f3a"
RUN_REPORT = {
    "id": RUN,
    "status": "completed",
    "time_taken": 7357,
    "cost": COST,
    "trace_id": TRACE,
}
WATCH = {
    "name": "walked",
    "agent": AGENT,
    "condition": {"type": "budget", "amount": 1, "period": "day"},
    # Nobody is there, which is an answer too.
    "notify": {"type": "webhook", "url": "http://127.0.0.1:9/"},
}
BODIES: list[tuple[Any, dict[str, Any]]] = [
    (AgentRegistration, {"project": PROJECT}),
    (VersionRegistration, {"version": BASE}),
    (RunReport | RunBatch, RUN_REPORT),
    (AgentChange, {"archived": False}),
    (VersionChange, {"deployment": "walked"}),
    (RunCorrection, {"cost": COST}),
    (RunCorrections, {"runs": [{"id": RUN, "cost": COST}]}),
    (WatchRequest, WATCH),
    (WatchChange, {"name": "walked on"}),
    (WatchTrial, {"agent": AGENT, "condition": WATCH["condition"]}),
    (ExportRequest, {"resourceSpans": []}),
    (PriceChanges, {"models": {"walked-model": {"input": 1, "output": 2}}}),
]
PATH_VALUES = {
    "version": BASE,
    "run": str(RUN),
    "watch": "0" * 24,
    "trace": TRACE,
    "release": "any-release",
    "file": "any-file",
}
QUERIES = {"base": BASE, "candidate": CANDIDATE}


@dataclass(frozen=True)
class RouteRequest:
    method: str
    path: str
    body: dict[str, Any] | None

    def send(self, client: LambdaClient) -> Answer:
        return client.request(self.method, self.path, body=self.body)


def request_for(route: Endpoint, agent: str = AGENT, **query: str) -> RouteRequest:
    """A valid request for the route that touches `agent`."""
    query = {name: QUERIES[name] for name in _required_query(route)} | query
    path = _fill(route.path, PATH_VALUES | {"agent": agent})
    return RouteRequest(
        route.method, f"{path}?{urlencode(query)}" if query else path, _body_of(route)
    )


def choices_of(route: Endpoint) -> list[dict[str, str]]:
    """A query for each word that the route knows for a parameter, and for asking by project."""
    known: dict[str, dict[str, Any]] = _schema(route).get("properties", {})
    choices = [{name: word} for name, part in known.items() for word in part.get("enum", ())]
    return choices + ([{"project": PROJECT}] if "project" in known else [])


def _required_query(route: Endpoint) -> list[str]:
    required: list[str] = _schema(route).get("required", [])
    unknown = set(required) - QUERIES.keys()
    assert not unknown, f"{route.path} needs {unknown}: add a value to QUERIES"
    return required


def _schema(route: Endpoint) -> dict[str, Any]:
    return adapter(route.query).json_schema()


def _fill(template: str, values: dict[str, str]) -> str:
    names = set(re.findall(r"\{(\w+)\}", template))
    unknown = names - values.keys()
    assert not unknown, f"{template} has {unknown} in its path: add a value to PATH_VALUES"
    for name in names:
        template = template.replace(f"{{{name}}}", segment(values[name]))
    return template


def _body_of(route: Endpoint) -> dict[str, Any] | None:
    shape = route.documents_body if route.body is None else route.body
    if shape is None:
        return None
    for known, body in BODIES:
        if known == shape:
            return body
    raise AssertionError(f"{route.method} {route.path} takes {shape}: add one to BODIES")
