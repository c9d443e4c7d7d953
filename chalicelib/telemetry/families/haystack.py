"""Haystack: names of spans say what they are; in a pipeline an agent is known by its component."""

from __future__ import annotations

from chalicelib.telemetry.attributes import COMPONENT_NAME, text_of
from chalicelib.telemetry.families.family import Family, nameless
from chalicelib.telemetry.spans import Kind, Marks

_NAMES: dict[str, Kind] = {
    "haystack.agent.run": "agent",
    "haystack.agent.step.llm": "llm",
    "haystack.agent.step.tool": "tool",
}


def _kind(span: Marks) -> Kind | None:
    return _NAMES.get(span.name)


def _label(span: Marks) -> str | None:
    return text_of(span.attributes, COMPONENT_NAME)


HAYSTACK = Family("haystack", kind=_kind, agent=nameless, label=_label)
