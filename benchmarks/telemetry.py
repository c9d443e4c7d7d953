"""Spans in: the captured requests with fresh ids, through the handler and without it.

Beside the handler stands what no receiver can do without: to parse the protobuf, and to insert the
reduced spans, a document each, made beforehand.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pymongo.collection import Collection

from benchmarks.pairs import Action, medians
from benchmarks.rows import Row, at_least, at_most
from benchmarks.service import Service
from chalicelib.database import collection, database
from chalicelib.database.names import SPANS as STORED_SPANS
from chalicelib.database.names import Name

DATABASE = "bench_telemetry"
CAPTURES = Path("tests/data/otlp")
SPANS = 1_000
ROUNDS = 40
MEMORY_REQUESTS = 2_000
_HEADERS = {"content-type": "application/x-protobuf"}


def measure(uri: str) -> Iterator[Row]:
    service = Service(uri, DATABASE, empty=True)
    taken = medians(_requests(service))
    yield at_least(
        f"OTLP, {SPANS:,} spans: speed against parsing, and inserting the reduced spans",
        0.5,
        taken["plain"] / taken["handler"],
    )
    yield at_most(f"OTLP, {SPANS:,} spans: handler", 100, taken["handler"] * 1000, " ms")
    yield Row("OTLP: spans a second", "", f"{SPANS / taken['handler']:,.0f}")
    yield at_most("OTLP: spans as stored, of their payload", 0.2, _stored_share(service))
    yield at_most("OTLP: growth of the process over 2,000 requests", 5, _growth_mb(service), " MB")


def _requests(service: Service) -> Iterator[dict[str, Action]]:
    plain: Collection[Any] = collection(Name("plain_spans"))
    for _ in range(ROUNDS):
        body = fresh_request(SPANS)
        event = service.event("POST", "/v1/traces", body, _HEADERS)
        documents = [dict(document) for document in _reduced(body)]
        yield {
            "handler": partial(service.call, event, 200),
            "plain": partial(_parse_and_insert, body, plain, documents),
        }


def _parse_and_insert(body: bytes, plain: Any, documents: list[dict[str, Any]]) -> None:
    ExportTraceServiceRequest.FromString(body)
    plain.insert_many(documents, ordered=False)


def _reduced(body: bytes) -> Iterator[dict[str, Any]]:
    """What of each span runs are made of, as anybody would store it."""
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                yield {
                    "_id": span.span_id,
                    "trace": span.trace_id,
                    "parent": span.parent_span_id,
                    "name": span.name,
                    "start": span.start_time_unix_nano,
                    "end": span.end_time_unix_nano,
                    "model": "gpt-4o-mini",
                    "input_tokens": 54,
                    "output_tokens": 9,
                }


def fresh_request(spans: int) -> bytes:
    """About so many spans of the captured traces, under ids that nobody has seen."""
    request = ExportTraceServiceRequest()
    count = 0
    while count < spans:
        for captured in _captured():
            copy = ExportTraceServiceRequest()
            copy.CopyFrom(captured)
            count += _renew_ids(copy)
            request.MergeFrom(copy)
            if count >= spans:
                break
    return request.SerializeToString()


def _renew_ids(request: ExportTraceServiceRequest) -> int:
    salt = os.urandom(8)
    count = 0
    for group in request.resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                span.trace_id = _mix(span.trace_id, salt)
                span.span_id = _mix(span.span_id, salt)
                if span.parent_span_id:
                    span.parent_span_id = _mix(span.parent_span_id, salt)
                count += 1
    return count


def _mix(span_id: bytes, salt: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(span_id, salt * 2, strict=False))


@cache
def _captured() -> list[ExportTraceServiceRequest]:
    return [
        ExportTraceServiceRequest.FromString(path.read_bytes())
        for path in sorted(CAPTURES.glob("*/*.pb"))
    ]


def _stored_share(service: Service) -> float:
    """Bytes of the stored documents, of the bytes of the requests that they came in."""
    collection(STORED_SPANS).delete_many({})
    sent = 0
    for path in sorted(CAPTURES.glob("*/*.pb")):
        body = path.read_bytes()
        sent += len(body)
        service.call(service.event("POST", "/v1/traces", body, _HEADERS), 200)
    stored = database().command("collStats", "spans")["size"]
    return float(stored) / sent


def _growth_mb(service: Service) -> float:
    """How much more memory the process has held at most, after many requests of 30 spans."""
    for _ in range(200):
        service.call(service.event("POST", "/v1/traces", fresh_request(30), _HEADERS), 200)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(MEMORY_REQUESTS):
        service.call(service.event("POST", "/v1/traces", fresh_request(30), _HEADERS), 200)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
