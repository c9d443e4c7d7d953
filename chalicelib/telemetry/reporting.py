"""A run from spans as a report of it: what a client would have sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from chalicelib.telemetry.assembly import AssembledRun, total_tokens
from chalicelib.telemetry.prices import Pricing
from chalicelib.telemetry.spans import Tokens
from chalicelib.values.cutting import MAX_TEXT_BYTES
from chalicelib.values.instants import EPOCH, to_storable
from chalicelib.wire.models import MAX_LIST_ITEMS

_TOKEN_FIELDS = (
    *("input_tokens", "output_tokens", "cache_read_input_tokens"),
    *("cache_creation_input_tokens", "reasoning_output_tokens"),
)
_CUT = "…"


def run_id(trace_id: bytes, span_id: bytes) -> str:
    return f"{trace_id.hex()}-{span_id.hex()}"


def report_of(trace_id: bytes, run: AssembledRun, pricing: Pricing) -> dict[str, Any]:
    """The run as a validated report, in the form that recording takes."""
    span = run.span
    report = describe(run) | {
        "id": run_id(trace_id, span.span_id),
        "trace_id": trace_id.hex(),
        "created": to_storable(EPOCH + timedelta(microseconds=span.start_us)),
        "metadata": _metadata(run),
    }
    if span.duration_us is not None:
        report["time_taken"] = (span.duration_us / 1_000_000, span.duration_us)
    cost = pricing.cost_of(run)
    if cost is not None:
        report["cost"] = cost
    if run.agent.error:
        report["error"], cut = _within(run.agent.error)
        if cut:
            report["truncated"] = ["error"]
    return report


def describe(run: AssembledRun) -> dict[str, Any]:
    """Status, models, tools and tokens, without what is not known.

    Tokens are those of its model calls. Only an agent without any is believed about them itself.
    """
    return {
        "status": "failed" if run.span.failed else "completed",
        "models": _models(run),
        "tools": _names(tool.name for tool in run.tools),
        **token_fields(_tokens(run)),
    }


def token_fields(tokens: Tokens) -> dict[str, int]:
    """The known counts under the names that a run has for them."""
    return {n: c for n, c in zip(_TOKEN_FIELDS, tokens, strict=True) if c is not None}


def _models(run: AssembledRun) -> list[str]:
    """In order of their first call; without calls, the model that the agent's own span names."""
    if not run.calls:
        return [run.span.name] if run.span.name else []
    return _names(call.model for call in run.calls)


def _tokens(run: AssembledRun) -> Tokens:
    if not run.calls:
        return run.span.tokens
    return total_tokens(part for call in run.calls for part in call.parts)


def _names(found: Iterable[str | None]) -> list[str]:
    return [name for name in dict.fromkeys(found) if name][:MAX_LIST_ITEMS]


def _metadata(run: AssembledRun) -> dict[str, Any]:
    facts = {
        "framework": run.span.framework,
        "framework_version": run.span.framework_version,
        "session_id": run.agent.session,
        "user_id": run.agent.user,
    }
    return {name: value for name, value in facts.items() if value}


def _within(text: str) -> tuple[str, bool]:
    """The text cut at a character to what an error may have, and whether it was."""
    raw = text.encode(errors="replace")
    if len(raw) <= MAX_TEXT_BYTES:
        return raw.decode(), False
    room = MAX_TEXT_BYTES - len(_CUT.encode())
    return raw[:room].decode(errors="ignore") + _CUT, True
