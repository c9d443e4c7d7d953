"""The attributes that are read, by convention, and checks on their values.

Everything else in a span stays unread. Keys in order: where several name the same thing, the first
that has a usable value counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
from typing import Any

from chalicelib.values.checks import MAX_DOLLARS

Attributes = Mapping[str, Any]

OPERATION = "gen_ai.operation.name"
AGENT_NAME = "gen_ai.agent.name"
AGENT_ID = "gen_ai.agent.id"
AGENT_VERSION = "gen_ai.agent.version"
TOOL_NAME = "gen_ai.tool.name"
OPENINFERENCE_KIND = "openinference.span.kind"
TRACELOOP_KIND = "traceloop.span.kind"
TRACELOOP_NAME = "traceloop.entity.name"
LANGSMITH_KIND = "langsmith.span.kind"
LANGSMITH_AGENT = "langsmith.metadata.lc_agent_name"
VERCEL_OPERATION = "ai.operationId"
MASTRA_KIND = "mastra.span.type"
NODE_ID = "graph.node.id"
COMPONENT_NAME = "haystack.component.name"
REQUEST_TYPE = "llm.request.type"

MODELS = (
    *("gen_ai.request.model", "gen_ai.response.model"),
    *("llm.model_name", "llm.request.model_name", "llm.response.model_name", "ai.model.id"),
)
PROVIDERS = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")
INPUT_TOKENS = (
    *("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
    *("llm.usage.prompt_tokens", "ai.usage.inputTokens", "ai.usage.promptTokens"),
    # What an agent's span says of all its calls together, where it says it apart.
    "gen_ai.aggregated_usage.input_tokens",
)
OUTPUT_TOKENS = (
    *("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    *("llm.token_count.completion", "llm.usage.completion_tokens"),
    *("ai.usage.outputTokens", "ai.usage.completionTokens"),
    "gen_ai.aggregated_usage.output_tokens",
)
CACHE_READ_TOKENS = (
    *("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    *("gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cache_read_input_tokens"),
    *("gen_ai.usage.cached_input_tokens", "gen_ai.usage.input_tokens.cached"),
    *("gen_ai.usage.cached_tokens", "gen_ai.usage.prompt_tokens_details.cached_tokens"),
    *("llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input"),
    *("ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens"),
)
CACHE_CREATION_TOKENS = (
    *("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"),
    *("gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_write_input_tokens"),
    *("gen_ai.usage.details.cache_write_tokens", "ai.usage.inputTokenDetails.cacheWriteTokens"),
    *("gen_ai.usage.details.cache_creation_input_tokens",),
    "llm.token_count.prompt_details.cache_write",
)
REASONING_TOKENS = (
    *("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_output_tokens"),
    *("gen_ai.usage.reasoning_tokens", "gen_ai.usage.details.reasoning_tokens"),
    *("llm.token_count.completion_details.reasoning", "ai.usage.reasoningTokens"),
    "ai.usage.outputTokenDetails.reasoningTokens",
)
# In US dollars, of a whole call.
COSTS = (
    *("operation.cost", "gen_ai.usage.cost", "gen_ai.usage.total_cost", "llm.cost.total"),
    *("gen_ai.usage.cost_usd", "gen_ai.usage.cost.total", "gen_ai.cost.total_cost"),
    *("gen_ai.cost.total", "gen_ai.cost.total_usd", "gen_ai.cost.usd"),
    *("llm.usage.cost", "llm.usage.total_cost"),
)
# Of its input and its output, where nobody has added them up.
PARTIAL_COSTS = (
    ("gen_ai.usage.input_cost", "gen_ai.usage.output_cost"),
    ("llm.cost.prompt", "llm.cost.completion"),
    ("gen_ai.cost.input_cost", "gen_ai.cost.output_cost"),
)
ALL_COSTS = frozenset((*COSTS, *chain.from_iterable(PARTIAL_COSTS)))
SESSIONS = (
    *("gen_ai.conversation.id", "session.id", "langfuse.session.id"),
    *("traceloop.association.properties.session_id", "langsmith.metadata.session_id"),
    *("langsmith.metadata.thread_id", "ai.telemetry.metadata.sessionId", "langsmith.trace.session"),
)
USERS = (
    *("user.id", "enduser.id", "langfuse.user.id", "traceloop.association.properties.user_id"),
    *("langsmith.metadata.user_id", "ai.telemetry.metadata.userId"),
)
ERRORS = ("error", "error.type")
TOOLS = (TOOL_NAME, "tool.name", "ai.toolCall.name", "haystack.tool.name")

# What tells what a span is, and what it is called: the same on very many spans.
MARKS = frozenset(
    (
        *(OPERATION, AGENT_NAME, AGENT_ID, AGENT_VERSION, "agent.name", "agent_name", "name"),
        *(OPENINFERENCE_KIND, TRACELOOP_KIND, TRACELOOP_NAME, LANGSMITH_KIND, LANGSMITH_AGENT),
        *(VERCEL_OPERATION, "ai.telemetry.functionId", MASTRA_KIND, NODE_ID),
        *(COMPONENT_NAME, REQUEST_TYPE, "graph.node.name", "model_name", "crewai.agent.role"),
        *(*MODELS, *PROVIDERS, *TOOLS),
    )
)
# What is each span's own.
DETAILS = frozenset(
    (
        *(
            *ALL_COSTS,
            *SESSIONS,
            *USERS,
            *ERRORS,
            *INPUT_TOKENS,
            *OUTPUT_TOKENS,
        ),
        *(*CACHE_READ_TOKENS, *CACHE_CREATION_TOKENS, *REASONING_TOKENS),
    )
)

MAX_TOKENS = 2**53
_MOST_DIGITS = 16
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def text_of(attributes: Attributes, *keys: str) -> str | None:
    """The first of these that is a text and not blank; a number is as good as its text."""
    for key in keys:
        value = attributes.get(key)
        if value is not None:
            text = text_of_scalar(value)
            if text and not text.isspace():
                return text
    return None


def text_of_scalar(value: Any) -> str | None:
    """A text, or a number as a text, such as a version 2 or a user 17; None for a flag."""
    if isinstance(value, str):
        return value
    return None if isinstance(value, bool) else str(value)


# For each key of a count: which count it is, and how much it is to be preferred.
_COUNTS = {
    key: (place, preference)
    for place, keys in enumerate(
        (
            *(INPUT_TOKENS, OUTPUT_TOKENS, CACHE_READ_TOKENS),
            *(CACHE_CREATION_TOKENS, REASONING_TOKENS),
        )
    )
    for preference, key in enumerate(keys)
}


def counts_of(attributes: Attributes) -> list[int | None]:
    """Tokens of input and output, read from a cache, written to one, and of reasoning."""
    found: list[int | None] = [None] * 5
    preferences = [len(_COUNTS)] * 5
    for key, value in attributes.items():
        known = _COUNTS.get(key)
        if known is not None and known[1] < preferences[known[0]]:
            count = _count(value)
            if count is not None:
                place, preferences[place] = known
                found[place] = count
    return found


def _count(value: Any) -> int | None:
    """A count as it is meant; some send floats, and some texts."""
    if type(value) is int:
        return value if 0 <= value <= MAX_TOKENS else None
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.isdecimal():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _count(value) if type(value) is int else None


def dollars_of(attributes: Attributes) -> float | None:
    """What a span says that it cost."""
    if ALL_COSTS.isdisjoint(attributes):
        return None
    for key in COSTS:
        if key in attributes and (cost := _dollars(attributes[key])) is not None:
            return cost
    for pair in PARTIAL_COSTS:
        given, output = (_dollars(attributes.get(key)) for key in pair)
        if given is not None and output is not None:
            return given + output
    return None


def _dollars(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        cost = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    # None of what is not finite either.
    return cost if 0 <= cost <= MAX_DOLLARS else None


def is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None
