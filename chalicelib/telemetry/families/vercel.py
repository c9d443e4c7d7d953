"""Vercel's AI SDK: `ai.operationId` says what a span is."""

from __future__ import annotations

from chalicelib.telemetry.attributes import VERCEL_OPERATION, text_of
from chalicelib.telemetry.families.family import Family
from chalicelib.telemetry.spans import Kind, Marks

_OPERATIONS: dict[object, Kind] = {
    "ai.generateText": "agent",
    "ai.streamText": "agent",
    "ai.generateText.doGenerate": "llm",
    "ai.streamText.doStream": "llm",
    "ai.generateObject.doGenerate": "llm",
    "ai.streamObject.doStream": "llm",
    "ai.toolCall": "tool",
}


def _kind(span: Marks) -> Kind | None:
    return _OPERATIONS.get(span.attributes.get(VERCEL_OPERATION))


def _agent(span: Marks) -> str | None:
    return text_of(span.attributes, "ai.telemetry.functionId")


VERCEL = Family("vercel-ai", kind=_kind, agent=_agent, convention="vercel-ai")
