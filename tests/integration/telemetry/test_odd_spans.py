"""What instrumentations send that nobody wrote down: in OTLP's JSON, as they would."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.telemetry import open_traces, upkeep
from tests.integration.telemetry.reading import post, stored_runs
from tests.lambda_client import LambdaClient
from tests.otlp_messages import JSON

AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "coder"}
CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
TOOL = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
TOKENS = {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}
_numbers = count(1)
Span = dict[str, Any]


def value_of(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [value_of(each) for each in value]}}
    return {"stringValue": value} if isinstance(value, str) else {}


def span(attributes: dict[str, Any], parent: Span | None = None, **fields: Any) -> Span:
    """A span below another one of the same trace, or at the root of a new one."""
    number, start = next(_numbers), time.time_ns() - 60 * 10**9
    return {
        "traceId": parent["traceId"] if parent else f"{number:032x}",
        "spanId": f"{number:016x}",
        "parentSpanId": parent["spanId"] if parent else "",
        "name": "step",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 10**9),
        "attributes": [{"key": k, "value": value_of(v)} for k, v in attributes.items()],
    } | fields


def send(client: LambdaClient, *spans: Span, scope: str = "new.framework", **resource: Any) -> None:
    named = [{"key": k.replace("_", "."), "value": value_of(v)} for k, v in resource.items()]
    scoped = {"scope": {"name": scope, "version": "0.1"}, "spans": list(spans)}
    body = {"resourceSpans": [{"resource": {"attributes": named}, "scopeSpans": [scoped]}]}
    answer = post(client, json.dumps(body).encode(), JSON)
    assert (answer.status, answer.text) == (200, "{}")


def only_run(database: Database[Any]) -> dict[str, Any]:
    (run,) = database["runs"].find({"deleted_at": None})
    found: dict[str, Any] = run
    return found


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"gen_ai.usage.prompt_tokens": 10, "gen_ai.usage.completion_tokens": 2}, (10, 2)),
        ({"llm.usage.prompt_tokens": 10, "llm.usage.completion_tokens": 2}, (10, 2)),
        ({"llm.token_count.prompt": 10, "llm.token_count.completion": 2}, (10, 2)),
        ({"ai.usage.promptTokens": 10.0, "ai.usage.completionTokens": 2.0}, (10, 2)),
        ({"gen_ai.usage.input_tokens": "10", "gen_ai.usage.output_tokens": "2"}, (10, 2)),
        # The newer name wins; what is no count counts for nothing.
        ({"gen_ai.usage.prompt_tokens": 99, **TOKENS}, (10, 2)),
        ({"gen_ai.usage.input_tokens": -1, "gen_ai.usage.prompt_tokens": 10}, (10, None)),
        ({"gen_ai.usage.input_tokens": True, "gen_ai.usage.output_tokens": [1]}, (None, None)),
        ({"gen_ai.usage.input_tokens": "many", "gen_ai.usage.output_tokens": 2.5}, (None, None)),
        ({"gen_ai.usage.input_tokens": 2**62, "gen_ai.usage.output_tokens": 2}, (None, 2)),
    ],
)
def test_tokens_under_any_name_and_type(
    client: LambdaClient, database: Database[Any], usage: dict[str, Any], tokens: tuple[Any, Any]
) -> None:
    send(client, agent := span(AGENT), span(CALL | usage, agent))
    run = only_run(database)
    assert (run.get("input_tokens"), run.get("output_tokens")) == tokens


def test_sums_that_nothing_can_hold_are_not_known(
    client: LambdaClient, database: Database[Any]
) -> None:
    agent, usage = span(AGENT), {"gen_ai.usage.input_tokens": 2**53, "gen_ai.usage.cost": 1e12}
    send(client, agent, *(span(CALL | usage, agent) for _ in range(1_100)))
    run = only_run(database)
    assert ("input_tokens" in run, "cost" in run) == (False, False)


@pytest.mark.parametrize(
    ("given", "cost"),
    [
        ({"gen_ai.usage.cost": 0.25}, 0.25),
        ({"llm.cost.total": 0.25}, 0.25),
        ({"gen_ai.usage.total_cost": "0.25"}, 0.25),
        ({"gen_ai.cost.total_cost": 0.25}, 0.25),
        ({"gen_ai.usage.cost_usd": 1}, 1.0),
        ({"gen_ai.usage.input_cost": 0.25, "gen_ai.usage.output_cost": 0.5}, 0.75),
        ({"llm.cost.prompt": 0.25, "llm.cost.completion": 0.5, "llm.cost.total": 0.8}, 0.8),
        ({"llm.cost.prompt": 0.25}, None),
        ({"gen_ai.usage.cost": -1.0}, None),
        ({"gen_ai.usage.cost": "NaN"}, None),
        ({"gen_ai.usage.cost": True}, None),
        ({"gen_ai.usage.cost": "free"}, None),
    ],
)
def test_costs_that_a_framework_gives(
    client: LambdaClient, database: Database[Any], given: dict[str, Any], cost: float | None
) -> None:
    call = CALL | {"gen_ai.request.model": "house-model"} | TOKENS | given
    send(client, agent := span(AGENT), span(call, agent))
    assert only_run(database).get("cost") == cost


def test_a_cost_on_the_agents_span_is_believed_only_without_calls(
    client: LambdaClient, database: Database[Any]
) -> None:
    send(client, span(AGENT | {"gen_ai.usage.cost": 9.5}))
    assert only_run(database)["cost"] == 9.5
    database["runs"].delete_many({})
    agent = span(AGENT | {"gen_ai.usage.cost": 9.5, "gen_ai.usage.input_tokens": 999})
    send(client, agent, span(CALL | TOKENS | {"gen_ai.usage.cost": 0.5}, agent))
    run = only_run(database)
    assert (run["cost"], run["input_tokens"]) == (0.5, 10)


def test_a_call_that_failed_before_it_counted_hides_no_cost(
    client: LambdaClient, database: Database[Any]
) -> None:
    agent = span(AGENT)
    refused = span(CALL, agent, status={"code": 2, "message": "429 too many requests"})
    send(client, agent, refused, span(CALL | TOKENS, agent))
    run = only_run(database)
    assert (run["status"], run["input_tokens"]) == ("completed", 10)
    assert run["cost"] == pytest.approx((10 * 2.5 + 2 * 10) / 1e6)


@pytest.mark.parametrize("code", [2, "2", 2.0, "STATUS_CODE_ERROR"])
def test_an_error_of_a_tool_is_not_the_runs_and_an_agents_is(
    client: LambdaClient, database: Database[Any], code: Any
) -> None:
    status = {"code": code, "message": "timed out"}
    send(client, agent := span(AGENT), span(TOOL, agent, status=status))
    run = only_run(database)
    assert (run["status"], run["tools"], run.get("error")) == ("completed", ["search"], None)
    database["runs"].delete_many({})
    send(client, span(AGENT, status=status))
    run = only_run(database)
    assert (run["status"], run["error"]) == ("failed", "timed out")


@pytest.mark.parametrize(
    ("attributes", "agent", "version"),
    [
        ({"gen_ai.agent.version": 2}, "coder", "2"),
        ({"gen_ai.agent.version": 1.5}, "coder", "1.5"),
        ({"gen_ai.agent.name": 42}, "42", "7"),
        ({"gen_ai.agent.name": True}, "shop", "7"),
        ({"gen_ai.agent.name": ["coder"]}, "shop", "7"),
        ({"gen_ai.agent.name": None, "gen_ai.agent.version": None}, "shop", "7"),
    ],
)
def test_names_that_are_no_texts(
    client: LambdaClient,
    database: Database[Any],
    attributes: dict[str, Any],
    agent: str,
    version: str,
) -> None:
    send(client, span(AGENT | attributes), service_name="shop", service_version="7")
    (run,) = stored_runs(database)
    assert (run["agent"], run["version"]) == (agent, version)


def test_who_asked_may_be_a_number(client: LambdaClient, database: Database[Any]) -> None:
    send(client, span(AGENT | {"user.id": 17, "session.id": 4711, "error": True}))
    metadata = only_run(database)["metadata"]
    assert (metadata["user_id"], metadata["session_id"]) == ("17", "4711")


@pytest.mark.parametrize("end", ["18446744073709551615", "0", "-1", "x", None])
def test_an_end_that_cannot_be_leaves_the_duration_open(
    client: LambdaClient, database: Database[Any], end: Any
) -> None:
    send(client, span(AGENT, endTimeUnixNano=end))
    run = only_run(database)
    assert (run["status"], run.get("time_taken")) == ("completed", None)


def test_a_framework_that_nobody_has_met_is_read_by_the_conventions(
    client: LambdaClient, database: Database[Any]
) -> None:
    agent = span(AGENT)
    wrapper = span({"new.kind": "loop"}, agent)
    tool = span(TOOL, wrapper)
    send(client, agent, wrapper, tool, span(CALL | TOKENS, tool), scope="brand.new")
    (run,) = stored_runs(database)
    assert (run["agent"], run["models"], run["tools"]) == ("coder", ["gpt-4o"], ["search"])
    assert run["input_tokens"] == 10
    assert client.get("/api/v1/telemetry").json["frameworks"] == {"brand.new": 3}


def test_two_runs_in_one_trace_share_nothing(client: LambdaClient, database: Database[Any]) -> None:
    root = span({"http.route": "/chat"})
    first = span(AGENT, root)
    second = span(AGENT, root)
    send(client, root, first, second, span(CALL | TOKENS, first), span(TOOL, second))
    runs = stored_runs(database)
    assert sorted((run["input_tokens"], *run["tools"]) for run in runs if run["tools"] == []) == [
        (10,)
    ]
    assert [run["tools"] for run in runs if run["tools"]] == [["search"]]
    assert len(runs) == 2


def test_the_same_call_under_two_conventions_counts_once(
    client: LambdaClient, database: Database[Any]
) -> None:
    agent = span(AGENT)
    # The framework's own word, an instrumentation around the client, and both on one span.
    native = span(CALL | TOKENS, agent)
    model = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o"}
    inner = span(model | {"llm.token_count.prompt": 10, "llm.token_count.completion": 2}, native)
    both = span(CALL | TOKENS | model | {"llm.token_count.prompt": 10}, agent)
    twice = span(TOOL | {"openinference.span.kind": "TOOL"}, agent)
    again = span({"openinference.span.kind": "TOOL", "tool.name": "search"}, twice)
    send(client, agent, native, inner, both, twice, again)
    run = only_run(database)
    assert (run["input_tokens"], run["output_tokens"], run["tools"]) == (20, 4, ["search"])
    calls = client.get(f"/api/v1/agents/coder/versions/unversioned/runs/{run['_id']['id']}/calls")
    assert [step["kind"] for step in calls.json] == ["model", "model", "tool"]


def test_an_agent_in_its_like_is_one_run_and_one_that_a_tool_starts_is_another(
    client: LambdaClient, database: Database[Any]
) -> None:
    outer = span(AGENT)
    inner = span(
        AGENT, span({"openinference.span.kind": "CHAIN"}, outer) | {"spanId": outer["spanId"]}
    )
    tool = span(TOOL, inner)
    helper = span(AGENT, tool)
    send(
        client, outer, inner, span(CALL | TOKENS, inner), tool, helper, span(CALL | TOKENS, helper)
    )
    runs = stored_runs(database)
    assert {run["id"].partition("-")[2]: run["input_tokens"] for run in runs} == {
        outer["spanId"]: 10,
        helper["spanId"]: 10,
    }


def test_spans_exported_again_in_other_batches_after_a_restart_change_nothing(
    client: LambdaClient, database: Database[Any]
) -> None:
    agent = span(AGENT)
    spans = [agent, span(CALL | TOKENS, agent), span(TOOL, agent), span(CALL | TOKENS, agent)]
    send(client, *spans)
    before = stored_runs(database)
    for piece in (spans[:1], spans[1:3], spans[2:], spans[::-1]):
        send(client, *piece)
    assert stored_runs(database) == before
    assert client.get("/api/v1/telemetry").json["runs"] == 1


def test_an_agents_span_that_comes_a_day_late_still_makes_its_run(
    client: LambdaClient, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = span(AGENT)
    send(client, span(CALL | TOKENS, agent))
    monkeypatch.setattr(open_traces, "WAIT", timedelta(seconds=-1))
    send(client, span(CALL | TOKENS, agent))
    upkeep.look_after_traces(5)
    summary = client.get("/api/v1/telemetry").json
    assert (summary["waiting"], summary["expired"], summary["runs"]) == (0, 1, 0)
    send(client, agent)
    run = only_run(database)
    assert (run["status"], run["input_tokens"]) == ("completed", 20)
    summary = client.get("/api/v1/telemetry").json
    assert (summary["waiting"], summary["runs"]) == (0, 1)


@pytest.mark.parametrize(
    "value",
    [
        '{"doubleValue": %s}' % ("9" * 400),
        '{"doubleValue": NaN}',
        '{"doubleValue": 1e999}',
        '{"intValue": "%s"}' % ("9" * 20),
        '{"intValue": %s}' % ("9" * 400),
        '{"intValue": 12.5}',
        '{"stringValue": "\\ud83d"}',
        '{"stringValue": null}',
        '{"arrayValue": 5}',
        "[]",
    ],
)
def test_a_value_that_nothing_can_hold_costs_neither_its_span_nor_its_neighbours(
    client: LambdaClient, database: Database[Any], value: str
) -> None:
    keys = ("user.id", "gen_ai.usage.input_tokens", "gen_ai.usage.cost", "llm.input", "name")
    agent = span(AGENT | dict.fromkeys(keys, "@"))
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [agent, span(AGENT)]}]}]}
    sent = json.dumps(body).replace('{"stringValue": "@"}', value)
    assert post(client, sent.encode(), JSON).text == "{}"
    assert database["runs"].count_documents({"status": "completed"}) == 2


def test_half_an_emoji_in_what_is_kept_becomes_a_question_mark(
    client: LambdaClient, database: Database[Any]
) -> None:
    send(client, span(AGENT | {"gen_ai.agent.name": "coder \ud83d", "session.id": "s\ud83d"}))
    (run,) = stored_runs(database)
    assert run["agent"] == "coder ?"
    assert only_run(database)["metadata"]["session_id"] == "s?"


def test_a_correction_stands_whatever_spans_still_come(
    client: LambdaClient, database: Database[Any]
) -> None:
    agent = span(AGENT)
    send(client, agent, span(CALL | TOKENS, agent))
    path = "/api/v1/agents/coder/versions/unversioned/runs"
    run_id = f"{agent['traceId']}-{agent['spanId']}"
    correction = {"status": "failed", "error": "wrong answer", "cost": 9.0}
    assert client.request("PATCH", f"{path}/{run_id}", body=correction).status == 200
    send(client, span(CALL | TOKENS, agent), span(TOOL, agent))
    send(client, agent)
    run = client.get(f"{path}/{run_id}").json
    assert (run["status"], run["error"], run["cost"]) == ("failed", "wrong answer", 9.0)
    assert (run["input_tokens"], run["tools"]) == (20, ["search"])
