"""A request for every route of the API, and the small fleet that they ask about."""

from __future__ import annotations

from itertools import count
from typing import Any, NamedTuple

from benchmarks.marks import let_marks_age
from benchmarks.reports import draw_reports, to_batch, to_json
from benchmarks.service import Service
from chalicelib.http import ENDPOINTS
from chalicelib.rollups import count_marked

DATABASE = "bench_requests"
STORED_RUNS = 2_000
STORED_DAYS = 7
# One agent is asked about and gets single runs, the other one gets batches: with all of them in
# one version, each of its metrics would count the batches of the last minutes run by run.
_AGENT = "/api/v1/agents/asked"
_FED = "/api/v1/agents/fed/versions/1/runs"
_VERSIONS = ("1", "2")
_RUNS = f"{_AGENT}/versions/1/runs"
_RUN = "/api/v1/agents/{agent}/versions/{version}/runs/{run}"
_COMPARED = "base=1&candidate=2"
_PATIENCE_S = 600
_seeds = count(1)


class Kind(NamedTuple):
    """A kind of request; `share` of a thousand mixed requests are of it.

    `runs` new runs are in its body, or else `body` is.
    """

    name: str
    method: str
    path: str
    share: int
    runs: int = 0
    body: str | None = None

    @property
    def is_batch(self) -> bool:
        return self.runs > 1


KINDS = [
    Kind("up", "GET", "/health", 10),
    Kind("ready", "GET", "/ready", 10),
    Kind("agents", "GET", "/api/v1/agents", 30),
    Kind("one agent", "GET", _AGENT, 60),
    Kind("agent, repeated", "POST", f"{_AGENT}/register", 20, body='{"project": "benchmark"}'),
    Kind("versions", "GET", f"{_AGENT}/versions", 30),
    Kind("one version", "GET", f"{_AGENT}/versions/1", 80),
    Kind("version, repeated", "POST", f"{_AGENT}/versions", 20, body='{"version": "1"}'),
    Kind("version's runs, 100", "GET", f"{_RUNS}?limit=100", 60),
    Kind("agent's runs, 100", "GET", f"{_AGENT}/runs?limit=100", 60),
    Kind("agent's runs, 1,000", "GET", f"{_AGENT}/runs", 20),
    Kind("one run", "GET", f"{_RUNS}/1", 50),
    Kind("fleet's metrics", "GET", "/api/v1/metrics", 10),
    Kind("agent's metrics by day", "GET", f"{_AGENT}/metrics?interval=day", 20),
    Kind("version's metrics", "GET", f"{_AGENT}/versions/1/metrics", 20),
    Kind("versions compared", "GET", f"{_AGENT}/compare?{_COMPARED}", 10),
    Kind("gate", "GET", f"{_AGENT}/gate?{_COMPARED}", 10),
    Kind("tiles", "GET", "/api/v1/ui/stats", 5),
    Kind("newest runs", "GET", "/api/v1/ui/recent_activity", 5),
    Kind("table of versions", "GET", "/api/v1/ui/agent_versions", 5),
    Kind("Prometheus scrape", "GET", "/metrics/prometheus", 5),
    Kind("API document", "GET", "/openapi.json", 5),
    Kind("who asks", "GET", "/api/v1/whoami", 5),
    Kind("tokens", "GET", "/api/v1/tokens", 2),
    Kind("record of changes", "GET", "/api/v1/audit", 2),
    Kind("prices", "GET", "/api/v1/prices", 2),
    Kind("prices, repeated", "PATCH", "/api/v1/prices", 1, body='{"models": {}}'),
    Kind("telemetry", "GET", "/api/v1/telemetry", 2),
    Kind("runs of a trace", "GET", "/api/v1/traces/none/runs", 2),
    Kind("watches", "GET", "/api/v1/watches", 2),
    Kind("firings", "GET", "/api/v1/watch-firings", 2),
    Kind("what changed", "GET", "/api/v1/changes", 2),
    Kind("agents' standings", "GET", "/api/v1/standings", 2),
    Kind("versions' standings", "GET", f"{_AGENT}/standings", 2),
    Kind("failures", "GET", f"{_AGENT}/failures", 2),
    Kind("tasks compared", "GET", f"{_AGENT}/compare/tasks?{_COMPARED}", 2),
    Kind("fleet's spend", "GET", "/api/v1/spend", 2),
    Kind("agent's spend", "GET", f"{_AGENT}/spend", 2),
    Kind("corrected run", "PATCH", f"{_RUNS}/1", 5, body='{"score": 0.5}'),
    Kind("one new run", "POST", _RUNS, 376, runs=1),
    Kind("100 new runs", "POST", _FED, 40, runs=100),
    Kind("1,000 new runs", "POST", _FED, 5, runs=1_000),
]


_UNASKED = {
    ("GET", f"{_RUN}/calls"),
    ("PATCH", "/api/v1/agents/{agent}"),
    ("PATCH", "/api/v1/agents/{agent}/versions/{version}"),
    ("PATCH", "/api/v1/agents/{agent}/versions/{version}/runs"),
    ("POST", "/api/v1/watches"),
    ("POST", "/api/v1/watch-trials"),
}


def prepare(uri: str) -> Service:
    """The service on an agent with two versions, STORED_RUNS runs each, rolled up, and one more."""
    service = Service(uri, DATABASE, empty=True)
    _check_routes(service)
    service.add_version("fed")
    for version in _VERSIONS:
        path = service.add_version("asked", version)
        reports = draw_reports(STORED_RUNS, seed=0, hours=STORED_DAYS * 24)
        reports[0]["id"] = 1
        service.call(service.event("POST", path, to_batch(reports)), 201)
    let_marks_age()
    count_marked(_PATIENCE_S)
    return service


def event_of(service: Service, kind: Kind) -> dict[str, Any]:
    body = kind.body
    if kind.runs:
        reports = draw_reports(kind.runs, next(_seeds))
        body = to_batch(reports) if kind.is_batch else to_json(reports[0])
    return service.event(kind.method, kind.path, body)


def status_of(kind: Kind) -> int:
    return 201 if kind.runs else 200


def _check_routes(service: Service) -> None:
    """What no kind asks for has to need something new each time, or the telemetry of a run."""
    asked = {service.route_of(kind.method, kind.path) for kind in KINDS}
    routes = {(e.method, e.path) for e in ENDPOINTS if e.documented and e.method != "DELETE"}
    missing = {
        (method, path)
        for method, path in routes - asked
        if "{watch}" not in path and (method, path) not in _UNASKED
    }
    assert not missing, f"add a kind of request for {missing}"
