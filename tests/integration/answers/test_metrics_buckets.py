"""Hours, days, weeks and months of time zones, against a clock that is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from pymongo import MongoClient

from chalicelib.values.instants import hour_of
from management.mongod import Mongod
from tests.integration.conftest import serve_database
from tests.integration.fleet import Fleet, QuietClient, draw_runs
from tests.integration.metrics_oracle import Run, check_answer, cut, text
from tests.integration.passing_time import roll_up

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Change(NamedTuple):
    """A change of clocks, the zone's, with how many hours the local day around it has."""

    zone: str
    instant: datetime
    day_hours: float


CHANGES = [
    Change("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC), 23),
    Change("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC), 25),
    Change("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC), 24.5),
    Change("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC), 23.5),
    Change("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC), 23),
    Change("Asia/Kolkata", datetime(2026, 2, 28, 18, 30, tzinfo=UTC), 24),
    Change("Asia/Kathmandu", datetime(2026, 1, 31, 18, 15, tzinfo=UTC), 24),
    Change("UTC", datetime(2026, 1, 1, tzinfo=UTC), 24),
]


@pytest.fixture(scope="module", params=["never rolled up", "rolled up"])
def measured(
    request: pytest.FixtureRequest, mongod: Mongod, mongo_client: MongoClient[Any]
) -> Iterator[Fleet]:
    """A fleet with runs around every change of clocks, some of them right at it."""
    database = mongo_client[f"test_{uuid4().hex}"]
    with serve_database(mongod, database) as app:
        fleet = Fleet(QuietClient(app))
        ms = timedelta(milliseconds=1)
        for seed, change in enumerate(CHANGES):
            start, end = change.instant - timedelta(days=2), change.instant + timedelta(days=2)
            fleet.post(draw_runs(seed, 40, start, end))
            fleet.post([Run(change.instant + offset) for offset in (-ms, 0 * ms, ms)])
        if request.param == "rolled up":
            roll_up(database)
        yield fleet
    mongo_client.drop_database(database)


@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda c: f"{c.zone} {c.instant:%Y-%m-%d}")
def test_buckets_are_what_the_zones_clock_shows(
    measured: Fleet, change: Change, interval: str
) -> None:
    """Empty ones among them, and the first and the last clipped to a range of odd ends."""
    start = change.instant - timedelta(hours=35, minutes=17, milliseconds=3)
    end = change.instant + timedelta(hours=34, minutes=11, milliseconds=5)
    spans = cut(start, end, interval, change.zone)
    runs = [run for run in measured.runs if start <= run.created < end]

    answer = measured.ask(start=start, end=end, interval=interval, tz=change.zone)

    check_answer(answer, runs, spans, stale_before=datetime.now(UTC) - timedelta(days=1))
    assert (answer["tz"], answer["interval"]) == (change.zone, interval)


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: f"{c.zone} {c.instant:%Y-%m-%d}")
def test_the_day_of_a_change_is_as_long_as_it_was(measured: Fleet, change: Change) -> None:
    start, end = change.instant - timedelta(days=2), change.instant + timedelta(days=2)

    buckets = measured.ask(start=start, end=end, interval="day", tz=change.zone)["buckets"]

    lengths = {
        datetime.fromisoformat(bucket["to"]) - datetime.fromisoformat(bucket["from"])
        for bucket in buckets[1:-1]
    }
    assert timedelta(hours=change.day_hours) in lengths


def test_an_open_range_begins_with_the_first_run_and_ends_with_the_last(measured: Fleet) -> None:
    """To the hour of UTC: nobody else asked for a bucket."""
    created = sorted(run.created for run in measured.runs)

    buckets = measured.ask(interval="month")["buckets"]

    assert buckets[0]["from"] == text(hour_of(created[0]))
    assert buckets[-1]["to"] == text(hour_of(created[-1]) + timedelta(hours=1))
    assert sum(bucket["runs"] for bucket in buckets) == len(created)


def test_a_weeks_group_keeps_its_empty_buckets(measured: Fleet) -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    answer = measured.ask(start=start, end=end, interval="week", group_by="agent")
    assert len(answer["buckets"]) == 53
    assert all(len(group["buckets"]) == 53 for group in answer["groups"])
    assert any(not bucket["runs"] for bucket in answer["buckets"])
