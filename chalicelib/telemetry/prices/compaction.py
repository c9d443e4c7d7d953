"""The public price list, made compact: from the package genai-prices to plain JSON.

The package takes half a second to import, so the Lambda function ships this extract of it, made
when it is packaged. Where there is no extract, beside the development tools, it is made at the
first use. Names of tokens are those of the API; prices are US dollars for a million of them.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import Any

PACKAGE = "genai-prices"
LICENCE = "MIT, Copyright (c) Pydantic Services Inc. and the contributors of genai-prices"
_RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read_input",
    "cache_write_mtok": "cache_creation_input",
    "output_reasoning_mtok": "reasoning_output",
}
_CLAUSES = {
    "equals": "equals",
    "starts_with": "starts_with",
    "ends_with": "ends_with",
    "contains": "contains",
    "regex": "regex",
    "or_": "or",
    "and_": "and",
}


def make_compact_list() -> dict[str, Any]:
    """The list as JSON-ready data. Raises ImportError where the package is not installed."""
    providers = import_module("genai_prices.data").providers
    return {
        "layout": 1,
        "source": f"{PACKAGE} {metadata.version(PACKAGE)}",
        "licence": LICENCE,
        "newest_price_from": _newest_start(providers),
        "providers": [_provider(provider) for provider in providers],
    }


def _provider(provider: Any) -> dict[str, Any]:
    models = [[m.id, _clause(m.match), _prices(m.prices)] for m in provider.models]
    return {
        "id": provider.id,
        "provider_match": _clause(provider.provider_match),
        "model_match": _clause(provider.model_match),
        "fallback": provider.fallback_model_providers or [],
        "models": [model for model in models if model[2]],
    }


def _clause(clause: Any) -> list[Any] | None:
    """Such as ["starts_with", "gpt-"] or ["or", [...]]."""
    if clause is None:
        return None
    ((name, value),) = vars(clause).items()
    if isinstance(value, list):
        return [_CLAUSES[name], [_clause(each) for each in value]]
    return [_CLAUSES[name], value if name == "regex" else value.lower()]


def _prices(prices: Any) -> list[list[Any]]:
    """[since, from, to, rates], of which the last one in force counts; the first three may be null.

    `since` is a date, `from` and `to` seconds of the day in UTC.
    """
    found = []
    for entry in prices if isinstance(prices, list) else [prices]:
        rates = _rates(entry.prices if hasattr(entry, "prices") else entry)
        if rates:
            found.append([*_constraint(getattr(entry, "constraint", None)), rates])
    return found


def _constraint(constraint: Any) -> list[Any]:
    if constraint is None:
        return [None, None, None]
    if hasattr(constraint, "start_date"):
        return [constraint.start_date.isoformat(), None, None]
    return [None, _seconds(constraint.start_time), _seconds(constraint.end_time)]


def _seconds(time: Any) -> int:
    offset = time.utcoffset()
    shift = int(offset.total_seconds()) if offset else 0
    return int((time.hour * 3600 + time.minute * 60 + time.second - shift) % 86_400)


def _rates(prices: Any) -> dict[str, Any]:
    rates = {}
    for theirs, ours in _RATES.items():
        price = getattr(prices, theirs, None)
        if price is not None:
            rates[ours] = _price(price)
    return rates if "input" in rates or "output" in rates else {}


def _price(price: Any) -> Any:
    """A number, or [base, [[tokens, price], ...]] where longer inputs cost another price."""
    if not hasattr(price, "tiers"):
        return float(price)
    return [float(price.base), [[tier.start, float(tier.price)] for tier in price.tiers]]


def _newest_start(providers: Any) -> str:
    """From when its newest price holds, which tells how fresh the list is; it may lie ahead."""
    starts = [
        entry.constraint.start_date
        for provider in providers
        for model in provider.models
        for entry in (model.prices if isinstance(model.prices, list) else [])
        if hasattr(entry.constraint, "start_date")
    ]
    return str(max(starts).isoformat()) if starts else ""
