"""What is read of a request: under the published field numbers, and bounded whatever is sent."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValueList
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from chalicelib.telemetry.decoding import decode_protobuf
from chalicelib.telemetry.messages import MESSAGES, messages
from chalicelib.telemetry.normalising import reduce_span
from chalicelib.telemetry.scalars import MAX_TEXT, SCALARS
from chalicelib.telemetry.shapes import SHAPES, origin_of
from chalicelib.telemetry.spans import RawSpan, Source
from tests.otlp_messages import make_request, make_span

PUBLISHED: dict[str, Any] = {
    "Request": trace_service_pb2.ExportTraceServiceRequest,
    "ResourceSpans": trace_pb2.ResourceSpans,
    "Resource": resource_pb2.Resource,
    "ScopeSpans": trace_pb2.ScopeSpans,
    "Scope": common_pb2.InstrumentationScope,
    "Span": trace_pb2.Span,
    "Event": trace_pb2.Span.Event,
    "Status": trace_pb2.Status,
    "AnyValue": common_pb2.AnyValue,
}


@pytest.mark.parametrize("name", MESSAGES)
def test_fields_have_the_numbers_and_wire_types_of_the_published_protocol(name: str) -> None:
    published = PUBLISHED[name].DESCRIPTOR.fields_by_name
    # As the wire has them: what is packed in bytes is a message or a text.
    packed = {field.TYPE_BYTES for field in published.values()} | {9, 11}
    for field, (number, written) in MESSAGES[name].items():
        theirs = published[field]
        assert theirs.number == number
        assert theirs.is_repeated == (written.startswith("*") or written == "attributes")
        kind = written.removeprefix("*")
        if kind in ("fixed64", "int64", "int32", "bool", "double"):
            same = {"int32": theirs.TYPE_ENUM}
            assert theirs.type == same.get(kind, getattr(theirs, f"TYPE_{kind.upper()}"))
        else:
            assert theirs.type in packed


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (AnyValue(string_value="gpt-4o"), "gpt-4o"),
        (AnyValue(string_value=""), ""),
        (AnyValue(string_value="漢字" * 40), "漢字" * 40),
        (AnyValue(string_value="x" * 1_000_000), "x" * MAX_TEXT),
        (AnyValue(int_value=0), 0),
        (AnyValue(int_value=127), 127),
        (AnyValue(int_value=128), 128),
        (AnyValue(int_value=-1), -1),
        (AnyValue(int_value=2**63 - 1), 2**63 - 1),
        (AnyValue(bool_value=False), False),
        (AnyValue(bool_value=True), True),
        (AnyValue(double_value=0.25), 0.25),
        (AnyValue(), None),
        (AnyValue(bytes_value=b"x"), None),
        (AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1)])), None),
        (AnyValue(kvlist_value=KeyValueList()), None),
    ],
)
def test_a_value_is_read_if_it_is_a_single_one(value: AnyValue, read: Any) -> None:
    raw = value.SerializeToString()
    assert (SCALARS[raw], type(SCALARS[raw])) == (read, type(read))


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"\x0a\x05ab", None),
        (b"\xff\xff", None),
        (b"\x0a\x02\xffa", "\ufffda"),
        (b"\x0a\x01a\x18\x05", 5),
        (b"\x18\x05\x0a\x01a", "a"),
        (b"\x0a\x80\x00", ""),
    ],
)
def test_a_value_that_nobody_writes_so_is_read_as_protobuf_has_it(raw: bytes, read: Any) -> None:
    assert SCALARS[raw] == read


def test_a_text_in_another_encoding_costs_no_span() -> None:
    span = make_span("AAAA", attributes={"gen_ai.agent.name": "BBBB"})
    body = make_request(span).replace(b"AAAA", b"\xff\xfeAA").replace(b"BBBB", b"BB\xffB")
    ((source, spans),) = decode_protobuf(body)
    (raw,) = spans
    assert (source.scope, raw.name) == ("made.up", "\ufffd\ufffdAA")
    assert raw.marks == ("gen_ai.agent.name", "BB\ufffdB")


def test_names_of_every_span_its_own_do_not_fill_the_memory() -> None:
    origin = origin_of(Source("pydantic-ai"))
    for number in range(12_000):
        reduce_span(RawSpan(b"", b"", b"", f"step {number}", 0, 0), origin)
        SCALARS[b"\x0a\x0a%010d" % number]
    before = len(SHAPES)
    reduce_span(RawSpan(b"", b"", b"", "long" * 2000, 0, 0), origin)
    assert len(SHAPES) == before <= 5000
    assert len(SCALARS) <= 5000


def test_the_messages_are_made_once() -> None:
    assert messages() is messages()
