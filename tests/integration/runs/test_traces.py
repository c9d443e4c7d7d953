"""The runs of one trace, whichever agent's."""

from __future__ import annotations

from typing import Any

from tests.integration.conftest import ClientWith
from tests.lambda_client import LambdaClient

TRACE = "0af7651916cd43dd8448eb211c80319c"


def report(client: LambdaClient, agent: str, run: int, *, project: str = "p", **fields: Any) -> str:
    client.post(f"/api/v1/agents/{agent}/register", {"project": project})
    client.post(f"/api/v1/agents/{agent}/versions", {"version": "1"})
    path = f"/api/v1/agents/{agent}/versions/1/runs"
    body = {"id": run, "status": "completed", "trace_id": TRACE, **fields}
    assert client.post(path, body).status == 201
    return f"{path}/{run}"


def runs_of(client: LambdaClient, trace: str = TRACE) -> list[tuple[str, int]]:
    answer = client.get(f"/api/v1/traces/{trace}/runs")
    assert (answer.status, answer.json["truncated"]) == (200, False)
    return [(run["agent"], run["id"]) for run in answer.json["runs"]]


def test_they_come_from_every_agent_the_oldest_first(client: LambdaClient) -> None:
    report(client, "writer", 2, created="2026-03-01T10:00:05Z")
    report(client, "boss", 1, created="2026-03-01T10:00:00Z")
    report(client, "writer", 3, trace_id="another")
    assert runs_of(client) == [("boss", 1), ("writer", 2)]
    assert runs_of(client, "another") == [("writer", 3)]
    assert runs_of(client, "nobody's") == []


def test_what_was_deleted_is_not_among_them(client: LambdaClient) -> None:
    gone = report(client, "boss", 1)
    report(client, "writer", 2)
    report(client, "reader", 3)
    client.request("DELETE", gone)
    client.request("DELETE", "/api/v1/agents/writer")
    assert runs_of(client) == [("reader", 3)]


def test_a_token_sees_those_of_its_project(client_with: ClientWith) -> None:
    report(client_with("admin"), "boss", 1)
    report(client_with("admin"), "writer", 2, project="q")
    assert runs_of(client_with("read", "q")) == [("writer", 2)]
