"""Budgets: what a day, week or month has cost so far, and what it will cost at this rate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.metrics.intervals import Bucket, cut_range, find_zone
from chalicelib.values.instants import format_instant
from chalicelib.values.states import State
from chalicelib.watches.judgements import Judgement, Situation, instant_text, number
from chalicelib.watches.series import Need, Series

WARN_AT = 0.8
# A forecast from less of the period than this says more of the hour than of the period.
_LEAST_ELAPSED = 0.1
_LONGEST = {"day": timedelta(days=2), "week": timedelta(days=8), "month": timedelta(days=32)}


def need(condition: Mapping[str, Any], present: datetime) -> Need:
    period = period_of(condition, present)
    return Need((period.start, period.end))


def period_of(condition: Mapping[str, Any], present: datetime) -> Bucket:
    """The day, week or month that holds the present, as the zone's clocks show it."""
    zone, name = find_zone(condition.get("tz", "UTC")), condition["period"]
    around = _LONGEST[name]
    # The first and the last of these are cut off by the ends of the range.
    for bucket in cut_range(present - around, present + around, name, zone):
        if bucket.start <= present < bucket.end:
            return bucket
    raise AssertionError("a range around an instant holds it")


def judge(condition: Mapping[str, Any], series: Series, situation: Situation) -> Judgement:
    period = period_of(condition, situation.present)
    costs = [block.costs for block in series.blocks(period.start, period.end)]
    spent = float(sum(cost.total for cost in costs))
    amount = float(condition["amount"])
    elapsed = (situation.present - period.start) / (period.end - period.start)
    forecast = spent / elapsed if elapsed >= _LEAST_ELAPSED else None
    crosses_at = _crossing(period, situation.present, spent, amount)
    state: State = "ok"
    if spent >= amount:
        state = "firing"
    elif spent >= amount * condition.get("warn_at", WARN_AT) or (
        condition.get("forecast") and forecast is not None and forecast >= amount
    ):
        state = "warning"
    reading = {
        "spent": number(spent),
        "amount": amount,
        "share": number(spent / amount),
        "period_start": format_instant(period.start),
        "period_end": format_instant(period.end),
        "forecast": number(forecast),
        "crosses_at": instant_text(crosses_at) if forecast is not None else None,
        "runs_without_cost": sum(cost.unknown for cost in costs),
    }
    once = None if state == "ok" else f"{format_instant(period.start)} {state}"
    return Judgement(state, reading, _text(reading, condition["period"]), {}, once)


def _crossing(period: Bucket, present: datetime, spent: float, amount: float) -> datetime | None:
    """When the amount is spent at this rate, if that is before the period's end."""
    if spent <= 0 or spent >= amount:
        return None
    crosses_in = (present - period.start) * (amount / spent - 1)
    crossing = present + min(crosses_in, timedelta(days=400))
    return crossing.replace(microsecond=0) if crossing < period.end else None


def _text(reading: Mapping[str, Any], period: str) -> str:
    text = (
        f"${reading['spent']:,.2f} of ${reading['amount']:,.2f} ({reading['share']:.0%}) are spent"
        f" in the {period} from {reading['period_start']}."
    )
    if reading["crosses_at"]:
        text += f" At this rate the budget is used up by {reading['crosses_at']}."
    if reading["runs_without_cost"]:
        text += f" {reading['runs_without_cost']:,} runs have no known cost."
    return text
