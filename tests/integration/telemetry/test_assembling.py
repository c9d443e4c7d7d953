"""Spans in pieces, out of order, repeated, from several exporters: the same runs in the end."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pymongo.database import Database

from tests.integration.telemetry.reading import post, runs_in, stored_runs
from tests.lambda_client import SCHEDULED_EVENT, LambdaClient
from tests.otlp_captures import FOLDER, captures
from tests.otlp_messages import make_agent, make_call, make_request, make_span

PIECED = [
    "openai-agents-openinference/ok.pb",
    "autogen-openinference/ok-duplicate-agent.pb",
    "langchain-openinference/graph-duplicate-agent.pb",
    "crewai-traceloop/ok.pb",
    "mastra/ok.pb",
]


def single_spans(name: str) -> list[bytes]:
    """A request for each span of a capture."""
    whole = ExportTraceServiceRequest.FromString((FOLDER / name).read_bytes())
    bodies = []
    for group in whole.resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                one = ExportTraceServiceRequest()
                copy = one.resource_spans.add()
                copy.resource.CopyFrom(group.resource)
                scoped = copy.scope_spans.add()
                scoped.scope.CopyFrom(scope.scope)
                scoped.spans.append(span)
                bodies.append(one.SerializeToString())
    return bodies


@pytest.mark.parametrize("name", PIECED)
@pytest.mark.parametrize("seed", [1, 2])
def test_spans_one_by_one_in_any_order_end_in_the_same_runs(
    client: LambdaClient, database: Database[Any], name: str, seed: int
) -> None:
    bodies = single_spans(name)
    bodies += random.Random(seed).sample(bodies, 2)
    random.Random(seed).shuffle(bodies)
    for body in bodies:
        assert post(client, body).status == 200
    capture = next(c for c in captures() if c.name == name)
    assert stored_runs(database) == runs_in(capture)


@pytest.mark.parametrize("name", PIECED)
def test_spans_by_many_exporters_at_once_end_in_the_same_runs(
    client: LambdaClient, database: Database[Any], name: str
) -> None:
    bodies = single_spans(name) * 2
    random.Random(3).shuffle(bodies)
    with ThreadPoolExecutor(8) as exporters:
        answers = list(exporters.map(lambda body: post(LambdaClient(client.app), body), bodies))
    assert {answer.status for answer in answers} == {200}
    capture = next(c for c in captures() if c.name == name)
    assert stored_runs(database) == runs_in(capture)


def test_a_request_sent_again_changes_nothing(
    client: LambdaClient, database: Database[Any]
) -> None:
    body = (FOLDER / "strands-native" / "ok-agent-version.pb").read_bytes()
    post(client, body)
    before = {name: list(database[name].find()) for name in ("runs", "spans", "agents", "versions")}
    assert post(client, body).status == 200
    assert before == {name: list(database[name].find()) for name in before}


def test_a_run_shows_at_once_and_completes_as_calls_come(
    client: LambdaClient, database: Database[Any]
) -> None:
    trace, top = os.urandom(16), os.urandom(8)
    path = "/api/v1/agents/coder/versions/unversioned/runs"
    post(client, make_request(make_agent(trace_id=trace, span_id=top)))
    (run,) = client.get(path).json
    assert (run["id"], run["cost"], run["models"]) == (f"{trace.hex()}-{top.hex()}", None, [])
    for number in (1, 2):
        call = make_call(tokens=(1_000_000, 0), trace_id=trace, parent_span_id=top)
        post(client, make_request(call))
        (run,) = client.get(path).json
        assert run["input_tokens"] == number * 1_000_000
        assert run["cost"] == pytest.approx(number * 2.5)
    totals = client.get("/api/v1/agents/coder/metrics").json
    assert (totals["runs"], totals["cost"]["total"]) == (1, pytest.approx(5.0))


def test_a_wrapper_that_came_first_is_taken_back(
    client: LambdaClient, database: Database[Any]
) -> None:
    trace, outer, inner = os.urandom(16), os.urandom(8), os.urandom(8)
    wrapper = make_span(
        "workflow",
        trace_id=trace,
        span_id=outer,
        attributes={"gen_ai.operation.name": "invoke_agent"},
    )
    post(client, make_request(wrapper, service_name="shop"))
    assert client.get("/api/v1/agents/shop/metrics").json["runs"] == 1
    named = make_agent("coder", trace_id=trace, span_id=inner, parent_span_id=outer)
    post(client, make_request(named, service_name="shop"))
    assert client.get("/api/v1/agents/shop/metrics").json["runs"] == 0
    assert client.get("/api/v1/agents/shop/runs").json == []
    assert client.get("/api/v1/agents/coder/metrics").json["runs"] == 1
    post(client, make_request(wrapper, service_name="shop"))
    assert client.get("/api/v1/metrics").json["runs"] == 1
    assert client.get("/api/v1/telemetry").json["withdrawn"] == 1


def test_an_evaluation_completes_a_run_from_spans(
    client: LambdaClient, database: Database[Any]
) -> None:
    trace, top = os.urandom(16), os.urandom(8)
    path = "/api/v1/agents/coder/versions/unversioned/runs"
    agent = make_request(make_agent(trace_id=trace, span_id=top))
    post(client, agent)
    verdict = {"id": f"{trace.hex()}-{top.hex()}", "status": "completed", "score": 0.75}
    assert client.post(path, verdict).status == 200
    post(client, make_request(make_call(trace_id=trace, parent_span_id=top)))
    post(client, agent)
    (run,) = client.get(path).json
    assert (run["score"], run["input_tokens"]) == (0.75, 10)


def test_calls_without_an_agent_are_no_runs(client: LambdaClient, database: Database[Any]) -> None:
    post(client, make_request(make_call()))
    assert database["runs"].count_documents({}) == 0
    summary = client.get("/api/v1/telemetry").json
    assert (summary["spans"], summary["runs"], summary["waiting"]) == (1, 0, 0)


def test_a_trace_without_its_agents_span_waits_and_then_expires(
    client: LambdaClient, database: Database[Any]
) -> None:
    name = "llama-index-traceloop/error-root-never-sent.pb"
    body = (FOLDER / name).read_bytes()
    post(client, body)
    summary = client.get("/api/v1/telemetry").json
    assert (summary["waiting"], summary["expired"], summary["runs"]) == (1, 0, 0)
    assert summary["waiting_examples"][0]["framework"] == "llama-index"
    assert "BaseWorkflowAgent.task" in summary["waiting_examples"][0]["names"]
    database["open_traces"].update_many({}, [{"$set": {"due": {"$subtract": ["$due", 10**8]}}}])
    run_upkeep()
    summary = client.get("/api/v1/telemetry").json
    assert (summary["waiting"], summary["expired"], summary["runs"]) == (0, 1, 0)
    assert summary["examples"][0]["framework"] == "llama-index"
    assert database["runs"].count_documents({}) == 0


def test_an_agents_span_ends_the_waiting(client: LambdaClient, database: Database[Any]) -> None:
    trace, top = os.urandom(16), os.urandom(8)
    post(client, make_request(make_call(trace_id=trace, parent_span_id=top)))
    assert client.get("/api/v1/telemetry").json["waiting"] == 1
    post(client, make_request(make_agent(trace_id=trace, span_id=top)))
    summary = client.get("/api/v1/telemetry").json
    assert (summary["waiting"], summary["runs"]) == (0, 1)


def test_what_there_was_no_time_for_is_recorded_by_the_scheduled_function(
    client: LambdaClient, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.telemetry.receiving.RECORDING_S", -1.0)
    agents = [make_agent(f"agent-{number}") for number in range(30)]
    answer = post(client, make_request(*agents))
    assert answer.status == 200
    assert "the runs of 30 traces follow within minutes" in answer.text
    assert database["runs"].count_documents({}) == 0
    run_upkeep()
    assert database["runs"].count_documents({}) == 30
    assert database["open_traces"].count_documents({}) == 0
    assert client.get("/api/v1/telemetry").json["runs"] == 30


def run_upkeep() -> None:
    from app import rollup  # noqa: PLC0415 - the fixture has made the app's database first

    rollup(SCHEDULED_EVENT, None)
