"""Who reaches which route: a walk over the route table, so that a new route is never forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from chalice.app import Chalice

from app import app as the_app
from chalicelib.access.authentication import GRANTS
from chalicelib.http import ENDPOINTS, Endpoint
from tests.integration.route_requests import (
    AGENT,
    BASE,
    CANDIDATE,
    COST,
    PATH_VALUES,
    PROJECT,
    RUN,
    RUN_REPORT,
    WATCH,
    choices_of,
    request_for,
)
from tests.lambda_client import LambdaClient

# What anybody may ask for. Think twice before a route is added here.
PUBLIC_PATHS = re.compile(
    r"/|/health|/ready|/docs(/.*)?|/openapi\.json|/dashboard(/.*)?|/static/.*"
)
# A name is taken or free across all projects, so registering does not answer "not found".
REGISTER = "/api/v1/agents/{agent}/register"

ClientWith = Callable[..., LambdaClient]


def name_of(route: Endpoint) -> str:
    return f"{route.method} {route.path}"


GUARDED = [route for route in ENDPOINTS if route.scope != "public"]
PUBLIC = [route for route in ENDPOINTS if route.scope == "public"]
OF_AGENT = [route for route in GUARDED if "{agent}" in route.path and route.path != REGISTER]
# Answered as OTLP has it, and about no agent; tests/integration/telemetry has what projects see.
OF_TELEMETRY = [r for r in GUARDED if r.view.__module__.endswith(".telemetry")]
# Of watches tests/integration/watches has what projects see.
OF_WATCHES = [r for r in GUARDED if r.view.__module__.endswith(".watches")]
# Of the list of tokens tests/integration/access/test_token_rotation.py has it.
OF_TOKENS = [r for r in GUARDED if r.view.__module__.endswith(".tokens")]
_ELSEWHERE = (*OF_TELEMETRY, *OF_WATCHES, *OF_TOKENS)
OF_FLEET = [r for r in GUARDED if "{agent}" not in r.path and r not in _ELSEWHERE]
# Of so few runs there are no changes, and who is asking is of no agent.
SHOW_NOTHING = ("/api/v1/changes", "/api/v1/whoami")
# It has a body, and changes nothing.
TRIALS = "/api/v1/watch-trials"
# google.rpc.Code, by the code of a problem.
STATUS_CODES = {"unauthorized": 16, "insufficient_scope": 7}

every_guarded_route = pytest.mark.parametrize("route", GUARDED, ids=name_of)


@pytest.fixture
def agent_id(client_with: ClientWith, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of an agent with two versions, a run and a watch, of which nobody else may learn."""
    admin = client_with("admin")
    made = admin.post(f"/api/v1/agents/{AGENT}/register", {"project": PROJECT})
    for version in (BASE, CANDIDATE):
        assert admin.post(f"/api/v1/agents/{AGENT}/versions", {"version": version}).status == 201
    runs = f"/api/v1/agents/{AGENT}/versions/{BASE}/runs"
    assert admin.post(runs, RUN_REPORT).status == 201
    watch = admin.post("/api/v1/watches", WATCH)
    assert watch.status == 201
    monkeypatch.setitem(PATH_VALUES, "watch", watch.json["id"])
    return str(made.json["id"])


def code_of(route: Endpoint, code: str) -> str | int:
    """What the route answers for a problem's code: routes of OTLP have numbers."""
    return code if route.documented else STATUS_CODES[code]


def test_every_route_of_the_app_is_in_the_table() -> None:
    """A route that goes around @endpoint would go around its check as well."""
    served = {
        (method, path)
        for path, methods in the_app.routes.items()
        for method in methods
        if method != "OPTIONS"
    }
    routes = {(route.method, route.path) for route in ENDPOINTS}
    # HEAD is answered by what answers GET.
    assert served == routes | {("HEAD", path) for method, path in routes if method == "GET"}


def test_only_what_is_meant_for_everybody_is_public() -> None:
    assert [name_of(r) for r in PUBLIC if not PUBLIC_PATHS.fullmatch(r.path)] == []
    assert [name_of(r) for r in PUBLIC if r.method != "GET"] == []


def test_only_ingest_and_admin_write() -> None:
    """A token that reads can change nothing."""
    writing = {route.scope for route in GUARDED if route.method != "GET" and route.path != TRIALS}
    reading = {route.scope for route in GUARDED if route.method == "GET"}
    assert writing <= {"ingest", "admin"}
    assert reading <= {"read", "admin"}


@pytest.mark.parametrize("route", PUBLIC, ids=name_of)
def test_public_routes_need_no_token(route: Endpoint, locked_app: Chalice) -> None:
    answer = request_for(route).send(LambdaClient(locked_app))
    assert answer.status in (200, 404)  # 404: a file whose name the walk does not know


@every_guarded_route
def test_without_a_token_401(route: Endpoint, locked_app: Chalice) -> None:
    answer = request_for(route).send(LambdaClient(locked_app))
    assert (answer.status, answer.json["code"]) == (401, code_of(route, "unauthorized"))
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@every_guarded_route
def test_with_the_wrong_scope_403_naming_the_right_one(
    route: Endpoint, client_with: ClientWith
) -> None:
    wrong = [held for held, granted in GRANTS.items() if route.scope not in granted]
    for held in wrong:
        answer = request_for(route).send(client_with(held))
        assert (answer.status, answer.json["code"]) == (403, code_of(route, "insufficient_scope"))
        assert f"'{route.scope}'" in answer.json.get("detail", answer.json.get("message"))
    assert len(wrong) == {"admin": 2}.get(route.scope, 1)


@every_guarded_route
@pytest.mark.parametrize("project", [None, PROJECT])
def test_with_the_right_token_it_answers(
    route: Endpoint, project: str | None, client_with: ClientWith, agent_id: str
) -> None:
    """Shows as well that the requests of the other tests are refused for their token alone."""
    for held in dict.fromkeys((route.scope, "admin")):
        answer = request_for(route).send(client_with(held, project))
        if project and route.path == "/api/v1/prices" and route.method == "PATCH":
            assert answer.json["code"] == "project_forbidden"  # prices are everybody's
            continue
        assert answer.status in (200, 201, 202, 204), answer.text


@pytest.mark.parametrize("route", OF_AGENT, ids=name_of)
def test_another_projects_agent_is_not_found(
    route: Endpoint, client_with: ClientWith, agent_id: str
) -> None:
    """By its name and by its id, in the words that are used for an agent that does not exist."""
    stranger = client_with(route.scope, "another-project")
    for there, absent in ((AGENT, "no-such-agent"), (agent_id, "0123456789abcdef01234567")):
        answers = [request_for(route, agent).send(stranger) for agent in (there, absent)]
        assert [answer.status for answer in answers] == [404, 404]
        assert comparable(answers[0].json, there) == comparable(answers[1].json, absent)
        assert answers[0].json["code"] == "agent_not_found"


def comparable(problem: dict[str, Any], agent: str) -> str:
    """A problem document without what tells two requests apart."""
    return str(problem | {"request_id": ""}).replace(agent, "AGENT")


@pytest.mark.parametrize("route", OF_FLEET, ids=name_of)
def test_what_spans_agents_is_limited_to_the_tokens_project(
    route: Endpoint, client_with: ClientWith, agent_id: str
) -> None:
    """The right token's answer shows the agent or its cost, and the stranger's nothing of it."""
    stranger = client_with(route.scope, "another-project")
    owner = client_with(route.scope, PROJECT)
    for query in [{}, *choices_of(route)]:
        request = request_for(route, **query)
        # A filter may leave nothing to show, and nothing has changed in so few runs.
        if "outcome" not in query and route.path not in SHOW_NOTHING:
            assert shows(request.send(owner).text, agent_id)
        answer = request.send(stranger)
        assert answer.status == 200
        assert not shows(answer.text, agent_id)


def shows(text: str, agent_id: str) -> bool:
    plain = text.replace(",", "").lower()
    return any(mark in plain for mark in (AGENT, agent_id, BASE, CANDIDATE, str(COST), str(RUN)))


def test_registering_another_projects_agent_is_forbidden_or_a_conflict(
    client_with: ClientWith, agent_id: str
) -> None:
    """Names are unique across projects, so that one is taken shows; whose it is does not."""
    stranger = client_with("ingest", "another-project")
    path = REGISTER.replace("{agent}", AGENT)
    forbidden = stranger.post(path, {"project": PROJECT})
    assert (forbidden.status, forbidden.json["code"]) == (403, "project_forbidden")
    assert "'another-project'" in forbidden.json["detail"]
    taken = stranger.post(path, {"project": "another-project"})
    assert (taken.status, taken.json["code"]) == (409, "agent_conflict")
    assert PROJECT not in taken.text


def test_a_route_that_the_walk_cannot_ask_for_fails_it() -> None:
    unknown = GUARDED[0]._replace(path="/api/v1/{thing}")
    with pytest.raises(AssertionError, match="add a value to PATH_VALUES"):
        request_for(unknown)
