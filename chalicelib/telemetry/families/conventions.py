"""The conventions that instrumentations share: OpenTelemetry GenAI, OpenInference, OpenLLMetry.

For frameworks that nobody here has met, these alone decide.
"""

from __future__ import annotations

from chalicelib.telemetry import attributes as names
from chalicelib.telemetry.attributes import Attributes, text_of
from chalicelib.telemetry.spans import Kind, Marks

_OPENINFERENCE: dict[object, Kind] = {"AGENT": "agent", "LLM": "llm", "TOOL": "tool"}
_TRACELOOP: dict[object, Kind] = {"agent": "agent", "tool": "tool"}
_OPERATIONS: dict[object, Kind] = {
    "invoke_agent": "agent",
    "execute_tool": "tool",
    "chat": "llm",
    "text_completion": "llm",
    "generate_content": "llm",
}
# What OpenLLMetry wrote before the conventions had an operation's name.
_REQUEST_TYPES: dict[object, Kind] = {"chat": "llm", "completion": "llm"}
_INVOKE = "invoke_agent "
_TOOL_SUFFIXES = (".__call__", ".tool", ".run")


def kind_of(span: Marks) -> Kind:
    """What a span is by its attributes.

    OpenInference's word comes first: instrumentations that write over a native span's operation
    set both.
    """
    attributes = span.attributes
    return (
        _OPENINFERENCE.get(attributes.get(names.OPENINFERENCE_KIND))
        or _TRACELOOP.get(attributes.get(names.TRACELOOP_KIND))
        or _OPERATIONS.get(attributes.get(names.OPERATION))
        or _REQUEST_TYPES.get(attributes.get(names.REQUEST_TYPE))
        or "other"
    )


def convention_of(attributes: Attributes) -> str | None:
    """The name of the convention that a span's attributes follow."""
    if names.OPENINFERENCE_KIND in attributes:
        return "openinference"
    if names.TRACELOOP_KIND in attributes or names.REQUEST_TYPE in attributes:
        return "openllmetry"
    if names.OPERATION in attributes:
        return "gen_ai"
    return None


def agent_name(span: Marks) -> str | None:
    """An agent's name as the conventions have it; None where they leave it open."""
    attributes = span.attributes
    named = text_of(attributes, names.AGENT_NAME, "agent.name", "graph.node.name")
    if named:
        return named
    if attributes.get(names.TRACELOOP_KIND) == "agent":
        return text_of(attributes, names.TRACELOOP_NAME)
    if span.name.startswith(_INVOKE):
        return span.name.removeprefix(_INVOKE)
    return None


def tool_name(span: Marks) -> str:
    """A tool's name; where no attribute has it, the span's name without what was put behind it."""
    named = text_of(span.attributes, *names.TOOLS)
    if named:
        return named
    if span.attributes.get(names.TRACELOOP_KIND) == "tool":
        named = text_of(span.attributes, names.TRACELOOP_NAME)
    name = named or span.name.removeprefix("execute_tool ")
    for suffix in _TOOL_SUFFIXES:
        name = name.removesuffix(suffix)
    return name
