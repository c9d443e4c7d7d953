"""Reduced spans as they are stored: a list of short rows as JSON, with a layout number beside it.

A row is cut behind its last known value. Texts that agents' spans repeat stay; the rest is small
because most of a span is not kept at all. A changed layout gets a new number, and the old reader
stays for as long as spans live (see `LAYOUTS`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic_core import from_json, to_json

from chalicelib.telemetry.spans import KINDS, NO_TOKENS, AgentDetail, Span, Tokens

LAYOUT = 1
_KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}


def pack(spans: Iterable[Span]) -> bytes:
    return to_json([_row(span) for span in spans])


def unpack(layout: int, packed: bytes) -> list[Span]:
    """Raises KeyError for a layout of a newer release."""
    return LAYOUTS[layout](packed)


def _row(span: Span) -> list[Any]:
    row: list[Any] = [
        span.span_id.hex(),
        span.parent_id.hex(),
        _KIND_NUMBERS[span.kind],
        span.start_us,
        span.duration_us,
        int(span.failed),
        span.name,
        _cut(list(span.tokens)) or None,
        span.cost,
        span.answered_by,
        span.provider,
        _cut(list(span.agent)) if span.agent else None,
        span.framework,
        span.framework_version,
        span.convention,
    ]
    if span.kind != "agent":
        # Only an agent's run tells of its framework.
        del row[11:]
    if span.kind in ("other", "step"):
        row[3:6] = [0, 0, 0] if span.name else [None, None, None]
    return _cut(row)


def _cut(row: list[Any]) -> list[Any]:
    while row and row[-1] is None:
        row.pop()
    return row


def _unpack_1(packed: bytes) -> list[Span]:
    return [_span(row) for row in from_json(packed)]


def _span(row: list[Any]) -> Span:
    row += [None] * (15 - len(row))
    (span_id, parent_id, kind, start, duration, failed, name, tokens, cost, *rest) = row
    answered_by, provider, agent, framework, framework_version, convention = rest
    return Span(
        bytes.fromhex(span_id),
        bytes.fromhex(parent_id),
        KINDS[kind],
        start or 0,
        duration,
        bool(failed),
        name,
        answered_by,
        provider,
        Tokens(*tokens) if tokens else NO_TOKENS,
        cost,
        AgentDetail(*agent) if agent else None,
        framework,
        framework_version,
        convention,
    )


LAYOUTS: Mapping[int, Callable[[bytes], list[Span]]] = {1: _unpack_1}
