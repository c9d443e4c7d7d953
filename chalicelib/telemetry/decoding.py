"""OTLP trace requests in protobuf: from bytes to spans. Those in JSON are read by otlp_json.

Only attributes that are wanted are taken out of a span; the rest of it, prompts and completions
with it, is dropped with the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from chalicelib.telemetry.attributes import DETAILS, MARKS, text_of_scalar
from chalicelib.telemetry.checking import parent_of
from chalicelib.telemetry.messages import messages
from chalicelib.telemetry.payload import PayloadError, PayloadTooBig
from chalicelib.telemetry.scalars import MAX_TEXT, SCALARS, Scalar, text_of_bytes
from chalicelib.telemetry.spans import NO_DETAILS, STATUS_ERROR, RawSpan, Source

MAX_SPANS = 10_000
EXCEPTION, EXCEPTION_MESSAGE = "exception", "exception.message"
RESOURCE = ("service.name", "service.version", "service.namespace")
_UNSET = (0, "", "")
# No status, or the code for success.
_FINE = (b"", b"\x18\x01")
_place_of = (dict.fromkeys(MARKS, True) | dict.fromkeys(DETAILS, False)).get


class Group(NamedTuple):
    """Spans as they were sent, and from where."""

    source: Source
    spans: Iterable[RawSpan]


def decode_protobuf(body: bytes) -> Iterator[Group]:
    """The spans of an ExportTraceServiceRequest. Raises PayloadError before the first of them."""
    request = messages().Request()
    try:
        request.ParseFromString(body)
    except messages().DecodeError:
        raise PayloadError(
            "the body is not an ExportTraceServiceRequest in protobuf; JSON is taken with"
            " 'Content-Type: application/json'"
        ) from None
    check_size(sum(len(s.spans) for r in request.resource_spans for s in r.scope_spans))
    return _groups(request)


def check_size(spans: int) -> None:
    """Raises PayloadTooBig for more spans than a request may have."""
    if spans > MAX_SPANS:
        raise PayloadTooBig(
            f"a request has at most {MAX_SPANS} spans, this one has {spans}:"
            " let the exporter send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE)"
        )


def make_source(scope: str, scope_version: str, resource: dict[str, Any]) -> Source:
    texts = [v if isinstance(v := resource.get(key), str) else None for key in RESOURCE]
    return Source(scope[:MAX_TEXT], scope_version[:MAX_TEXT], *texts)


def _groups(request: Any) -> Iterator[Group]:
    for resource_spans in request.resource_spans:
        pairs = resource_spans.resource.attributes
        resource = {key: SCALARS[pairs[key]] for key in RESOURCE if key in pairs}
        for scope_spans in resource_spans.scope_spans:
            scope = scope_spans.scope
            source = make_source(text_of_bytes(scope.name), text_of_bytes(scope.version), resource)
            yield Group(source, map(_raw, scope_spans.spans))


def _raw(span: Any) -> RawSpan:
    marks: list[str] = []
    details: dict[str, Scalar] | None = None
    pairs = span.attributes
    for key in pairs:
        is_mark = _place_of(key)
        if is_mark is None:
            continue
        value = SCALARS[pairs[key]]
        if value is None:
            continue
        if is_mark:
            text = value if type(value) is str else text_of_scalar(value)
            if text is not None:
                marks += (key, text)
        elif details is None:
            details = {key: value}
        else:
            details[key] = value
    status = span.status
    code, message, exception = _UNSET if status in _FINE else _outcome(status, span)
    parent_id = span.parent_span_id
    # As RawSpan(...) makes it, in half the time: this is done for every span.
    return tuple.__new__(
        RawSpan,
        (
            span.trace_id,
            span.span_id,
            parent_of(parent_id) if parent_id else parent_id,
            span.name[:MAX_TEXT].decode("utf-8", "replace"),
            span.start_time_unix_nano,
            span.end_time_unix_nano,
            tuple(marks),
            details or NO_DETAILS,
            code,
            message,
            exception,
        ),
    )


def _outcome(status: bytes, span: Any) -> tuple[int, str, str]:
    """Code and message of a status, and of an error the message of its exception."""
    try:
        read = messages().Status.FromString(status)
    except messages().DecodeError:
        return 0, "", ""
    exception = _exception(span.events) if read.code == STATUS_ERROR else ""
    return read.code, text_of_bytes(read.message), exception


def _exception(events: Iterable[bytes]) -> str:
    """The message of the first exception event that has one."""
    for raw in events:
        try:
            event = messages().Event.FromString(raw)
        except messages().DecodeError:
            continue
        if event.name == EXCEPTION.encode() and EXCEPTION_MESSAGE in event.attributes:
            message = SCALARS[event.attributes[EXCEPTION_MESSAGE]]
            if isinstance(message, str) and message:
                return message
    return ""
