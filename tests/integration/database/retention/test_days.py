"""Days whose runs have expired, or are about to: their tiles answer as the runs did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.rollups.marks import mark_hours
from chalicelib.values.instants import DAY, EPOCH, HOUR
from tests.integration.database.retention.conftest import DAYS, NOW, Data, SetNow
from tests.integration.fleet import Fleet, draw_runs
from tests.integration.metrics_oracle import Run
from tests.integration.passing_time import KINDS_OF_TILES, keep_in, roll_up

TODAY = NOW.replace(hour=0, minute=0, second=0)
GONE = NOW + (DAYS + 5) * DAY


def ask_all(fleet: Fleet, *, is_cut: bool) -> list[dict[str, Any]]:
    """Ranges of whole days, of whole hours, and some that cut an hour.

    Where the runs are gone, an hour of blocks that an edge cuts counts whole where it begins.
    """
    edges = [TODAY - 3 * DAY, TODAY - 2 * DAY, TODAY - DAY + 7 * HOUR]
    end = NOW if is_cut else NOW.replace(minute=0, second=0)
    queries: list[dict[str, Any]] = [{}, {"end": end}]
    if is_cut:
        edges += [edge + timedelta(minutes=31) for edge in edges]
        queries.append({"interval": "week", "tz": "Asia/Kolkata", "end": end})
    return [
        fleet.ask(group_by=group_by, stale_after="1ms", start=edge, **query)
        for edge in edges
        for group_by in ("agent", "model", "status")
        for query in queries
    ]


@pytest.fixture(params=KINDS_OF_TILES, autouse=True)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    keep_in(request.param, monkeypatch)
    return str(request.param)


def test_totals_stay_when_the_runs_are_gone(
    fleet: Fleet, database: Data, set_now: SetNow, kind: str
) -> None:
    fleet.post(draw_runs(5, 120, NOW - 4 * DAY, NOW))
    roll_up(database)
    before = ask_all(fleet, is_cut=kind != "blocks")
    assert before[0]["runs"] > 60
    set_now(GONE)
    database["runs"].delete_many({})
    assert ask_all(fleet, is_cut=kind != "blocks") == before
    for mark in (NOW - 2 * DAY, NOW - DAY):
        fleet_hours(database, mark)
    roll_up(database)
    assert ask_all(fleet, is_cut=kind != "blocks") == before


def fleet_hours(database: Data, day: datetime) -> None:
    """Mark the hours of a day, as a writer that was held up for very long could."""
    for tile in database["tiles"].find({"_id.kind": "month"}).to_list():
        hours = [day.replace(hour=hour, minute=0, second=0) for hour in range(24)]
        mark_hours(tile["_id"]["v"], tile["agent_id"], hours, EPOCH)


def test_a_late_count_adds_to_a_day_what_is_left_of_it(
    fleet: Fleet, database: Data, set_now: SetNow
) -> None:
    fleet.post([Run(NOW), Run(NOW), Run(NOW - DAY), Run(NOW - DAY)])
    roll_up(database)
    fleet.post([Run(NOW) for _ in range(8)] + [Run(NOW - DAY)])
    set_now(GONE)
    # Of ten runs of NOW nine are left, of the three of the day before none.
    database["runs"].delete_one({"created": NOW})
    database["runs"].delete_many({"created": NOW - DAY})

    # Marks of that time are not looked at any more: the hours have what they had.
    assert counts(fleet) == [2, 2]
    roll_up(database)
    assert counts(fleet) == [2, 9]


def counts(fleet: Fleet) -> list[int]:
    answer = fleet.ask(interval="day", start=TODAY - DAY, end=TODAY + DAY)
    return [bucket["runs"] for bucket in answer["buckets"]]


def test_a_day_of_which_the_first_runs_are_gone(
    fleet: Fleet, database: Data, set_now: SetNow
) -> None:
    """Marks of its later hours are looked at, those of its earlier ones are not."""
    fleet.post([Run(TODAY + n * HOUR) for n in range(24)])
    roll_up(database)
    fleet.post([Run(TODAY + n * HOUR) for n in (1, 20)])
    set_now(TODAY + 12 * HOUR + (DAYS + 1) * DAY)
    assert counts(fleet) == [0, 25]
    roll_up(database)
    assert counts(fleet) == [0, 26]
