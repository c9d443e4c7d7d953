"""Whose agents spans become, and who sees what was received."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from pymongo.database import Database

from tests.integration.telemetry.reading import post
from tests.integration.telemetry.test_bad_telemetry import partial_success
from tests.lambda_client import LambdaClient
from tests.otlp_messages import make_agent, make_call, make_request

ClientWith = Callable[..., LambdaClient]


def projects(database: Database[Any]) -> dict[str, str]:
    return {agent["name"]: agent["project"] for agent in database["agents"].find()}


def test_the_project_is_the_tokens_else_the_namespace_else_default(
    client_with: ClientWith, database: Database[Any]
) -> None:
    anyone, billing = client_with("ingest"), client_with("ingest", project="billing")
    post(anyone, make_request(make_agent("a")))
    post(anyone, make_request(make_agent("b"), service_namespace="shop"))
    post(billing, make_request(make_agent("c"), service_namespace="shop"))
    assert projects(database) == {"a": "default", "b": "shop", "c": "billing"}


def test_a_known_agent_keeps_its_project(client_with: ClientWith, database: Database[Any]) -> None:
    admin = client_with("admin")
    admin.post("/api/v1/agents/coder/register", {"project": "tools"})
    post(admin, make_request(make_agent("coder"), service_namespace="shop"))
    assert projects(database) == {"coder": "tools"}
    assert admin.get("/api/v1/agents/coder/metrics").json["runs"] == 1


def test_another_projects_agent_gets_no_runs_and_the_sender_is_told(
    client_with: ClientWith, database: Database[Any]
) -> None:
    client_with("admin").post("/api/v1/agents/coder/register", {"project": "tools"})
    stranger = client_with("ingest", project="billing")
    answer = post(stranger, make_request(make_agent("coder"), make_agent("mine")))
    rejected, message = partial_success(answer)
    assert rejected == 1
    assert "project" in message
    assert "tools" not in message
    assert database["runs"].count_documents({}) == 1


def test_spans_of_two_projects_never_meet(client_with: ClientWith, database: Database[Any]) -> None:
    trace, top = os.urandom(16), os.urandom(8)
    post(client_with("ingest", project="a"), make_request(make_agent(trace_id=trace, span_id=top)))
    call = make_call(trace_id=trace, parent_span_id=top)
    post(client_with("ingest", project="b"), make_request(call))
    (run,) = database["runs"].find()
    assert "input_tokens" not in run


def test_what_was_received_is_told_to_its_project_alone(client_with: ClientWith) -> None:
    post(client_with("ingest", project="a"), make_request(make_agent("coder"), make_call()))
    orphan = make_call(parent_span_id=os.urandom(8))
    post(client_with("ingest", project="b"), make_request(orphan))
    seen = {
        project: client_with("read", project=project).get("/api/v1/telemetry").json
        for project in (None, "a", "b", "c")
    }
    facts = ("requests", "spans", "runs", "waiting")
    assert {p: tuple(s[name] for name in facts) for p, s in seen.items()} == {
        None: (2, 3, 1, 1),
        "a": (1, 2, 1, 0),
        "b": (1, 1, 0, 1),
        "c": (0, 0, 0, 0),
    }
    assert seen["a"]["frameworks"] == {"made.up": 2}
    assert seen["a"]["conventions"] == {"gen_ai": 2}


def test_thousands_of_agents_in_one_request_lose_nothing(
    client_with: ClientWith, database: Database[Any]
) -> None:
    from app import rollup  # noqa: PLC0415 - the fixture has made the app's database first
    from tests.lambda_client import SCHEDULED_EVENT  # noqa: PLC0415

    agents = [make_agent(f"agent-{number}") for number in range(2_000)]
    answer = post(client_with("ingest"), make_request(*agents))
    assert partial_success(answer)[0] == 0
    rollup(SCHEDULED_EVENT, None)
    assert database["runs"].count_documents({}) == 2_000
    assert database["agents"].count_documents({}) == 2_000
