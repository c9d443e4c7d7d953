"""Logfire's instrumentation of OpenAI Agents: spans are told apart by unformatted templates."""

from __future__ import annotations

from chalicelib.telemetry.attributes import text_of
from chalicelib.telemetry.families.family import Family
from chalicelib.telemetry.spans import Kind, Marks

_TEMPLATES: dict[str, Kind] = {
    "Agent run: {name!r}": "agent",
    "Function: {name}": "tool",
}


def _kind(span: Marks) -> Kind | None:
    return _TEMPLATES.get(span.name)


def _name(span: Marks) -> str | None:
    return text_of(span.attributes, "name")


LOGFIRE = Family("openai-agents", kind=_kind, agent=_name, tool=_name, convention="logfire")
