"""LangSmith's exporter: an agent is a chain at the root of a trace, or named as its agent."""

from __future__ import annotations

from chalicelib.telemetry.attributes import LANGSMITH_AGENT, LANGSMITH_KIND
from chalicelib.telemetry.families.family import Family
from chalicelib.telemetry.spans import Kind, Marks


def _kind(span: Marks) -> Kind | None:
    attributes = span.attributes
    if attributes.get(LANGSMITH_KIND) != "chain":
        return None
    if span.is_root or attributes.get(LANGSMITH_AGENT) == span.name:
        return "agent"
    return "other"


def _agent(span: Marks) -> str:
    return span.name


LANGSMITH = Family("langchain", kind=_kind, agent=_agent, convention="langsmith")
