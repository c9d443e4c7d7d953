"""Mastra, whose operation names are its own; an agent is known by its id."""

from __future__ import annotations

from chalicelib.telemetry.attributes import AGENT_ID, AGENT_NAME, MASTRA_KIND, text_of
from chalicelib.telemetry.families.family import Family
from chalicelib.telemetry.spans import Kind, Marks

_KINDS: dict[object, Kind] = {
    "agent_run": "agent",
    "model_generation": "llm",
    "llm_generation": "llm",
    "tool_call": "tool",
    "mcp_tool_call": "tool",
}


def _kind(span: Marks) -> Kind | None:
    return _KINDS.get(span.attributes.get(MASTRA_KIND))


def _agent(span: Marks) -> str | None:
    return text_of(span.attributes, AGENT_NAME, AGENT_ID)


MASTRA = Family("mastra", kind=_kind, agent=_agent)
