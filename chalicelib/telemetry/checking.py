"""Which spans can be taken, and why others cannot."""

from __future__ import annotations

from typing import Literal

from chalicelib.telemetry.spans import RawSpan

Refusal = Literal["invalid_trace_id", "invalid_span_id", "invalid_time"]
REASONS: dict[str, str] = {
    "invalid_trace_id": "a trace id has 16 bytes that are not all zero",
    "invalid_span_id": "a span id has 8 bytes that are not all zero",
    "invalid_time": "a start lies between 2000 and tomorrow",
    "agent_of_another_project": "the agent's name is taken by another project",
}
TRACE_ID_BYTES, SPAN_ID_BYTES = 16, 8
_NO_TRACE_ID, _NO_SPAN_ID = bytes(TRACE_ID_BYTES), bytes(SPAN_ID_BYTES)
_FIRST_NS = 946_684_800 * 10**9
_DAY_NS = 86_400 * 10**9


def refusal_of(span: RawSpan, now_ns: int) -> Refusal | None:
    """Why the span cannot be taken; None when it can."""
    if len(span.trace_id) != TRACE_ID_BYTES or span.trace_id == _NO_TRACE_ID:
        return "invalid_trace_id"
    if len(span.span_id) != SPAN_ID_BYTES or span.span_id == _NO_SPAN_ID:
        return "invalid_span_id"
    if not _FIRST_NS <= span.start_ns <= now_ns + _DAY_NS:
        return "invalid_time"
    return None


def parent_of(span_id: bytes) -> bytes:
    """A parent's id; empty where there is none, or it is all zero as some exporters write it."""
    return span_id if len(span_id) == SPAN_ID_BYTES and span_id != _NO_SPAN_ID else b""
