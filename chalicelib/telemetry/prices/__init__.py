"""What model calls cost: a dated public list, and prices of one's own that win over it."""

from chalicelib.telemetry.prices.compaction import make_compact_list
from chalicelib.telemetry.prices.own_prices import (
    find_pricing,
    own_prices,
    set_own_prices,
    still_unpriced,
)
from chalicelib.telemetry.prices.price_list import EXTRACT_NAME, Rates, public_list
from chalicelib.telemetry.prices.pricing import Pricing

__all__ = [
    "EXTRACT_NAME",
    "Pricing",
    "Rates",
    "find_pricing",
    "make_compact_list",
    "own_prices",
    "public_list",
    "set_own_prices",
    "still_unpriced",
]
