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
    return to_json([_row(span) for span in spans], bytes_mode="hex")


def unpack(layout: int, packed: bytes) -> list[Span]:
    """Raises KeyError for a layout of a newer release."""
    return LAYOUTS[layout](packed)


def _row(span: Span) -> list[Any]:
    row: list[Any]
    rest: list[Any]
    span_id, parent_id, kind, start_us, duration_us, failed, name, *rest = span
    row = [span_id, parent_id, _KIND_NUMBERS[kind]]
    if kind in ("other", "step"):
        return [*row, 0, 0, 0, name] if name else row
    answered_by, provider, tokens, cost, agent, *framework = rest
    counts = _cut(list(tokens)) if tokens != NO_TOKENS else None
    row += (start_us, duration_us, int(failed), name, counts, cost, answered_by, provider)
    if agent:
        # Only an agent's run tells of its framework.
        row += (_cut(list(agent)), *framework)
    return _cut(row)


def _cut(row: list[Any]) -> list[Any]:
    while row[-1] is None:
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
