"""CrewAI by OpenLLMetry: crew and task are marked as agents too, but have no name."""

from __future__ import annotations

from chalicelib.telemetry.attributes import AGENT_NAME, text_of
from chalicelib.telemetry.families.family import Family
from chalicelib.telemetry.spans import Marks


def _agent(span: Marks) -> str | None:
    return text_of(span.attributes, AGENT_NAME, "crewai.agent.role")


CREWAI = Family("crewai", agent=_agent, convention="openllmetry")
