"""A list of prices, and how a model is found in it."""

from __future__ import annotations

import logging
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import from_json

from chalicelib.telemetry.prices.compaction import make_compact_list

log = logging.getLogger("agent_metrics")
# Made by deployment/prices.py; beside the development tools there is none.
EXTRACT_NAME = "public_prices.json"
_EXTRACT = Path(__file__).with_name(EXTRACT_NAME)
# What telemetry calls providers, where the list's own rules do not know it.
_PROVIDERS = {"gcp.gen_ai": "google", "azure_openai": "azure", "az.ai.openai": "azure"}
_COMPACT_DATE = re.compile(r"-(20\d{2})(\d{2})(\d{2})(?=-|:|$)")
# Perhaps a region, and a maker: no other names have a dot behind one of these.
_BEDROCK = re.compile(
    r"([a-z-]{2,9}\.)?"
    r"(ai21|amazon|anthropic|cohere|deepseek|meta|mistral|moonshot|openai|qwen|writer)\.[a-z]"
)
_BEDROCK_PROVIDER = "aws"
_MOST_REMEMBERED = 5000

# What a million tokens cost: a number, or [base, [[tokens of input, price], ...]].
Price = float | Sequence[Any]
Rates = Mapping[str, Price]


class Entry(NamedTuple):
    """A model of the list; `prices` as chalicelib.telemetry.prices.compaction writes them."""

    model: str
    provider: str
    prices: Sequence[Sequence[Any]]

    def rates_at(self, instant: datetime) -> Rates:
        """What was in force at an instant in UTC; before the first known price, that one."""
        if len(self.prices) == 1:
            only: Rates = self.prices[0][3]
            return only
        day, second = instant.date().isoformat(), instant.hour * 3600 + instant.minute * 60
        second += instant.second
        found: Rates = self.prices[0][3]
        for since, start, end, rates in self.prices:
            if (since is None or since <= day) and _within(second, start, end):
                found = rates
        return found


class PriceList:
    """Prices by provider and model.

    `source` says where they are from, `newest_price_from` how fresh they are.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.source: str | None = data.get("source")
        self.newest_price_from: str | None = data.get("newest_price_from")
        self._providers: dict[str, dict[str, Any]] = {p["id"]: p for p in data["providers"]}
        self.find = lru_cache(_MOST_REMEMBERED)(self._find)

    def __len__(self) -> int:
        return sum(len(provider["models"]) for provider in self._providers.values())

    def _find(self, model: str, provider: str | None) -> Entry | None:
        """A model of a provider; where that is unknown or has no such model, of the maker's own.

        Names such as `openai/gpt-4o` or `openai:gpt-4o`, as routers write them, name their provider
        first; and Bedrock's, such as `us.anthropic.claude-sonnet-4-20250514-v1:0`, their maker.
        """
        name = model.lower().strip()
        for written in dict.fromkeys((name, _COMPACT_DATE.sub(r"-\1-\2-\3", name))):
            for known in (self._by_name(provider), self._by_model(written)):
                entry = known and self._in_provider(known, written)
                if entry:
                    return entry
        if provider != _BEDROCK_PROVIDER and _BEDROCK.match(name):
            return self._find(name, _BEDROCK_PROVIDER)
        prefix, slash, rest = name.partition("/")
        if slash and rest:
            return self._find(rest, prefix)
        prefix, colon, rest = name.partition(":")
        return self._find(rest, prefix) if colon and rest and self._by_name(prefix) else None

    def _by_name(self, provider: str | None) -> dict[str, Any] | None:
        if not provider:
            return None
        name = provider.lower().strip()
        name = _PROVIDERS.get(name, name)
        if name in self._providers:
            return self._providers[name]
        return next(
            (p for p in self._providers.values() if _matches(p["provider_match"], name)), None
        )

    def _by_model(self, model: str) -> dict[str, Any] | None:
        return next(
            (p for p in self._providers.values() if _matches(p["model_match"], model)), None
        )

    def _in_provider(self, provider: dict[str, Any], model: str) -> Entry | None:
        others = [self._providers[p] for p in provider["fallback"] if p in self._providers]
        for each in (provider, *others):
            for name, clause, prices in each["models"]:
                if _matches(clause, model):
                    return Entry(name, each["id"], prices)
        return None


NO_PRICES = PriceList({"providers": []})


@cache
def public_list() -> PriceList:
    """The list that this package ships; read at its first use, and then kept."""
    if _EXTRACT.exists():
        return PriceList(from_json(_EXTRACT.read_bytes()))
    try:
        return PriceList(make_compact_list())
    except ImportError:
        log.warning("there is no price list: costs are unknown unless spans or own prices say them")
        return NO_PRICES


def _within(second: int, start: int | None, end: int | None) -> bool:
    if start is None or end is None:
        return True
    if end < start:
        return second >= start or second < end
    return start <= second < end


def _matches(clause: Sequence[Any] | None, text: str) -> bool:
    if clause is None:
        return False
    kind, value = clause
    if kind in _BRANCHES:
        return _BRANCHES[kind](_matches(each, text) for each in value)
    return _LEAVES[kind](text, value)


_BRANCHES: dict[str, Callable[[Iterable[bool]], bool]] = {"or": any, "and": all}
_LEAVES: dict[str, Callable[[str, str], bool]] = {
    "equals": operator.eq,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": operator.contains,
    "regex": lambda text, pattern: re.search(pattern, text) is not None,
}
