"""What tokens cost at given rates: pure arithmetic."""

from __future__ import annotations

from chalicelib.telemetry.prices.price_list import Price, Rates
from chalicelib.telemetry.spans import Tokens

_MILLION = 1_000_000


def cost_of(tokens: Tokens, rates: Rates) -> float | None:
    """US dollars, or None where tokens or their price are not known.

    Cached and reasoning tokens cost their own price where there is one, else that of the tokens
    that they are a part of.
    """
    given, output, read, created, reasoning = tokens
    if given is None or output is None:
        return None
    read, created = read or 0, created or 0
    reasoning = min(reasoning or 0, output)
    total = 0.0
    for count, name, whole in (
        (max(given - read - created, 0), "input", "input"),
        (read, "cache_read_input", "input"),
        (created, "cache_creation_input", "input"),
        (output - reasoning, "output", "output"),
        (reasoning, "reasoning_output", "output"),
    ):
        if count:
            price = rates.get(name, rates.get(whole))
            if price is None:
                return None
            total += count * _price_at(price, given)
    return total / _MILLION


def _price_at(price: Price, input_tokens: int) -> float:
    """The price for an input of this length: above a limit, all tokens cost the other price."""
    if isinstance(price, int | float):
        return price
    base, limits = price
    found: float = base
    for start, other in limits:
        if input_tokens > start:
            found = other
    return found
