"""Requests that no exporter should send get a clear answer, and cost nothing else."""

from __future__ import annotations

import gzip
import json
import resource
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from pymongo.database import Database

from tests.lambda_client import Answer, LambdaClient
from tests.otlp_captures import FOLDER
from tests.otlp_messages import JSON, PROTOBUF, make_agent, make_call, make_request, make_span

Stored = Callable[[], dict[str, list[Any]]]
TRACE = bytes(range(16))
GOOD = (FOLDER / "openai-agents-openinference" / "ok.pb").read_bytes()


def post(client: LambdaClient, body: bytes, media_type: str = PROTOBUF) -> Answer:
    return client.post("/v1/traces", body, content_type=media_type)


def partial_success(answer: Answer) -> tuple[int, str]:
    assert answer.status == 200
    response = ExportTraceServiceResponse.FromString(answer.text.encode())
    return response.partial_success.rejected_spans, response.partial_success.error_message


def status_of(answer: Answer) -> tuple[int, str]:
    """Code and message of a google.rpc.Status in protobuf, read by hand."""
    raw = answer.text.encode()
    assert raw[0] == 0x08
    assert raw[2] == 0x12
    assert len(raw) == 4 + raw[3]
    return raw[1], raw[4:].decode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(GOOD[:-7], id="truncated"),
        pytest.param(b"\xff" * 100, id="noise"),
        pytest.param(b"not protobuf at all", id="text"),
        pytest.param(gzip.compress(GOOD)[:-20], id="truncated gzip"),
        pytest.param(gzip.compress(GOOD)[:20], id="beginning of gzip"),
        pytest.param(gzip.compress(GOOD)[:-8] + bytes(8), id="gzip with a wrong sum"),
    ],
)
def test_bytes_that_are_no_request_are_refused_and_change_nothing(
    client: LambdaClient, stored: Stored, body: bytes
) -> None:
    before = stored()
    answer = post(client, body)
    assert answer.status == 400
    assert answer.headers["Content-Type"] == PROTOBUF
    code, message = status_of(answer)
    assert code == 3
    assert message
    assert stored() == before


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'"x"', b'{"resourceSpans": 1}', b"\xff\xfe", b'{"resourceSpans": [1, null'],
)
def test_json_that_is_no_request_is_refused_in_json(
    client: LambdaClient, stored: Stored, body: bytes
) -> None:
    before = stored()
    answer = post(client, body, JSON)
    assert answer.status == 400
    assert answer.headers["Content-Type"] == JSON
    assert answer.json["code"] == 3
    assert answer.json["message"]
    assert stored() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"resourceSpans": []},
        {"resourceSpans": [None, 1, {}, {"scopeSpans": [None, {"spans": None}]}]},
        {"resourceSpans": [{"resource": 5, "scopeSpans": [{"scope": [], "spans": []}]}]},
    ],
)
def test_json_without_spans_is_taken(client: LambdaClient, body: Any) -> None:
    answer = post(client, json.dumps(body).encode(), JSON)
    assert (answer.status, answer.text) == (200, "{}")


def test_an_empty_request_is_taken(client: LambdaClient) -> None:
    answer = post(client, b"")
    assert (answer.status, answer.text) == (200, "")


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(client: LambdaClient) -> None:
    bomb = gzip.compress(bytes(400_000_000), 9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = post(client, bomb)
    assert answer.status == 413
    assert status_of(answer)[0] == 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000


def test_more_bytes_than_are_taken_are_refused(client: LambdaClient) -> None:
    assert post(client, bytes(4_500_001)).status == 413


def test_more_spans_than_are_taken_are_refused_whole(client: LambdaClient) -> None:
    spans = [make_span(trace_id=TRACE, name="") for _ in range(10_001)]
    answer = post(client, gzip.compress(make_request(*spans), 1))
    assert answer.status == 413
    assert "10001" in status_of(answer)[1]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"trace_id": bytes(16)}, "trace id"),
        ({"trace_id": b"short"}, "trace id"),
        ({"trace_id": b""}, "trace id"),
        ({"span_id": bytes(8)}, "span id"),
        ({"span_id": bytes(9)}, "span id"),
        ({"start": 0}, "2000"),
        ({"start": 2**64 - 1, "end": 2**64 - 1}, "2000"),
        ({"start": time.time_ns() + 2 * 86_400 * 10**9}, "2000"),
    ],
)
def test_a_span_that_cannot_be_is_named_and_its_neighbours_are_taken(
    client: LambdaClient, database: Database[Any], fields: dict[str, Any], why: str
) -> None:
    rejected, message = partial_success(
        post(client, make_request(make_agent("bad", **fields), make_agent("good")))
    )
    assert rejected == 1
    assert why in message
    assert [agent["name"] for agent in database["agents"].find()] == ["good"]
    assert database["runs"].count_documents({}) == 1


@pytest.mark.parametrize(
    ("times", "taken"),
    [
        (("-5", "-1"), False),
        (("99999999999999999999999", "1"), False),
        (("x", "1"), False),
        (("1795598397542231217.5", "1"), False),
        ((None, None), False),
        ((str(time.time_ns() - 10**9), "-1"), True),
    ],
)
def test_times_of_json_that_cannot_be(
    client: LambdaClient, database: Database[Any], times: tuple[Any, Any], taken: bool
) -> None:
    span = {
        "traceId": TRACE.hex(),
        "spanId": "00000000000000aa",
        "name": "invoke_agent coder",
        "startTimeUnixNano": times[0],
        "endTimeUnixNano": times[1],
        "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "invoke_agent"}}],
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    answer = post(client, json.dumps(body).encode(), JSON)
    assert answer.status == 200
    assert ("partialSuccess" not in answer.json) == taken
    assert database["runs"].count_documents({"status": "completed"}) == int(taken)


def test_a_million_attributes_are_passed_over(
    client: LambdaClient, database: Database[Any]
) -> None:
    agent = make_agent()
    junk = make_span(attributes={"k": ""}).attributes[0]
    agent.attributes.extend([junk] * 1_000_000)
    assert partial_success(post(client, gzip.compress(make_request(agent), 1)))[0] == 0
    assert database["runs"].count_documents({"status": "completed"}) == 1


def test_attributes_of_a_megabyte_are_not_kept(
    client: LambdaClient, database: Database[Any]
) -> None:
    megabyte = "x" * 1_000_000
    agent = make_agent(
        attributes={
            "gen_ai.agent.name": "coder" + megabyte,
            "gen_ai.agent.version": megabyte,
            "gen_ai.conversation.id": megabyte,
            "gen_ai.input.messages": megabyte,
        }
    )
    agent.status.code = Status.STATUS_CODE_ERROR
    agent.status.message = megabyte
    assert partial_success(post(client, gzip.compress(make_request(agent), 1)))[0] == 0
    (run,) = database["runs"].find()
    assert len(run["error"].encode()) <= 4096
    assert run["error"].endswith("…")
    assert all(len(value) <= 200 for value in run["metadata"].values())
    assert all(len(chunk["packed"]) < 20_000 for chunk in database["spans"].find())


def test_parents_in_a_circle_end_somewhere(client: LambdaClient, database: Database[Any]) -> None:
    ids = [bytes(7) + bytes([n]) for n in (1, 2, 3)]
    spans = [
        make_agent("a", trace_id=TRACE, span_id=ids[0], parent_span_id=ids[2]),
        make_span(trace_id=TRACE, span_id=ids[1], parent_span_id=ids[0]),
        make_agent("b", trace_id=TRACE, span_id=ids[2], parent_span_id=ids[1]),
        make_call(trace_id=TRACE, parent_span_id=ids[1]),
        make_agent("itself", trace_id=TRACE, span_id=b"12345678", parent_span_id=b"12345678"),
    ]
    assert partial_success(post(client, make_request(*spans)))[0] == 0
    assert database["runs"].count_documents({"status": "completed"}) == 3


def test_a_chain_of_ten_thousand_parents_is_walked(
    client: LambdaClient, database: Database[Any]
) -> None:
    ids = [n.to_bytes(8, "big") for n in range(1, 10_001)]
    agent = make_agent(trace_id=TRACE, span_id=ids[0])
    steps = [
        make_span("s", trace_id=TRACE, span_id=own, parent_span_id=above)
        for above, own in pairwise(ids[:-1])
    ]
    call = make_call(trace_id=TRACE, parent_span_id=ids[-2])
    spans = [call, *reversed(steps), agent]
    assert partial_success(post(client, gzip.compress(make_request(*spans), 1)))[0] == 0
    (run,) = database["runs"].find({"status": "completed"})
    assert (run["input_tokens"], run["models"]) == (10, ["gpt-4o"])


@pytest.mark.parametrize(
    ("name", "filed"),
    [
        ("", "my-service"),
        ("   ", "my-service"),
        (".", "my-service"),
        ("..", "my-service"),
        ("3c00d472-3aec-4925-b7f8-0218aaf42147", "my-service"),
        ("6" * 24, "my-service"),
        ("two\nlines\0", "two lines"),
        ("n" * 300, "n" * 200),
        ("a/b?c#d%", "a/b?c#d%"),
        ("Größe 漢字", "Größe 漢字"),
    ],
)
def test_any_name_becomes_one_that_can_be_filed(
    client: LambdaClient, database: Database[Any], name: str, filed: str
) -> None:
    span = make_span(
        "x", attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name}
    )
    assert partial_success(post(client, make_request(span, service_name="my-service")))[0] == 0
    (agent,) = database["agents"].find()
    assert agent["name"] == filed
    assert database["runs"].count_documents({"agent_id": agent["_id"]}) == 1


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
def test_other_media_types_are_refused(client: LambdaClient, media_type: str) -> None:
    answer = post(client, GOOD, media_type)
    assert answer.status == 415
    assert answer.json["code"] == 3


@pytest.mark.parametrize("path", ["/v1/traces", "/api/v1/otlp/v1/traces"])
@pytest.mark.parametrize("parameters", ["", "; charset=utf-8"])
def test_both_addresses_take_traces(client: LambdaClient, path: str, parameters: str) -> None:
    answer = client.post(path, GOOD, content_type=PROTOBUF + parameters)
    assert (answer.status, answer.headers["Content-Type"]) == (200, PROTOBUF)


@pytest.mark.parametrize("signal", ["logs", "metrics"])
@pytest.mark.parametrize("prefix", ["", "/api/v1/otlp"])
def test_logs_and_metrics_are_thanked_and_not_kept(
    client: LambdaClient, stored: Stored, signal: str, prefix: str
) -> None:
    before = stored()
    answer = client.post(f"{prefix}/v1/{signal}", b"whatever", content_type=PROTOBUF)
    assert (answer.status, answer.text) == (200, "")
    answer = client.post(f"{prefix}/v1/{signal}", b"{}", content_type=JSON)
    assert (answer.status, answer.text) == (200, "{}")
    assert stored() == before
