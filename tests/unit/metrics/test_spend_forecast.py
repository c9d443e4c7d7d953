"""What a period will have cost: days are told apart by weekday, zone and what is left of today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.metrics.intervals import Bucket
from chalicelib.metrics.spend_forecast import crossing, foresee
from chalicelib.metrics.spend_plan import Period, Plan, plan_spend

# A Tuesday, at noon.
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def plan_of(period: Period = "month", present: datetime = NOON) -> Plan:
    return plan_spend(period, UTC, present)


def weekends_at(dollars: float, workdays: float = 10.0) -> dict[int, float]:
    return {day: dollars if day > 4 else workdays for day in range(7)}


@pytest.mark.parametrize(
    ("zone", "present", "start", "end"),
    [
        ("Europe/Berlin", "2026-10-31T23:30:00+00:00", "2026-10-31T23:00", "2026-11-30T23:00"),
        ("America/New_York", "2026-11-01T03:30:00+00:00", "2026-10-01T04:00", "2026-11-01T04:00"),
        ("Asia/Kolkata", "2026-02-28T18:30:00+00:00", "2026-02-28T18:30", "2026-03-31T18:30"),
    ],
)
def test_the_month_is_that_of_the_zones_calendar(
    zone: str, present: str, start: str, end: str
) -> None:
    period = plan_spend("month", ZoneInfo(zone), datetime.fromisoformat(present)).period
    assert [edge.isoformat()[:16] for edge in period] == [start, end]


def test_the_days_before_today_are_four_weeks_and_those_to_come_begin_with_what_is_left() -> None:
    plan = plan_of()
    assert len(plan.past) == 28
    assert plan.past[-1].bucket.end == datetime(2026, 11, 10, tzinfo=UTC)
    assert [day.ahead for day in plan.ahead] == [0.5] + [1.0] * 20
    assert plan.ahead[0].weekday == 1


def test_a_day_of_a_change_of_clocks_is_one_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    plan = plan_spend("month", berlin, datetime(2026, 10, 25, 10, tzinfo=UTC))
    hours = [(day.bucket.end - day.bucket.start) / timedelta(hours=1) for day in plan.ahead]
    assert hours[:2] == [25, 24]
    assert plan.ahead[0].ahead == 13 / 25


def test_each_day_to_come_costs_what_its_weekday_did() -> None:
    plan, costs = plan_of(), weekends_at(3)
    forecast = foresee(plan, 100, lambda day: costs[day.start.weekday()])
    assert forecast is not None
    # Half of a Tuesday, then fourteen workdays and three weekends.
    assert forecast.total == pytest.approx(100 + 5 + 14 * 10 + 6 * 3)
    assert (forecast.method, forecast.days) == ("weekdays", 28)
    # Days that never differed leave nothing to doubt.
    assert forecast.low == pytest.approx(forecast.total) == forecast.high


def test_days_that_differ_make_an_interval_that_is_longer_upwards() -> None:
    plan = plan_of()
    cheap_and_dear = iter([1.0, 30.0, 5.0, 2.0, 12.0, 7.0, 9.0, 3.0] * 4)
    costs = {day.bucket: next(cheap_and_dear) for day in plan.past}
    forecast = foresee(plan, 50, costs.__getitem__)
    assert forecast is not None
    assert forecast.low is not None
    assert forecast.high is not None
    assert 50 < forecast.low < forecast.total < forecast.high
    assert forecast.high - forecast.total > forecast.total - forecast.low


def test_what_lies_before_the_first_costs_is_no_free_time() -> None:
    plan = plan_of()
    forecast = foresee(plan, 0, lambda day: 4.0 * (day.start >= plan.past[-9].bucket.start))
    assert forecast is not None
    assert (forecast.method, forecast.days) == ("week", 7)
    assert forecast.total == pytest.approx(4 * 20.5)


def test_without_a_week_before_it_is_the_present_rate_and_says_so() -> None:
    forecast = foresee(plan_of(), 19, lambda _: 0.0)
    assert forecast is not None
    assert (forecast.method, forecast.low, forecast.high) == ("rate", None, None)
    assert forecast.total == pytest.approx(60)
    assert forecast.to_json()["confidence"] is None


def test_the_first_hours_of_a_month_foretell_nothing_by_themselves() -> None:
    plan = plan_of(present=datetime(2026, 11, 1, 5, tzinfo=UTC))
    assert foresee(plan, 3, lambda _: 0.0) is None


def test_a_budget_is_used_up_within_the_day_on_which_the_sum_reaches_it() -> None:
    plan = plan_of()
    forecast = foresee(plan, 100, lambda _: 10.0)
    assert crossing(plan, 100, forecast, 102.5) == NOON + timedelta(hours=6)
    assert crossing(plan, 100, forecast, 110) == datetime(2026, 11, 11, 12, tzinfo=UTC)
    assert crossing(plan, 100, forecast, 306) is None
    assert crossing(plan, 100, forecast, 100) is None
    assert crossing(plan, 100, None, 110) is None


def test_the_plan_knows_every_edge_that_it_asks_about() -> None:
    for period in ("day", "week", "month"):
        plan = plan_of(period)
        asked: list[Bucket] = [plan.period, *(day.bucket for day in plan.past)]
        assert {edge for bucket in asked for edge in bucket} <= set(plan.edges)
