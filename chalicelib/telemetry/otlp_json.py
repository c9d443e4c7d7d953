"""OTLP's JSON, which has rules of its own: hex ids, numbers for enums, 64-bit integers as text.

Unknown fields are ignored, as the specification asks; a field of the wrong type is as good as
absent, so that one odd attribute costs no span. What makes a span unusable is said of it later,
in the same words as for protobuf (chalicelib.telemetry.checking).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Container, Iterator
from itertools import chain
from typing import Any

from pydantic_core import from_json

from chalicelib.telemetry.attributes import DETAILS, MARKS, text_of_scalar
from chalicelib.telemetry.checking import parent_of
from chalicelib.telemetry.decoding import (
    EXCEPTION,
    EXCEPTION_MESSAGE,
    RESOURCE,
    Group,
    check_size,
    make_source,
)
from chalicelib.telemetry.payload import PayloadError
from chalicelib.telemetry.scalars import MAX_TEXT, Scalar
from chalicelib.telemetry.spans import NO_DETAILS, STATUS_ERROR, RawSpan

_MAX_DIGITS = 20
_BAD_ID = b"?"
# As protobuf writes it in JSON; OTLP asks for the number, and not everybody knows.
_ERROR = "STATUS_CODE_ERROR"


def decode_json(body: bytes) -> Iterator[Group]:
    """The spans of a request in JSON. Raises PayloadError before the first of them."""
    request = _parse(body)
    if not isinstance(request, dict) or not isinstance(request.get("resourceSpans", []), list):
        raise PayloadError(
            "the body is JSON, but no ExportTraceServiceRequest: an object with 'resourceSpans'"
        )
    check_size(
        sum(len(_list(s, "spans")) for r in _list(request, "resourceSpans") for s in _scopes(r))
    )
    return _groups(request)


def _parse(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError as error:
        problem = PayloadError(f"the body is not JSON: {error}")
        if "hex escape" not in str(error):
            raise problem from None
    try:
        # A text that JavaScript has cut within an emoji ends with half of one, and is no reason to
        # lose its neighbours. Seldom, so the slower parser may do it.
        return json.loads(body)
    except (ValueError, RecursionError):
        raise problem from None


def _groups(request: dict[str, Any]) -> Iterator[Group]:
    for resource_spans in _list(request, "resourceSpans"):
        resource = _attributes(_object(resource_spans, "resource"), RESOURCE)
        for scope_spans in _scopes(resource_spans):
            scope = _object(scope_spans, "scope")
            source = make_source(_text(scope, "name"), _text(scope, "version"), resource)
            yield Group(source, map(_raw, _list(scope_spans, "spans")))


def _raw(span: Any) -> RawSpan:
    if not isinstance(span, dict):
        span = {}
    status = _object(span, "status")
    code = STATUS_ERROR if status.get("code") == _ERROR else _integer(status.get("code")) or 0
    found = ((key, text_of_scalar(value)) for key, value in _attributes(span, MARKS).items())
    marks = [(key, text) for key, text in found if text is not None]
    return RawSpan(
        _id(span, "traceId"),
        _id(span, "spanId"),
        parent_of(_id(span, "parentSpanId")),
        _text(span, "name"),
        _integer(span.get("startTimeUnixNano")) or 0,
        _integer(span.get("endTimeUnixNano")) or 0,
        tuple(chain.from_iterable(marks)),
        _attributes(span, DETAILS) or NO_DETAILS,
        code,
        _text(status, "message"),
        _exception(_list(span, "events")) if code == STATUS_ERROR else "",
    )


def _attributes(holder: dict[str, Any], wanted: Container[str]) -> dict[str, Scalar]:
    found = {}
    for pair in _list(holder, "attributes"):
        if isinstance(pair, dict) and isinstance(key := pair.get("key"), str) and key in wanted:
            value = _value(pair.get("value"))
            if value is not None:
                found[key] = value
    return found


def _value(value: Any) -> Scalar | None:
    """What an AnyValue holds, if it is a single value."""
    if not isinstance(value, dict):
        return None
    text, flag, number = value.get("stringValue"), value.get("boolValue"), value.get("doubleValue")
    if isinstance(text, str):
        return _whole(text)
    if isinstance(flag, bool):
        return flag
    if isinstance(number, int | float) and not isinstance(number, bool):
        return float(number) if abs(number) <= sys.float_info.max else None
    return _integer(value.get("intValue"))


def _exception(events: list[Any]) -> str:
    for event in events:
        if isinstance(event, dict) and event.get("name") == EXCEPTION:
            message = _attributes(event, (EXCEPTION_MESSAGE,)).get(EXCEPTION_MESSAGE)
            if isinstance(message, str) and message:
                return message
    return ""


def _scopes(resource_spans: Any) -> list[Any]:
    return _list(resource_spans, "scopeSpans")


def _list(holder: Any, name: str) -> list[Any]:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, list) else []


def _object(holder: Any, name: str) -> dict[str, Any]:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    return _whole(value) if isinstance(value, str) else ""


def _whole(text: str) -> str:
    """As much of a text as is read, of whole characters only."""
    text = text[:MAX_TEXT]
    return text if text.isascii() else text.encode(errors="replace").decode()


def _integer(value: Any) -> int | None:
    """A 64-bit integer, as a text or a number."""
    if isinstance(value, str) and len(value) <= _MAX_DIGITS:
        try:
            value = int(value)
        except ValueError:
            return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_one = isinstance(value, int) and not isinstance(value, bool)
    return value if is_one and -(2**63) <= value < 2**64 else None


def _id(span: dict[str, Any], name: str) -> bytes:
    """An id's bytes; what is no hexadecimal text becomes bytes that are no id."""
    value = span.get(name)
    if value is None or value == "":
        return b""
    try:
        return bytes.fromhex(value) if isinstance(value, str) else _BAD_ID
    except ValueError:
        return _BAD_ID
