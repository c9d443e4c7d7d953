"""LlamaIndex, whose agents are workflows without a kind and a name of their own."""

from __future__ import annotations

import re

from chalicelib.telemetry.attributes import TOOL_NAME, TRACELOOP_KIND
from chalicelib.telemetry.families.family import Family, nameless
from chalicelib.telemetry.spans import Kind, Marks

_RUN = re.compile(r"\w*Agent\w*\.run")
# OpenInference gives it the kind LLM, but it only puts a request together.
_PREPARATION = "._prepare_chat_with_tools"


def _openinference_kind(span: Marks) -> Kind | None:
    if _RUN.fullmatch(span.name):
        return "agent"
    return "other" if span.name.endswith(_PREPARATION) else None


def _traceloop_kind(span: Marks) -> Kind | None:
    attributes = span.attributes
    if attributes.get(TRACELOOP_KIND) == "workflow":
        return "agent"
    return "tool" if "tool.name" in attributes or TOOL_NAME in attributes else None


OPENINFERENCE = Family("llama-index", kind=_openinference_kind, agent=nameless)
TRACELOOP = Family("llama-index", kind=_traceloop_kind, agent=nameless)
