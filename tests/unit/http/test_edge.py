"""The HTTP edge where no database is asked: nothing here may connect to one."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from chalice.app import Blueprint, Chalice, Request, Response

from app import app
from chalicelib.http import ENDPOINTS, Reply, endpoint
from chalicelib.http.calls import Call
from chalicelib.http.replies import render
from chalicelib.values.carrying import carried_size
from chalicelib.wire.queries import NoQuery
from tests.lambda_client import LambdaClient


def test_health_answers_without_a_database(client: LambdaClient) -> None:
    answer = client.get("/health")
    assert (answer.status, answer.json["status"]) == (200, "ok")


def test_an_answer_says_what_it_is_and_is_not_kept(client: LambdaClient) -> None:
    headers = client.get("/health").headers
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Request-Id"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST", "get", "TRACE"])
def test_another_method_is_a_problem_that_names_the_right_ones(
    client: LambdaClient, method: str
) -> None:
    answer = client.request(method, "/health")
    assert answer.status == 405
    assert answer.json["code"] == "method_not_allowed"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert sorted(answer.headers["Allow"].split(", ")) == ["GET", "HEAD", "OPTIONS"]


@pytest.mark.parametrize("path", ["/health", "/health?a=1", "/api/v1/agents/%FF", "/docs"])
def test_head_is_answered_like_get_without_the_body(client: LambdaClient, path: str) -> None:
    got, asked = client.get(path), client.request("HEAD", path)
    assert asked.text == ""
    assert asked.status == got.status
    assert asked.headers | {"X-Request-Id": ""} == got.headers | {"X-Request-Id": ""}


def test_head_of_what_is_only_written_is_refused_without_a_body(client: LambdaClient) -> None:
    answer = client.request("HEAD", "/api/v1/agents/a/register")
    assert (answer.status, answer.text) == (405, "")
    assert answer.headers["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("path", ["/health?a=1", "/health?a=1&b%5B%5D=2", "/health?=", "/health?a"])
def test_unknown_query_parameters_are_named(client: LambdaClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.json["code"]) == (400, "invalid_query")
    assert "unknown query parameter" in answer.json["detail"]


def test_a_parameter_given_twice_is_refused(client: LambdaClient) -> None:
    answer = client.get("/health?a=1&a=2")
    assert answer.status == 400
    assert answer.json["detail"] == "given more than once: a"


@pytest.mark.parametrize("part", [{"\ud800": ["a"]}, {"a": ["\udfff"]}])
def test_a_query_that_is_no_unicode_is_refused(client: LambdaClient, part: dict[str, Any]) -> None:
    event = client.event("GET", "/health") | {"multiValueQueryStringParameters": part}
    assert client.app(event, None)["statusCode"] == 400


def test_api_gateway_may_leave_headers_and_parameters_null(client: LambdaClient) -> None:
    event = client.event("GET", "/health") | {"headers": None, "pathParameters": None}
    assert client.app(event, None)["statusCode"] == 200


# Our own mistakes


@pytest.fixture
def broken(client: LambdaClient, monkeypatch: pytest.MonkeyPatch) -> LambdaClient:
    """A client of a service whose /health fails with a secret in its message."""

    def fail(*_: object) -> None:
        raise RuntimeError("mongodb://user:hunter2@db")

    monkeypatch.setattr("chalicelib.http.endpoints.authenticate", fail)
    return client


def test_an_unexpected_error_tells_the_client_nothing_but_the_request_id(
    broken: LambdaClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = broken.get("/health")
    assert answer.status == 500
    assert answer.json["code"] == "internal_error"
    assert answer.json["request_id"] == answer.headers["X-Request-Id"] == "request-1"
    assert answer.headers["Content-Type"] == "application/problem+json"
    for secret in ("hunter2", "mongodb", "Traceback", "RuntimeError", ".py"):
        assert secret not in answer.text
    assert "unexpected error in GET /health" in caplog.text


def test_an_error_of_chalice_itself_is_a_problem_too(
    client: LambdaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = app.routes["/health"]["GET"]
    unsendable = Response("{}", headers={"Link": "a\nb"})
    monkeypatch.setattr(entry, "view_function", lambda: unsendable)
    answer = client.get("/health")
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_deployed_service_names_a_setting_that_cannot_be_used_in_the_log_only(
    client: LambdaClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "not an origin")
    monkeypatch.setenv("AUTH_MODE", "maybe")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "agent-metrics-prod-api_handler")
    answer = client.get("/api/v1/agents", origin="https://app.example")
    assert (answer.status, answer.json["code"]) == (503, "not_ready")
    assert "AUTH_MODE" in caplog.text
    assert "AUTH_MODE" not in answer.text


def test_a_request_is_one_line_in_the_log_without_its_query(
    client: LambdaClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="agent_metrics"):
        client.get("/health?token=hunter2")
    [record] = [r for r in caplog.records if r.name == "agent_metrics"]
    assert record.getMessage() == "GET /health 400"
    assert "hunter2" not in json.dumps(record.__dict__, default=str)


# Addresses


@pytest.mark.parametrize(
    ("path", "headers", "address"),
    [
        ("/a", {}, "/a"),
        ("/a", {"Host": "localhost:9999"}, "http://localhost:9999/a"),
        ("/v1/a", {"host": "x.example", "X-Forwarded-Proto": "https"}, "https://x.example/v1/a"),
        ("/a", {"Host": "[::1]:80", "X-Forwarded-Proto": "gopher"}, "http://[::1]:80/a"),
        ("/a", {"Host": "x.example", "X-Forwarded-Proto": "https\r\nX: y"}, "http://x.example/a"),
        ("/a", {"Host": "x>; rel=evil"}, "/a"),
        ("/a", {"Host": "x\n"}, "/a"),
        ("/a%2Fb+c%25", {}, "/a%2Fb+c%25"),
        ('/a>b"c d\né', {}, "/a%3Eb%22c%20d%0A%C3%A9"),
    ],
)
def test_the_address_of_a_request_is_fit_for_a_header(
    client: LambdaClient, path: str, headers: dict[str, str], address: str
) -> None:
    event = client.event("GET", "/health") | {"headers": headers}
    event["requestContext"]["path"] = path
    assert Call(Request(event)).address == address


# Replies


def test_what_has_no_json_form_is_an_error_rather_than_wrong_json() -> None:
    with pytest.raises(Exception, match="has no JSON form"):
        render(Reply({"a": object()}))


@pytest.mark.parametrize(
    ("text", "size"), [("", 2), ("abc", 5), ('"', 4), ("\\", 4), ("é", 8), ("😀", 14), ("\n", 4)]
)
def test_the_carried_size_is_that_of_the_body_inside_lambdas_answer(text: str, size: int) -> None:
    assert carried_size(text) == size


def test_two_methods_of_a_path_share_one_preflight() -> None:
    blueprint = Blueprint(__name__)
    before = list(ENDPOINTS)

    def view(call: object) -> Reply:
        return Reply({})

    for method in ("GET", "POST"):
        endpoint(blueprint, method, "/twice", scope="read", answers={200: NoQuery})(view)
    other = Chalice("other")
    other.register_blueprint(blueprint)
    assert sorted(other.routes["/twice"]) == ["GET", "HEAD", "OPTIONS", "POST"]
    ENDPOINTS[:] = before
