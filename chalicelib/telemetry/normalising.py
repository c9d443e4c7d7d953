"""From a span as it was sent to what runs are made of: one way for all instrumentations."""

from __future__ import annotations

from chalicelib.telemetry import attributes as names
from chalicelib.telemetry.attributes import Attributes, counts_of, dollars_of, text_of
from chalicelib.telemetry.shapes import SHAPES, Origin, short_text
from chalicelib.telemetry.spans import (
    NO_TOKENS,
    STATUS_ERROR,
    AgentDetail,
    RawSpan,
    Span,
    Tokens,
)
from chalicelib.values.cutting import MAX_TEXT_BYTES
from chalicelib.values.durations import MAX_DURATION_US


def reduce_span(span: RawSpan, origin: Origin) -> Span:
    """The span as runs need it."""
    _, span_id, parent_id, name, start_ns, end_ns, marks, details, status, *_ = span
    if not (marks or origin.reads_names):
        return Span(span_id, parent_id)
    kind, name_, answered_by, provider, agent, framework, version, convention = SHAPES[
        origin, name, not parent_id, marks
    ]
    if kind == "other":
        return Span(span_id, parent_id)
    if kind == "step":
        return Span(span_id, parent_id, "step", name=name_, convention=convention)
    tokens, cost = NO_TOKENS, None
    if details and kind != "tool":
        tokens, cost = tokens_of(details), dollars_of(details)
    failed = status == STATUS_ERROR
    if agent and (details or failed):
        agent = _agent(agent, span)
    duration: int | None = (end_ns - start_ns + 500) // 1000
    if not start_ns <= end_ns <= start_ns + MAX_DURATION_US * 1000:
        duration = None  # it does not say when it ended, or says what cannot be
    # As Span(...) makes it, in half the time: this is done for every span.
    return tuple.__new__(
        Span,
        (
            *(span_id, parent_id, kind, start_ns // 1000, duration, failed, name_, answered_by),
            *(provider, tokens, cost, agent, framework, version, convention),
        ),
    )


def tokens_of(details: Attributes) -> Tokens:
    """The tokens that a span reports.

    Some instrumentations leave what came from a cache out of the input; where it cannot be a
    part of the input, it is added.
    """
    given, output, read, created, reasoning = counts_of(details)
    if given is None and output is None:
        return NO_TOKENS
    cached = (read or 0) + (created or 0)
    if given is not None and cached > given:
        given += cached
    return Tokens(given, output, read, created, reasoning)


def _agent(agent: AgentDetail, span: RawSpan) -> AgentDetail:
    """The agent with what is this span's own."""
    details = span.details
    return agent._replace(
        error=_error(span) if span.status == STATUS_ERROR else None,
        session=short_text(text_of(details, *names.SESSIONS)),
        user=short_text(text_of(details, *names.USERS)),
    )


def _error(span: RawSpan) -> str | None:
    """Why it failed, in the words that say most."""
    text = span.exception or span.status_message or text_of(span.details, *names.ERRORS)
    # Cut here only to bound what is kept; the recording of runs cuts once more, and says so.
    return text[: MAX_TEXT_BYTES + 1].replace("\0", " ") if text else None
