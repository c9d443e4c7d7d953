"""Budgets: what a day, week or month has cost so far, and what it is foreseen to cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.metrics.intervals import Bucket, find_zone
from chalicelib.metrics.spend_forecast import crossing, foresee
from chalicelib.metrics.spend_plan import Plan, plan_spend
from chalicelib.values.instants import format_instant
from chalicelib.values.states import State
from chalicelib.watches.judgements import Judgement, Situation, instant_text, number
from chalicelib.watches.series import Need, Series

WARN_AT = 0.8


def need(condition: Mapping[str, Any], present: datetime) -> Need:
    return Need(_plan(condition, present).edges)


def judge(condition: Mapping[str, Any], series: Series, situation: Situation) -> Judgement:
    plan = _plan(condition, situation.present)
    period = plan.period

    def cost_of(bucket: Bucket) -> float:
        return float(sum(block.costs.total for block in series.blocks(*bucket)))

    spent, amount = cost_of(period), float(condition["amount"])
    forecast = foresee(plan, spent, cost_of)
    unknown = sum(block.costs.unknown for block in series.blocks(*period))
    state: State = "ok"
    if spent >= amount:
        state = "firing"
    elif spent >= amount * condition.get("warn_at", WARN_AT) or (
        condition.get("forecast") and forecast is not None and forecast.total >= amount
    ):
        state = "warning"
    reading = {
        "spent": number(spent),
        "amount": amount,
        "share": number(spent / amount),
        "period_start": format_instant(period.start),
        "period_end": format_instant(period.end),
        "forecast": number(forecast and forecast.total),
        "forecast_low": number(forecast and forecast.low),
        "forecast_high": number(forecast and forecast.high),
        "crosses_at": instant_text(crossing(plan, spent, forecast, amount)),
        "runs_without_cost": unknown,
    }
    once = None if state == "ok" else f"{format_instant(period.start)} {state}"
    return Judgement(state, reading, _text(reading, condition["period"]), {}, once)


def _plan(condition: Mapping[str, Any], present: datetime) -> Plan:
    return plan_spend(condition["period"], find_zone(condition.get("tz", "UTC")), present)


def _text(reading: Mapping[str, Any], period: str) -> str:
    text = (
        f"${reading['spent']:,.2f} of ${reading['amount']:,.2f} ({reading['share']:.0%}) are spent"
        f" in the {period} from {reading['period_start']}."
    )
    if reading["crosses_at"]:
        text += f" It is foreseen to be used up by {reading['crosses_at']}."
    if reading["runs_without_cost"]:
        text += f" {reading['runs_without_cost']:,} runs have no known cost."
    return text
