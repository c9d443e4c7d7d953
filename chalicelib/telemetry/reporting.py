"""A run from spans as a report of it: the fields that a client would send."""

from __future__ import annotations

from typing import Any

from chalicelib.telemetry.assembly import AssembledRun, total_tokens
from chalicelib.telemetry.spans import Tokens
from chalicelib.wire.models import MAX_LIST_ITEMS

_TOKEN_FIELDS = (
    *("input_tokens", "output_tokens", "cache_read_input_tokens"),
    *("cache_creation_input_tokens", "reasoning_output_tokens"),
)


def describe(run: AssembledRun) -> dict[str, Any]:
    """What the run's spans say, without what is not known. Times in microseconds.

    Tokens are those of its model calls. Only an agent without any has to be believed about them.
    """
    facts: dict[str, Any] = {
        "status": "failed" if run.span.failed else "completed",
        "models": models_of(run),
        "tools": _names(tool.name for tool in run.tools),
    }
    tokens = tokens_of(run)
    facts |= {n: c for n, c in zip(_TOKEN_FIELDS, tokens, strict=True) if c is not None}
    return facts


def models_of(run: AssembledRun) -> list[str]:
    """In order of their first call; without calls, the model that the agent's own span names."""
    if not run.calls:
        return [run.span.name] if run.span.name else []
    return _names(call.model for call in run.calls)


def tokens_of(run: AssembledRun) -> Tokens:
    if not run.calls:
        return run.span.tokens
    return total_tokens(part for call in run.calls for part in call.parts)


def _names(found: Any) -> list[str]:
    return [name for name in dict.fromkeys(found) if name][:MAX_LIST_ITEMS]
