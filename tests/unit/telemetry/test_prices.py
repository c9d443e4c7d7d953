"""Prices are those of the public list, to the last digit that a person would look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from genai_prices import Usage
from genai_prices.data import providers
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.telemetry.prices import public_list
from chalicelib.telemetry.prices.costs import cost_of
from chalicelib.telemetry.spans import Tokens

PRICED = [
    (provider, model)
    for provider in providers
    for model in provider.models
    if any(
        getattr(getattr(p, "prices", p), "input_mtok", None) is not None
        for p in (model.prices if isinstance(model.prices, list) else [model.prices])
    )
]
REGIONAL = "regional.anthropic.claude-sonnet-4-20250514-v1:0"
INSTANT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@given(
    place=st.integers(0, len(PRICED) - 1),
    parts=st.tuples(*[st.integers(0, 300_000)] * 5),
    instant=st.integers(0, 1000).map(lambda days: INSTANT - timedelta(days)),
)
def test_a_call_costs_what_the_package_of_the_list_says(
    place: int, parts: tuple[int, ...], instant: datetime
) -> None:
    provider, model = PRICED[place]
    plain, read, created, spoken, reasoned = parts
    tokens = Tokens(plain + read + created, spoken + reasoned, read, created, reasoned)
    usage = Usage(
        input_tokens=tokens.input,
        cache_read_tokens=read,
        cache_write_tokens=created,
        output_tokens=tokens.output,
        output_reasoning_tokens=reasoned,
    )
    entry = public_list().find(model.id, provider.id)
    theirs = provider.find_model(model.id, all_providers=providers)
    assume(theirs is not None)
    assert theirs is not None
    assert entry is not None
    assert (entry.provider, entry.model) == (provider.id, theirs.id)
    rates = entry.rates_at(instant)
    expected = theirs.get_prices(instant).calc_price(usage)["total_price"]
    found = cost_of(tokens, rates)
    assert found is None or Decimal(found) == pytest.approx(expected, rel=Decimal("1e-9"))
    assert found is not None or "output" not in rates or "input" not in rates


@pytest.mark.parametrize(
    ("model", "provider", "found"),
    [
        ("gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("gpt-4o-mini-2024-07-18", "openai", "gpt-4o-mini"),
        ("gpt-4o-mini", "fakeai.chat", "gpt-4o-mini"),
        ("gpt-4o-mini", "OpenAI", "gpt-4o-mini"),
        ("openai/gpt-4o-mini", "litellm", "gpt-4o-mini"),
        ("claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5", None, "claude-sonnet-4-5"),
        ("gemini-2.0-flash", "gcp.gemini", "gemini-2.0-flash"),
        ("gpt-4o", "az.ai.openai", "gpt-4o"),
        ("GPT-4o", "openai", "gpt-4o"),
        ("gpt-4o", "openai.responses", "gpt-4o"),
        ("azure/gpt-4o", None, "gpt-4o"),
        ("openai:gpt-4o", None, "gpt-4o"),
        ("anthropic:claude-sonnet-4-20250514", None, "claude-sonnet-4-0"),
        ("claude-sonnet-4@20250514", None, "claude-sonnet-4-0"),
        ("models/gemini-2.5-pro", None, "gemini-2.5-pro"),
        ("publishers/google/models/gemini-2.5-pro", None, "gemini-2.5-pro"),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", None, REGIONAL),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "aws.bedrock", REGIONAL),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "Anthropic", REGIONAL),
        ("bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0", None, REGIONAL),
        ("eu.amazon.nova-pro-v1:0", None, "amazon.nova-pro-v1:0"),
        # A model trained further costs something else, and so may one that only looks alike.
        ("ft:gpt-4o-mini-2024-07-18:org::id", "openai", "ft:gpt-4o-mini"),
        ("my-gpt-4o", None, None),
        ("qwen3:8b", "ollama", None),
        (":", None, None),
        ("openai:", None, None),
        ("no-such-model", "openai", None),
        ("/", None, None),
        ("a/", None, None),
    ],
)
def test_a_model_is_found_by_the_names_that_telemetry_gives_it(
    model: str, provider: str | None, found: str | None
) -> None:
    entry = public_list().find(model, provider)
    assert (entry.model if entry else None) == found


def test_what_is_not_known_costs_nothing_known() -> None:
    rates = {"input": 1.0, "output": 2.0}
    assert cost_of(Tokens(None, 5), rates) is None
    assert cost_of(Tokens(5, None), rates) is None
    assert cost_of(Tokens(5, 5), {"input": 1.0}) is None
    assert cost_of(Tokens(0, 0), rates) == 0


def test_cached_and_reasoning_tokens_cost_their_own_price() -> None:
    rates = {
        "input": 10.0,
        "output": 40.0,
        "cache_read_input": 1.0,
        "cache_creation_input": 12.5,
        "reasoning_output": 50.0,
    }
    tokens = Tokens(1_000_000, 200_000, 600_000, 100_000, 50_000)
    assert cost_of(tokens, rates) == pytest.approx(3.0 + 0.6 + 1.25 + 6.0 + 2.5)


def test_the_list_says_where_it_is_from_and_how_fresh_it_is() -> None:
    prices = public_list()
    assert len(prices) > 1000
    assert prices.source
    assert prices.source.startswith("genai-prices ")
    assert prices.newest_price_from
    assert prices.newest_price_from >= "2026"
