"""CORS: which pages of other origins may read the answers."""

from __future__ import annotations

import pytest

from chalicelib.http import ENDPOINTS
from tests.lambda_client import LambdaClient


def _cors(answer_headers: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in answer_headers.items() if k.startswith("Access-Control")}


def test_without_configured_origins_there_are_no_cors_headers(client: LambdaClient) -> None:
    assert _cors(client.get("/health", origin="https://app.example").headers) == {}


@pytest.mark.parametrize("origin", ["https://app.example", "http://localhost:3000"])
@pytest.mark.parametrize("path", ["/health", "/health?wrong=1"])
def test_a_configured_origin_may_read_answers_and_problems(
    client: LambdaClient, monkeypatch: pytest.MonkeyPatch, origin: str, path: str
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example/, http://localhost:3000")
    headers = client.get(path, origin=origin).headers
    assert headers["Access-Control-Allow-Origin"] == origin
    assert headers["Vary"] == "Origin"
    exposed = headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Link", "Retry-After", "X-Request-Id"} <= set(exposed)


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "https://app.example.evil.example", "http://app.example"),
        *("https://app.example:444", "null", "", "https://app.example/", "*"),
    ],
)
def test_another_origin_may_not(
    client: LambdaClient, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example")
    headers = client.get("/health", origin=origin).headers
    assert _cors(headers) == {}
    assert headers["Vary"] == "Origin"


def test_a_request_without_an_origin_is_answered(
    client: LambdaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example")
    answer = client.get("/health")
    assert answer.status == 200
    assert _cors(answer.headers) == {}


def test_a_star_lets_every_origin_in(client: LambdaClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "*")
    headers = client.get("/health", origin="https://anyone.example").headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("path", sorted({e.path for e in ENDPOINTS}))
def test_every_path_answers_its_preflight(
    client: LambdaClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example")
    asked = {"origin": "https://app.example", "access-control-request-method": "POST"}
    answer = client.request("OPTIONS", path.replace("{", "").replace("}", ""), headers=asked)
    assert (answer.status, answer.text) == (204, "")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type"} <= set(allowed)


def test_the_refused_method_has_cors_headers_too(
    client: LambdaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example")
    headers = client.request("PUT", "/health", headers={"origin": "https://app.example"}).headers
    assert headers["Access-Control-Allow-Origin"] == "https://app.example"
