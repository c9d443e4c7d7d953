"""DSPy by OpenInference: its agents are modules of the kind CHAIN."""

from __future__ import annotations

from chalicelib.telemetry.families.family import Family, nameless
from chalicelib.telemetry.spans import Kind, Marks

_AGENTS = frozenset(("ReAct.forward", "ReAct.aforward", "CodeAct.forward", "CodeAct.aforward"))


def _kind(span: Marks) -> Kind | None:
    return "agent" if span.name in _AGENTS else None


DSPY = Family("dspy", kind=_kind, agent=nameless)
