"""Semantic Kernel, whose unnamed agents get a random name, and Agent Framework."""

from __future__ import annotations

import re

from chalicelib.telemetry.attributes import AGENT_NAME, text_of
from chalicelib.telemetry.families.family import Family
from chalicelib.telemetry.spans import Marks

_MADE_UP = re.compile(r"agent_[A-Za-z0-9]{16}")


def _agent(span: Marks) -> str | None:
    name = text_of(span.attributes, AGENT_NAME)
    return None if name and _MADE_UP.fullmatch(name) else name


SEMANTIC_KERNEL = Family("semantic-kernel", agent=_agent, convention="gen_ai")
AGENT_FRAMEWORK = Family("agent-framework", convention="gen_ai")
