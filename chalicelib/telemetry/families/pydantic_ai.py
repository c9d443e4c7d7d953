"""Pydantic AI's own telemetry; the first versions knew no operation names."""

from __future__ import annotations

from chalicelib.telemetry.attributes import AGENT_NAME, OPERATION, TOOL_NAME, text_of
from chalicelib.telemetry.families.family import Family
from chalicelib.telemetry.spans import Kind, Marks


def _kind(span: Marks) -> Kind | None:
    if OPERATION in span.attributes:
        return None
    if span.name == "agent run":
        return "agent"
    return "tool" if TOOL_NAME in span.attributes else None


def _agent(span: Marks) -> str | None:
    return text_of(span.attributes, AGENT_NAME, "agent_name")


PYDANTIC_AI = Family("pydantic-ai", kind=_kind, agent=_agent, convention="gen_ai")
