"""What model calls cost: a dated public list, and prices of one's own that win over it."""

from chalicelib.telemetry.prices.costs import cost_of
from chalicelib.telemetry.prices.price_list import PriceList, Rates, public_list

__all__ = ["PriceList", "Rates", "cost_of", "public_list"]
