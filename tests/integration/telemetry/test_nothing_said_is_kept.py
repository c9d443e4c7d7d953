"""What is said to models and tools, and by them, is in no collection, whoever sent it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from pymongo.database import Database

from chalicelib.telemetry.attributes import DETAILS, MARKS
from tests.integration.telemetry.reading import post
from tests.lambda_client import LambdaClient
from tests.otlp_captures import captures, payload
from tests.otlp_messages import JSON, PROTOBUF

# Long enough, with a blank in it, not to be a name, a model or a part of an id.
_SAID = re.compile(r"[A-Za-z][\w .,:?!°-]{11,}")
_KEPT = MARKS | DETAILS | {"exception.message"}


def texts_of(value: AnyValue) -> Iterator[str]:
    if value.HasField("string_value"):
        yield value.string_value
    for each in value.array_value.values:
        yield from texts_of(each)
    for pair in value.kvlist_value.values:
        yield from texts_of(pair.value)


def pairs_of(body: bytes, *, is_json: bool) -> Iterator[KeyValue]:
    """All attributes of all spans and of their events."""
    request = ExportTraceServiceRequest()
    if is_json:
        Parse(body, request, ignore_unknown_fields=True)
    else:
        request.ParseFromString(body)
    for group in request.resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                yield from span.attributes
                for event in span.events:
                    yield from event.attributes
                yield KeyValue(key="error", value=AnyValue(string_value=span.status.message))
                yield KeyValue(key="name", value=AnyValue(string_value=span.name))


def test_no_prompt_answer_argument_or_result_of_any_framework_is_stored(
    client: LambdaClient, database: Database[Any]
) -> None:
    said: set[str] = set()
    kept: list[str] = []
    for name in (file for capture in captures() for file in capture.files):
        body, is_json = payload(name), ".json" in name
        assert post(client, body, JSON if is_json else PROTOBUF).status == 200
        for pair in pairs_of(body, is_json=is_json):
            if pair.key in _KEPT:
                kept += texts_of(pair.value)
            else:
                said.update(p for text in texts_of(pair.value) for p in _SAID.findall(text))
    names = " ".join(kept)
    said = {piece for piece in said if " " in piece and piece not in names}
    stored = " ".join(
        str(document)
        for collection in database.list_collection_names()
        for document in database[collection].find()
    )
    assert len(said) > 200
    assert any("Plan my trip" in piece for piece in said)
    assert [piece for piece in said if piece in stored] == []
