"""Made-up requests of spans, for what no framework would send."""

from __future__ import annotations

import os
import time
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PROTOBUF, JSON = "application/x-protobuf", "application/json"


def attribute(key: str, value: Any) -> KeyValue:
    kinds = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value"}
    return KeyValue(key=key, value=AnyValue(**{kinds[type(value)]: value}))


def make_span(name: str = "span", **fields: Any) -> Span:
    """A span with ids of its own, that began a minute ago; `attributes` is a dictionary."""
    attributes = fields.pop("attributes", {})
    start = fields.pop("start", time.time_ns() - 60 * 10**9)
    return Span(
        name=name,
        trace_id=fields.pop("trace_id", os.urandom(16)),
        span_id=fields.pop("span_id", os.urandom(8)),
        start_time_unix_nano=start,
        end_time_unix_nano=fields.pop("end", start + 10**9),
        attributes=[attribute(*pair) for pair in attributes.items()],
        **fields,
    )


def make_agent(agent: str = "coder", **fields: Any) -> Span:
    named = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agent}
    return make_span(
        f"invoke_agent {agent}", attributes=named | fields.pop("attributes", {}), **fields
    )


def make_call(model: str = "gpt-4o", tokens: tuple[int, int] = (10, 2), **fields: Any) -> Span:
    named = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": tokens[0],
        "gen_ai.usage.output_tokens": tokens[1],
    }
    return make_span(f"chat {model}", attributes=named | fields.pop("attributes", {}), **fields)


def make_request(*spans: Span, scope: str = "made.up", **resource: str) -> bytes:
    """The bytes of a request; resource attributes with `_` for a dot."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(
        attribute(name.replace("_", "."), value) for name, value in resource.items()
    )
    scoped = group.scope_spans.add()
    scoped.scope.name = scope
    scoped.spans.extend(spans)
    return request.SerializeToString()
