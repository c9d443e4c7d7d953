"""The zip itself, as Lambda runs it: AWS's own client, a clean interpreter, a real mongod."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

import app as local
from chalicelib.database.indexes import ensure_indexes
from chalicelib.http import ENDPOINTS, Endpoint
from management.mongod import Mongod
from tests.deployment.runtime_api import (
    BOTO_MODULES,
    CLIENT_MODULES,
    MAX_PAYLOAD_BYTES,
    LambdaFunction,
    Outcome,
    link_modules,
)
from tests.integration.route_requests import (
    AGENT,
    BASE,
    CANDIDATE,
    PROJECT,
    request_for,
)
from tests.lambda_client import LambdaClient

CAPTURES = Path(__file__).parents[1] / "data" / "otlp"
Document = dict[str, Any]
Start = Callable[..., LambdaFunction]

EVENTS = LambdaClient(local.app)
PASSWORD = "correct-horse-battery"
BODY_TEXT = "text-of-a-body"
TICK = {
    "version": "0",
    "id": "1",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-03-01T12:00:00Z",
    "region": "eu-west-1",
    "resources": [],
    "detail": {},
}


@pytest.fixture(scope="session")
def client_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return link_modules(tmp_path_factory.mktemp("client") / "modules", CLIENT_MODULES)


@pytest.fixture
def start(
    task_root: Path, client_modules: Path, mongod: Mongod, database: Database[Document]
) -> Start:
    """Makes functions of the zip, on this test's database, without tokens unless asked."""
    ensure_indexes(database)

    def make(handler: str = "app.app", **environment: str) -> LambdaFunction:
        settings = {
            "MONGODB_URI": mongod.uri,
            "MONGODB_DATABASE": database.name,
            "AUTH_MODE": "off",
        }
        return LambdaFunction(task_root, client_modules, handler, settings | environment)

    return make


@pytest.fixture
def function(start: Start) -> Iterator[LambdaFunction]:
    with start() as running:
        yield running


def event(method: str, path: str, body: Any = None, **headers: str) -> Document:
    """An API Gateway proxy event, with what it holds besides what the app reads."""
    made = EVENTS.event(method, path, body, headers)
    context = made["requestContext"]
    context |= {"requestId": "gateway-request", "stage": "prod", "path": f"/prod{context['path']}"}
    return made | {
        "resource": context["resourcePath"],
        "path": path.partition("?")[0],
        "httpMethod": method,
        "multiValueHeaders": {name: [text] for name, text in made["headers"].items()},
        "queryStringParameters": None,
    }


def call(function: LambdaFunction, method: str, path: str, body: Any = None) -> Document:
    """The proxy response, its body read from JSON where there is some."""
    outcome = function.invoke(event(method, path, body))
    assert outcome.kind == "response", outcome.payload
    assert outcome.size <= MAX_PAYLOAD_BYTES
    response: Document = outcome.payload
    if response["body"] and "json" in response["headers"].get("Content-Type", ""):
        response["json"] = json.loads(response["body"])
    return response


def prepare(function: LambdaFunction) -> None:
    """The agent and versions that requests for every route ask for."""
    call(function, "POST", f"/api/v1/agents/{AGENT}/register", {"project": PROJECT})
    for version in (BASE, CANDIDATE):
        call(function, "POST", f"/api/v1/agents/{AGENT}/versions", {"version": version})


def routes_in_turn() -> list[Endpoint]:
    """What stores comes first and what deletes last, the deepest first: others need it there."""
    turns = ("POST", "GET", "PATCH", "DELETE")
    return sorted(ENDPOINTS, key=lambda r: (turns.index(r.method), -r.path.count("/")))


def body_for(route: Endpoint) -> Any:
    """Once deployed, a webhook must lead to the public internet; this name leads nowhere."""
    body = request_for(route).body
    if body and "notify" in body:
        return body | {"notify": {"type": "webhook", "url": "https://hooks.invalid/"}}
    return body


def expected_statuses(route: Endpoint) -> set[int]:
    # What is not there: a made-up file or watch, a run that is yet to come, what was deleted.
    made_up = any(name in route.path for name in ("{file}", "{run}", "{watch}"))
    done = {status for status in route.answers if status < 300}
    return done | ({404} if made_up or route.method == "DELETE" else set())


def test_every_route_answers_cold_and_warm(start: Start) -> None:
    """Each round is a new process, and each request after its first is a warm one."""
    for _ in ("cold", "again"):
        with start() as function:
            prepare(function)
            for route in routes_in_turn():
                wanted = request_for(route)
                for _ in range(2):
                    answer = call(function, wanted.method, wanted.path, body_for(route))
                    assert answer["statusCode"] in expected_statuses(route), (route.path, answer)
        assert "ERROR" not in {line["level"] for line in log_lines(function)}


def test_what_one_process_stores_the_next_one_reads(start: Start) -> None:
    runs = f"/api/v1/agents/{AGENT}/versions/{BASE}/runs"
    with start() as function:
        prepare(function)
        body = {"runs": [{"id": n, "status": "ok", "time_taken": "1.5s"} for n in range(50)]}
        assert call(function, "POST", runs, body)["json"]["created"] == 50
    with start() as function:
        assert call(function, "POST", runs, body)["json"]["unchanged"] == 50
        assert {run["duration_ms"] for run in call(function, "GET", runs)["json"]} == {1500}
        assert call(function, "GET", f"/api/v1/agents/{AGENT}/metrics")["json"]["runs"] == 50


def test_telemetry_in_protobuf_arrives_as_base64_and_becomes_a_priced_run(start: Start) -> None:
    """As API Gateway hands on what the template calls binary; what is answered is text."""
    body = (CAPTURES / "strands-native" / "ok-agent-version.pb").read_bytes()
    made = event("POST", "/v1/traces", **{"content-type": "application/x-protobuf"})
    made |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    with start() as function:
        outcome = function.invoke(made)
        assert (outcome.kind, outcome.payload["statusCode"]) == ("response", 200)
        assert (outcome.payload["body"], outcome.payload.get("isBase64Encoded")) == ("", None)
        refused = function.invoke(made | {"body": base64.b64encode(body[:-9]).decode()}).payload
        assert (refused["statusCode"], refused["body"][:1]) == (400, "\x08")
        path = "/api/v1/agents/WeatherAgent/versions/1.0.3/runs"
        (run,) = call(function, "GET", path)["json"]
        assert (run["input_tokens"], run["cost"]) == (
            108,
            pytest.approx(108e-6 * 0.15 + 22e-6 * 0.6),
        )
        assert "public_prices.json" in {path.name for path in function.task_root.rglob("*.json")}
    assert "ERROR" not in {line["level"] for line in log_lines(function)}


def test_the_scheduled_function_runs(start: Start) -> None:
    with start("app.rollup") as function:
        for _ in range(2):
            outcome = function.invoke(TICK)
            assert (outcome.kind, outcome.payload) == ("response", 0)
    assert [line["message"] for line in log_lines(function)] == ["upkeep", "upkeep"]


def test_a_page_in_any_script_fits_through_lambda(function: LambdaFunction) -> None:
    """The client escapes all that is not ASCII, so such a page triples on its way."""
    prepare(function)
    runs = f"/api/v1/agents/{AGENT}/versions/{BASE}/runs"
    for first in range(0, 1800, 450):
        reports = [
            {"id": n, "status": "failed", "error": 'ошибка "в" пути ' * 140}
            for n in range(first, first + 450)
        ]
        assert call(function, "POST", runs, {"runs": reports})["statusCode"] == 201
    page = call(function, "GET", f"{runs}?limit=5000")
    assert page["statusCode"] == 200
    assert "Link" in page["headers"]


def test_a_batch_of_nothing_but_mistakes_fits_through_lambda(function: LambdaFunction) -> None:
    prepare(function)
    mistakes = {f"unknown_{n}": 1 for n in range(20)}
    body = {"runs": [{"id": n, "status": "", "cost": -1, **mistakes} for n in range(10_000)]}
    answer = call(function, "POST", f"/api/v1/agents/{AGENT}/versions/{BASE}/runs", body)
    assert answer["statusCode"] == 422
    assert answer["json"]["rejected"] == 10_000


def test_a_method_that_a_path_does_not_have_is_named(function: LambdaFunction) -> None:
    """API Gateway passes it on (deployment.gateway), where it would call the path unknown."""
    answer = call(function, "DELETE", "/health")
    assert (answer["statusCode"], answer["json"]["code"]) == (405, "method_not_allowed")
    assert "GET" in answer["headers"]["Allow"]


def test_nothing_is_written_beside_the_code(function: LambdaFunction, task_root: Path) -> None:
    before = sorted(task_root.rglob("*"))
    prepare(function)
    assert sorted(task_root.rglob("*")) == before


def test_without_a_token_a_deployed_function_answers_401(start: Start) -> None:
    with start(AUTH_MODE="") as function:
        assert call(function, "GET", "/api/v1/agents")["statusCode"] == 401
        assert call(function, "GET", "/health")["statusCode"] == 200


def log_lines(function: LambdaFunction) -> list[Document]:
    """What an ended function has logged."""
    return [json.loads(line) for line in function.output().splitlines()]


def test_a_request_is_one_line_of_json(start: Start) -> None:
    path = f"/api/v1/agents/{AGENT}/versions/{BASE}/runs"
    body = {"id": 1, "status": "ok", "error": BODY_TEXT}
    with start() as function:
        prepare(function)
        function.invoke(event("POST", path, body, authorization=f"Bearer {PASSWORD}"))
    *_, line = log_lines(function)
    assert len(log_lines(function)) == 4
    assert line["level"] == "INFO"
    assert (
        line.items()
        >= {
            "method": "POST",
            "route": "/api/v1/agents/{agent}/versions/{version}/runs",
            "status": 201,
            "request_id": "gateway-request",
            "agent": AGENT,
        }.items()
    )
    assert line["duration_ms"] > 0
    assert line["requestId"]
    assert BODY_TEXT not in function.output()
    assert PASSWORD not in function.output()


def test_an_unreachable_database_is_logged_without_its_password(start: Start) -> None:
    uri = f"mongodb://metrics:{PASSWORD}@127.0.0.1:1/?directConnection=true"
    with start(MONGODB_URI=uri) as function:
        assert call(function, "GET", "/ready")["statusCode"] == 503
    assert log_lines(function)[-1]["status"] == 503
    assert PASSWORD not in function.output()


@pytest.fixture
def secrets_manager() -> Iterator[tuple[str, list[Document]]]:
    """AWS Secrets Manager on this machine: its address, and the answers that it gives."""
    answers: list[Document] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = answers[0] if len(answers) == 1 else answers.pop(0)
            body = json.dumps(answer).encode()
            self.send_response(400 if "__type" in answer else 200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Nothing: the output belongs to the test."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    server.server_close()


def test_the_connection_string_comes_from_the_secret(
    start: Start,
    mongod: Mongod,
    secrets_manager: tuple[str, list[Document]],
    tmp_path: Path,
) -> None:
    """Refused at first, as while a policy is mended: the same process then goes on."""
    address, answers = secrets_manager
    answers += [
        {"__type": "AccessDeniedException", "Message": "no"},
        {"Name": "agent-metrics/test", "SecretString": json.dumps({"MONGODB_URI": mongod.uri})},
    ]
    function = start(
        MONGODB_URI="",
        MONGODB_SECRET_ID="agent-metrics/test",
        AWS_ENDPOINT_URL_SECRETS_MANAGER=address,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="eu-west-1",
    )
    function.modules = link_modules(tmp_path / "modules", CLIENT_MODULES + BOTO_MODULES)
    with function:
        refused = call(function, "GET", "/ready")
        assert (refused["statusCode"], refused["json"]["code"]) == (503, "not_ready")
        assert call(function, "GET", "/ready")["statusCode"] == 200
        assert call(function, "GET", "/api/v1/agents")["json"] == []
    errors = [line["message"] for line in log_lines(function) if line["level"] == "ERROR"]
    assert len(errors) == 1
    assert "agent-metrics/test" in errors[0]
    assert "AccessDeniedException" in errors[0]


def test_an_error_of_the_function_is_reported_as_one(start: Start) -> None:
    """What the other tests rely on: a handler that cannot be imported is no response."""
    with start("app.missing") as function:
        outcome: Outcome = function.invoke({})
        assert outcome.kind == "error"
