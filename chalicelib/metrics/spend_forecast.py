"""What a day, week or month will have cost by its end, foreseen from the weeks before.

docs/statistics.md has the method, and how often its interval held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from itertools import dropwhile, pairwise
from math import exp, log1p, sqrt
from typing import Any, Literal, NamedTuple

from chalicelib.metrics.intervals import Bucket
from chalicelib.metrics.spend_plan import Day, Plan

Method = Literal["weekdays", "week", "rate"]
CONFIDENCE = 0.8
_WEEK = 7
# A rate of less of the period than this says more of the hour than of the period.
_LEAST_ELAPSED = 0.1
_LAGS = 3


class Forecast(NamedTuple):
    """What the whole period will have cost, with an interval at CONFIDENCE; a mere rate has none.

    `days` are those of before that it was made from; `daily` is what each day to come will cost.
    """

    total: float
    low: float | None
    high: float | None
    method: Method
    days: int
    daily: list[float]

    def to_json(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "low": self.low,
            "high": self.high,
            "confidence": None if self.low is None else CONFIDENCE,
            "method": self.method,
            "days": self.days,
        }


def foresee(plan: Plan, spent: float, cost_of: Callable[[Bucket], float]) -> Forecast | None:
    """The forecast of a period that cost so much so far; `cost_of` knows the plan's past days.

    None of a period that has hardly begun, without a week of costs before it.
    """
    costs = [(day.weekday, cost_of(day.bucket)) for day in plan.past]
    # Before its first costs there was nothing to learn from.
    known = list(dropwhile(lambda day: day[1] == 0, costs))
    weeks = len(known) // _WEEK
    return _by_weeks(plan, spent, known[-weeks * _WEEK :]) if weeks else _by_rate(plan, spent)


def crossing(plan: Plan, spent: float, forecast: Forecast | None, amount: float) -> datetime | None:
    """When the amount will be spent as foreseen, if that is before the period's end."""
    if forecast is None or spent >= amount:
        return None
    left = amount - spent
    for day, cost in zip(plan.ahead, forecast.daily, strict=True):
        if cost >= left:
            start = max(plan.present, day.bucket.start)
            return (start + (day.bucket.end - start) * (left / cost)).replace(microsecond=0)
        left -= cost
    return None


def _by_rate(plan: Plan, spent: float) -> Forecast | None:
    """As fast as so far, for want of a week to learn from."""
    if plan.elapsed < _LEAST_ELAPSED:
        return None
    total = spent / plan.elapsed
    parts = sum(day.ahead for day in plan.ahead)
    daily = [(total - spent) * day.ahead / parts for day in plan.ahead]
    return Forecast(total, None, None, "rate", 0, daily)


def _by_weeks(plan: Plan, spent: float, known: Sequence[tuple[int, float]]) -> Forecast:
    """Each day to come costs what its weekday did; of one week alone, what its days did."""
    costs = [cost for _, cost in known]
    has_weekdays = len(known) > _WEEK
    means = _weekday_means(known) if has_weekdays else dict.fromkeys(range(_WEEK), _mean(costs))
    daily = [means[day.weekday] * day.ahead for day in plan.ahead]
    residuals = [cost - means[weekday] for weekday, cost in known]
    freedom = len(known) - (_WEEK if has_weekdays else 1)
    variance = _variance_ahead(costs, residuals, freedom, plan.ahead)
    rest = sum(daily)
    reach = _reach(rest, variance, freedom)
    return Forecast(
        spent + rest,
        spent + rest / reach,
        spent + rest * reach,
        "weekdays" if has_weekdays else "week",
        len(known),
        daily,
    )


def _weekday_means(known: Sequence[tuple[int, float]]) -> dict[int, float]:
    return {day: _mean([cost for weekday, cost in known if weekday == day]) for day in range(_WEEK)}


def _variance_ahead(
    costs: Sequence[float], residuals: Sequence[float], freedom: int, ahead: Sequence[Day]
) -> float:
    """Of what the days to come cost, around what is foreseen of them.

    Three parts: days differ, with their likeness to the days before (Newey and West 1987, with
    Bartlett's weights); what is usual is known from few; and the level moves from week to week.
    """
    days = sum(day.ahead for day in ahead)
    daily = _products(residuals, 0) / freedom
    alike = sum(
        2 * (1 - lag / (_LAGS + 1)) * _products(residuals, lag) / freedom
        for lag in range(1, _LAGS + 1)
    )
    lasting = max(daily, daily + alike)
    weeks = len(costs) / _WEEK
    moved = _variance_of_steps(costs, daily) * (weeks + days / _WEEK) / 3
    return days * lasting + days**2 * (lasting / len(costs) + moved)


def _variance_of_steps(costs: Sequence[float], daily: float) -> float:
    """How far the mean of a day moves from week to week, beyond what single days make of it."""
    means = [_mean(costs[start : start + _WEEK]) for start in range(0, len(costs), _WEEK)]
    steps = [(after - before) ** 2 for before, after in pairwise(means)]
    return max(0.0, _mean(steps) - 2 * daily / _WEEK) if steps else 0.0


def _reach(rest: float, variance: float, freedom: int) -> float:
    """The factor from the middle of the interval to its ends: it is log-normal, as costs are."""
    if rest <= 0:
        return 1.0
    return exp(_quantile(freedom) * sqrt(log1p(variance / rest**2)))


@cache
def _quantile(freedom: int) -> float:
    # Student's distribution is asked for rarely: no cold start has to wait for it.
    from chalicelib.metrics.student import quantile  # noqa: PLC0415

    return quantile(1 - CONFIDENCE, freedom)


def _products(values: Sequence[float], lag: int) -> float:
    return sum(one * other for one, other in zip(values, values[lag:], strict=False))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
