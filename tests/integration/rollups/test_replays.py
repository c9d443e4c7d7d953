"""Runs that are reported again and change nothing: their hours are not marked, so that no question
about them is slower for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.rollups import proving
from tests.integration.fleet import Fleet, QuietClient, report
from tests.integration.metrics_oracle import Run
from tests.integration.passing_time import keep_in, roll_up

START = datetime(2026, 1, 5, tzinfo=UTC)
PATH = "/api/v1/agents/tester/versions/1.0.2/runs"


@pytest.fixture
def fleet(app: Chalice, database: Database[Any], monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Six hundred runs in as many hours, counted."""
    fleet = Fleet(QuietClient(app))
    fleet.post([Run(START + timedelta(hours=hour)) for hour in range(600)])
    roll_up(database)
    return fleet


def replay(fleet: Fleet, changed: dict[int, Run]) -> dict[str, Any]:
    """Send all of them again, some of them changed."""
    runs = [report(changed.get(n, run), n + 1) for n, run in enumerate(fleet.runs)]
    return dict(fleet.client.post(PATH, {"runs": runs}).json)


def marked(database: Database[Any]) -> int:
    return sum(len(mark["hours"]) for mark in database["marks"].find())


@pytest.mark.parametrize("kind", ["months", "days", "blocks"])
def test_a_replay_of_counted_runs_marks_nothing(
    fleet: Fleet, database: Database[Any], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    keep_in(kind, monkeypatch)
    fleet.post([Run(START + timedelta(days=day)) for day in range(25)])
    roll_up(database)
    for _ in range(2):
        assert replay(fleet, {})["unchanged"] == 625
    assert marked(database) == 0
    assert fleet.ask()["runs"] == 625


def test_of_a_replay_with_something_new_the_hours_of_that_are_marked(
    fleet: Fleet, database: Database[Any]
) -> None:
    fleet.runs.append(Run(START + timedelta(minutes=90)))
    fleet.runs.insert(300, fleet.runs.pop())  # between others, so that both ends look known
    runs = [report(run, n + 1) for n, run in enumerate(fleet.runs[:300])]
    runs.append(report(fleet.runs[300], 9_000))
    runs += [report(run, n + 301) for n, run in enumerate(fleet.runs[301:])]
    answer = fleet.client.post(PATH, {"runs": runs}).json
    assert (answer["created"], answer["unchanged"]) == (1, 600)
    assert marked(database) in (1, 600)
    assert fleet.ask()["runs"] == 601
    roll_up(database)
    assert fleet.ask()["runs"] == 601


@pytest.mark.parametrize("kind", ["months", "days", "blocks"])
def test_a_run_that_no_tile_counts_is_marked_by_its_replay(
    fleet: Fleet, database: Database[Any], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """As if its writer had been held up until its marks were cleared, and had died then."""
    keep_in(kind, monkeypatch)
    fleet.post([Run(START + timedelta(days=day), "failed") for day in range(25)])
    roll_up(database)
    one = database["runs"].find_one({"_id.id": 300})
    assert one is not None
    database["runs"].insert_one(one | {"_id": one["_id"] | {"id": 7_000}})
    runs = [report(run, n) for n, run in ((300, fleet.runs[299]), (7_000, fleet.runs[299]))]
    answer = fleet.client.post(PATH, {"runs": runs}).json
    assert answer["unchanged"] == 2
    assert marked(database) == 1
    assert fleet.ask()["runs"] == 626


def test_a_replay_of_runs_that_had_begun_and_ended_marks_nothing(
    fleet: Fleet, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_in("blocks", monkeypatch)
    started = [report(Run(START, "running"), n) for n in (9_000, 9_001)]
    ended = [report(Run(START), n) for n in (9_000, 9_001)]
    for runs in (started, ended):
        assert fleet.client.post(PATH, {"runs": runs}).status == 200 + (runs is started)
    roll_up(database)
    assert fleet.client.post(PATH, {"runs": ended}).json["unchanged"] == 2
    assert marked(database) == 0
    # A state that nobody marked, as of a writer that was held up and has died.
    database["runs"].update_one({"_id.id": 9_000}, {"$inc": {"revision": 1}})
    assert fleet.client.post(PATH, {"runs": ended}).json["unchanged"] == 2
    assert marked(database) == 1


def test_what_would_have_to_be_looked_at_for_too_long_is_marked(
    fleet: Fleet, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_in("blocks", monkeypatch)
    fleet.post([Run(START + timedelta(days=day)) for day in range(25)])
    roll_up(database)
    monkeypatch.setattr(proving, "MOST_LOOKED_AT", 100)
    assert replay(fleet, {})["unchanged"] == 625
    assert 300 < marked(database) < 600
    assert fleet.ask()["runs"] == 625
