"""What a run did while it ran: its model calls and its tools, while its spans are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.telemetry.assembly import AssembledRun, Call, assemble, total_tokens
from chalicelib.telemetry.prices import Pricing, find_pricing
from chalicelib.telemetry.reporting import run_id, token_fields
from chalicelib.telemetry.span_store import read_traces
from chalicelib.telemetry.spans import Span

MAX_STEPS = 1000


def calls_of_run(owner: str | None, wanted: str) -> list[dict[str, Any]]:
    """The calls and tools of the run with this id, by start; none where no spans of it are kept.

    `offset_ms` counts from the run's start.
    """
    trace_id, _, _span_id = wanted.partition("-")
    try:
        trace = bytes.fromhex(trace_id)
    except ValueError:
        return []
    spans = read_traces(owner, [trace]).spans[trace]
    for run in assemble(spans).runs:
        if run_id(trace, run.span.span_id) == wanted:
            steps = sorted(_steps(run, find_pricing()), key=lambda step: step["offset_ms"])
            return steps[:MAX_STEPS]
    return []


def _steps(run: AssembledRun, pricing: Pricing) -> Iterator[dict[str, Any]]:
    for call in run.calls:
        yield _step(run, call.span, "model", call.model) | _cost_and_tokens(call, pricing)
    for tool in run.tools:
        yield _step(run, tool, "tool", tool.name)


def _step(run: AssembledRun, span: Span, kind: str, name: str | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "name": name,
        "offset_ms": (span.start_us - run.span.start_us) / 1000,
        "duration_ms": None if span.duration_us is None else span.duration_us / 1000,
        "failed": span.failed,
    }


def _cost_and_tokens(call: Call, pricing: Pricing) -> dict[str, Any]:
    return {"cost": pricing.cost_of_call(call)} | token_fields(total_tokens(call.parts))
