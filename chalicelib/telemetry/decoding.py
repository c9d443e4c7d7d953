"""OTLP trace requests: from bytes to spans, from protobuf here and from JSON in otlp_json.

Only attributes that are wanted are taken out of a span; the rest of it, prompts and completions
with it, is dropped with the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from chalicelib.telemetry.attributes import WANTED
from chalicelib.telemetry.checking import parent_of
from chalicelib.telemetry.payload import PayloadError, PayloadTooBig
from chalicelib.telemetry.spans import RawSpan, Source

MAX_SPANS = 10_000
# Longer than anything that is kept; an attribute of a megabyte is not carried any further.
MAX_TEXT = 8192
_EXCEPTION, _EXCEPTION_MESSAGE = "exception", "exception.message"
_RESOURCE = ("service.name", "service.version", "service.namespace")
_VALUES = frozenset(("string_value", "bool_value", "int_value", "double_value"))


class Sent(NamedTuple):
    """A span as it was sent, and from where."""

    source: Source
    span: RawSpan


def decode_protobuf(body: bytes) -> Iterator[Sent]:
    """The spans of an ExportTraceServiceRequest. Raises PayloadError before the first of them."""
    decode_error, request_type = _messages()
    request = request_type()
    try:
        request.ParseFromString(body)
    except decode_error:
        raise PayloadError(
            "the body is not an ExportTraceServiceRequest in protobuf; JSON is taken with"
            " 'Content-Type: application/json'"
        ) from None
    check_size(sum(len(s.spans) for r in request.resource_spans for s in r.scope_spans))
    return _spans(request)


def check_size(spans: int) -> None:
    """Raises PayloadTooBig for more spans than a request may have."""
    if spans > MAX_SPANS:
        raise PayloadTooBig(
            f"a request has at most {MAX_SPANS} spans, this one has {spans}:"
            " let the exporter send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE)"
        )


def make_source(scope: str, scope_version: str, resource: dict[str, Any]) -> Source:
    texts = [v if isinstance(v := resource.get(key), str) else None for key in _RESOURCE]
    return Source(scope[:MAX_TEXT], scope_version[:MAX_TEXT], *texts)


@cache
def _messages() -> tuple[type[Exception], Any]:
    """Protobuf's classes: imported by the first request that needs them, not at a cold start."""
    from google.protobuf.message import DecodeError  # noqa: PLC0415
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2  # noqa: PLC0415

    return DecodeError, trace_service_pb2.ExportTraceServiceRequest


def _spans(request: Any) -> Iterator[Sent]:
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes, _RESOURCE)
        for scope_spans in resource_spans.scope_spans:
            scope = scope_spans.scope
            source = make_source(scope.name, scope.version, resource)
            for span in scope_spans.spans:
                yield Sent(source, _raw(span))


def _raw(span: Any) -> RawSpan:
    code, message = 0, ""
    if span.HasField("status"):
        status = span.status
        code, message = status.code, status.message[:MAX_TEXT]
    return RawSpan(
        span.trace_id,
        span.span_id,
        parent_of(span.parent_span_id),
        span.name[:MAX_TEXT],
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        _attributes(span.attributes, WANTED),
        code,
        message,
        _exception(span.events) if span.events else "",
    )


def _attributes(pairs: Any, wanted: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        key = pair.key
        if key in wanted:
            value = pair.value
            # Nearly all are texts; of what kind a value is costs more to find out than to read it.
            text = value.string_value
            if text:
                found[key] = text[:MAX_TEXT]
            else:
                which = value.WhichOneof("value")
                if which in _VALUES:
                    found[key] = getattr(value, which)
    return found


def _exception(events: Iterable[Any]) -> str:
    """The message of the first exception event that has one."""
    for event in events:
        if event.name == _EXCEPTION:
            message = _attributes(event.attributes, (_EXCEPTION_MESSAGE,)).get(_EXCEPTION_MESSAGE)
            if isinstance(message, str) and message:
                return message
    return ""
