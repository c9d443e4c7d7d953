"""OpenInference: `openinference.span.kind` says what a span is; names differ by framework."""

from __future__ import annotations

import re

from chalicelib.telemetry.attributes import NODE_ID, OPENINFERENCE_KIND, text_of
from chalicelib.telemetry.families.conventions import agent_name
from chalicelib.telemetry.families.family import Family
from chalicelib.telemetry.spans import Marks

_AGENT_RUN = re.compile(r"agent_run \[(.+)\]")


def _span_name(span: Marks) -> str:
    """LangChain calls a span an agent when its name says so, and that is the agent's name."""
    return span.name


def _before_run(span: Marks) -> str:
    """Smolagents puts `.run` behind the agent's name."""
    return span.name.removesuffix(".run")


def _node_id(span: Marks) -> str | None:
    """CrewAI's role, and AutoGen's agent; their span's names say what the agent does."""
    return text_of(span.attributes, "agent.name", NODE_ID)


def _adk_name(span: Marks) -> str | None:
    found = _AGENT_RUN.fullmatch(span.name)
    return text_of(span.attributes, "agent.name") or (found and found[1])


def _by_hand(span: Marks) -> str | None:
    """A span that somebody made with OpenInference's tracer is named as the agent's function."""
    name = agent_name(span)
    if name is None and span.attributes.get(OPENINFERENCE_KIND) == "AGENT":
        return span.name
    return name


def _agent_name(span: Marks) -> str | None:
    """Agno and OpenAI Agents: other names of an agent's span are made up, or a wrapper's."""
    return text_of(span.attributes, "agent.name")


BY_HAND = Family("openinference", agent=_by_hand)
AGNO = Family("agno", agent=_agent_name)
AUTOGEN = Family("autogen", agent=_node_id)
CREWAI = Family("crewai", agent=_node_id)
GOOGLE_ADK = Family("google-adk", agent=_adk_name)
LANGCHAIN = Family("langchain", agent=_span_name)
OPENAI_AGENTS = Family("openai-agents", agent=_agent_name)
SMOLAGENTS = Family("smolagents", agent=_before_run)
