"""What a run cost: the spans' own word, else one's own prices, else the public list."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta

from chalicelib.telemetry.assembly import AssembledRun, Call
from chalicelib.telemetry.prices.costs import cost_of
from chalicelib.telemetry.prices.price_list import PriceList, Rates
from chalicelib.telemetry.spans import NO_TOKENS, Span
from chalicelib.values.checks import MAX_DOLLARS
from chalicelib.values.instants import EPOCH


class Pricing:
    """Prices runs, and remembers which models it found no price for.

    `own` holds rates by the model's name in lower case; they win over the list's.
    """

    def __init__(self, own: Mapping[str, Rates], prices: PriceList) -> None:
        self._own = own
        self._list = prices
        self.unpriced: set[str] = set()

    def cost_of(self, run: AssembledRun) -> float | None:
        """US dollars of all the run's calls; None where that of any of them is not known.

        Only of an agent without calls its own span is believed. A call that failed before a token
        was counted cost nothing, but nobody knows that of a run that has no others.
        """
        if run.calls:
            billed = [c for c in run.calls if c.parts or not c.span.failed or c.span.cost]
            return _sum([self.cost_of_call(call) for call in billed]) if billed else None
        if run.span.cost is not None or run.span.tokens == NO_TOKENS:
            return run.span.cost
        return self._part(run.span, run.span.name)

    def cost_of_call(self, call: Call) -> float | None:
        if call.span.cost is not None:
            return call.span.cost
        if not call.parts:
            return None
        return _sum([self._part(part, call.model) for part in call.parts])

    def _part(self, span: Span, model: str | None) -> float | None:
        """Of one span with tokens; `model` where it does not name its own."""
        if span.cost is not None:
            return span.cost
        asked = [name for name in (span.name or model, span.answered_by) if name]
        rates = self._rates(asked, span)
        cost = None if rates is None else cost_of(span.tokens, rates)
        if cost is None and (rates is None or not is_complete(rates)):
            self.unpriced.update(asked[:1])
        return cost

    def has_own(self, model: str) -> bool:
        """Whether one's own prices say all that a call of this model costs."""
        rates = self._own_rates(model.lower().strip())
        return rates is not None and is_complete(rates)

    def _rates(self, asked: list[str], span: Span) -> Rates | None:
        for name in asked if self._own else ():
            own = self._own_rates(name.lower().strip())
            if own is not None:
                return own
        for name in asked:
            entry = self._list.find(name, span.provider)
            if entry:
                return entry.rates_at(EPOCH + timedelta(microseconds=span.start_us))
        return None

    def _own_rates(self, name: str) -> Rates | None:
        """One's own prices of a model, under its whole name or behind a router's prefix."""
        while name:
            if name in self._own:
                return self._own[name]
            name = name.partition("/")[2]
        return None


def is_complete(rates: Rates) -> bool:
    return "input" in rates and "output" in rates


def _sum(costs: list[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    total = math.fsum(known)
    return total if len(known) == len(costs) and total <= MAX_DOLLARS else None
