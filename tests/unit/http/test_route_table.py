"""The route table: what a real API Gateway needs of it, and what the contract promises."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict

import pytest

from app import app
from chalicelib.errors import Problem
from chalicelib.http import ENDPOINTS, Endpoint

AGENTS = "/api/v1/agents"
AGENT = AGENTS + "/{agent}"
VERSION = AGENT + "/versions/{version}"

CONTRACT = [
    ("GET", AGENTS),
    ("GET", AGENT),
    ("POST", AGENT + "/register"),
    ("POST", AGENT + "/versions"),
    ("GET", AGENT + "/versions"),
    ("GET", VERSION),
    ("POST", VERSION + "/runs"),
    ("GET", VERSION + "/runs"),
    ("GET", VERSION + "/runs/{run}"),
    ("GET", AGENT + "/runs"),
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/api/v1/metrics"),
    ("GET", AGENT + "/metrics"),
    ("GET", VERSION + "/metrics"),
    ("GET", AGENT + "/compare"),
    ("GET", AGENT + "/gate"),
    ("GET", "/api/v1/watches"),
    ("POST", "/api/v1/watches"),
    ("GET", "/api/v1/watches/{watch}"),
    ("PATCH", "/api/v1/watches/{watch}"),
    ("DELETE", "/api/v1/watches/{watch}"),
    ("GET", "/api/v1/watches/{watch}/events"),
    ("POST", "/api/v1/watches/{watch}/test"),
    *(("POST", f"{prefix}/v1/traces") for prefix in ("", "/api/v1/otlp")),
    *(("POST", f"{prefix}/v1/logs") for prefix in ("", "/api/v1/otlp")),
    *(("POST", f"{prefix}/v1/metrics") for prefix in ("", "/api/v1/otlp")),
    ("GET", "/api/v1/telemetry"),
    ("GET", "/api/v1/prices"),
    ("PATCH", "/api/v1/prices"),
    ("GET", "/api/v1/ui/stats"),
    ("GET", "/api/v1/ui/recent_activity"),
    ("GET", "/api/v1/ui/agent_versions"),
]
# What is posted to without anything to say.
BODILESS = {"/api/v1/watches/{watch}/test", "/api/v1/watches/{watch}/secret"}
endpoints = pytest.mark.parametrize("served", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")


def problems(kind: type[Problem] = Problem) -> list[type[Problem]]:
    return [kind, *(found for child in kind.__subclasses__() for found in problems(child))]


@pytest.mark.parametrize(("method", "path"), CONTRACT)
def test_every_route_of_the_contract_is_served(method: str, path: str) -> None:
    assert method in app.routes[path]


def test_chalice_serves_exactly_the_endpoints_their_heads_and_preflights() -> None:
    served = {(method, path) for path, methods in app.routes.items() for method in methods}
    expected = {(e.method, e.path) for e in ENDPOINTS}
    read = {("HEAD", path) for method, path in expected if method == "GET"}
    assert served == expected | read | {("OPTIONS", path) for _, path in expected}


def test_a_path_position_has_one_variable_name() -> None:
    """API Gateway refuses two, at deployment; the local server takes them."""
    names: dict[str, set[str]] = defaultdict(set)
    for path in app.routes:
        for match in re.finditer(r"\{([^}]*)\}", path):
            position = re.sub(r"\{[^}]*\}", "{}", path[: match.start()])
            names[position].add(match[1])
    assert names
    assert {position: found for position, found in names.items() if len(found) > 1} == {}


@endpoints
def test_a_view_takes_the_variables_of_its_path(served: Endpoint) -> None:
    parameters = list(inspect.signature(served.view).parameters)
    assert sorted(parameters[1:]) == sorted(re.findall(r"\{([^}]*)\}", served.path))


@endpoints
def test_an_endpoint_says_what_it_does_and_answers(served: Endpoint) -> None:
    summary = (inspect.getdoc(served.view) or "").partition("\n")[0]
    assert summary.endswith(".")
    assert served.answers
    assert min(served.answers) < 300


@endpoints
def test_only_health_is_public_and_only_writers_write(served: Endpoint) -> None:
    if served.path == "/api/v1/watch-trials":
        assert served.scope == "read"  # it has a body, and changes nothing
    elif served.method in ("POST", "PATCH", "DELETE"):
        assert served.scope in ("ingest", "admin")
    elif served.path in ("/api/v1/audit", "/api/v1/tokens"):
        assert served.scope == "admin"
    elif served.path in ("/health", "/ready"):
        assert served.scope == "public"
    else:
        assert served.scope in ("read", "public")
        assert served.scope == "read" or not served.path.startswith("/api/v1/agents")


@endpoints
def test_every_writing_route_says_which_body_it_takes(served: Endpoint) -> None:
    bodies = [body for body in (served.body, served.documents_body) if body is not None]
    takes_one = served.method in ("POST", "PATCH") and served.path not in BODILESS
    assert len(bodies) == takes_one


def test_any_content_type_reaches_the_view_whose_refusal_has_cors_headers() -> None:
    entries = [entry for methods in app.routes.values() for entry in methods.values()]
    assert {tuple(entry.content_types) for entry in entries} == {("*/*",)}
    assert not app.debug


def test_every_problem_has_a_code_of_its_own_in_snake_case() -> None:
    codes = defaultdict(set)
    for kind in problems():
        if kind.code != Problem.code:
            codes[kind.code].add(kind)
    assert {code: kinds for code, kinds in codes.items() if len(kinds) > 1} == {}
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("kind", problems(), ids=lambda kind: kind.__name__)
def test_a_problem_that_is_raised_has_a_status_and_a_title(kind: type[Problem]) -> None:
    assert 400 <= kind.status < 600
    assert kind.title
