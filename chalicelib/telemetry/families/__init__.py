"""Which family an instrumentation belongs to, by the name of its scope."""

from __future__ import annotations

from functools import lru_cache

from chalicelib.telemetry.families import (
    crewai,
    dspy,
    haystack,
    langsmith,
    llama_index,
    logfire,
    mastra,
    microsoft,
    openinference,
    pydantic_ai,
    vercel,
)
from chalicelib.telemetry.families.family import Family

_OPENINFERENCE = "openinference.instrumentation"
_OPENLLMETRY = "opentelemetry.instrumentation"
_MOST_SCOPES = 1000

# By a scope's name, or by what it begins with up to a dot.
FAMILIES: dict[str, Family] = {
    "pydantic-ai": pydantic_ai.PYDANTIC_AI,
    "logfire.openai_agents": logfire.LOGFIRE,
    "langsmith": langsmith.LANGSMITH,
    "ai": vercel.VERCEL,
    "@mastra/otel": mastra.MASTRA,
    "haystack": haystack.HAYSTACK,
    "agent_framework": microsoft.AGENT_FRAMEWORK,
    "semantic_kernel": microsoft.SEMANTIC_KERNEL,
    "strands": Family("strands", convention="gen_ai"),
    "gcp.vertex.agent": Family("google-adk", convention="gen_ai"),
    "autogen-core": Family("autogen", convention="gen_ai"),
    "traceloop.tracer": Family("traceloop-sdk", convention="openllmetry"),
    "com.anthropic.sdk": Family("anthropic", convention="gen_ai"),
    f"{_OPENINFERENCE}.agno": openinference.AGNO,
    f"{_OPENINFERENCE}.autogen": openinference.AUTOGEN,
    f"{_OPENINFERENCE}.autogen_agentchat": openinference.AUTOGEN,
    f"{_OPENINFERENCE}.crewai": openinference.CREWAI,
    f"{_OPENINFERENCE}.dspy": dspy.DSPY,
    f"{_OPENINFERENCE}.google_adk": openinference.GOOGLE_ADK,
    f"{_OPENINFERENCE}.langchain": openinference.LANGCHAIN,
    f"{_OPENINFERENCE}.llama_index": llama_index.OPENINFERENCE,
    f"{_OPENINFERENCE}.openai_agents": openinference.OPENAI_AGENTS,
    f"{_OPENINFERENCE}.smolagents": openinference.SMOLAGENTS,
    f"{_OPENLLMETRY}.crewai": crewai.CREWAI,
    f"{_OPENLLMETRY}.llamaindex": llama_index.TRACELOOP,
    f"{_OPENLLMETRY}.langchain": Family("langchain", convention="openllmetry"),
    f"{_OPENLLMETRY}.openai_agents": Family("openai-agents", convention="openllmetry"),
}


@lru_cache(_MOST_SCOPES)
def family_of(scope: str) -> Family:
    """The family of a scope; for one that is not known, a family of the conventions alone."""
    parts = scope.split(".")
    for length in range(len(parts), 0, -1):
        found = FAMILIES.get(".".join(parts[:length]))
        if found:
            return found
    if scope.startswith((f"{_OPENINFERENCE}.", f"{_OPENLLMETRY}.")):
        # Under the second name there are instrumentations of everything, from SQL to AWS.
        return Family(parts[2].replace("_", "-"), known=scope.startswith(_OPENINFERENCE))
    return openinference.BY_HAND._replace(framework=scope[:100] or "unknown", known=False)


__all__ = ["FAMILIES", "Family", "family_of"]
