"""Rollups of whole days: fewer documents to read, and nothing that an answer could tell them by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bson import ObjectId
from chalice import Chalice
from pymongo.database import Database

from chalicelib.rollups import day_folding, days
from chalicelib.values.instants import DAY, EPOCH, HOUR
from tests.integration.fleet import Fleet, QuietClient, draw_runs, report
from tests.integration.metrics_oracle import GROUPINGS, Run, check_answer, check_block, divide
from tests.integration.passing_time import fold_days, roll_up
from tests.integration.sent_commands import listening

Data = Database[dict[str, Any]]
START = datetime(2026, 1, 1, tzinfo=UTC)
NOON = START + 12 * HOUR
ASKED_AT = datetime(2026, 3, 1, tzinfo=UTC)
RUNS = "/api/v1/agents/tester/versions/1.0.2/runs"


@pytest.fixture
def fleet(app: Chalice) -> Fleet:
    return Fleet(QuietClient(app))


def until(database: Data) -> datetime:
    found = database["day_rollups"].find_one({"_id": "until"})
    return found["until"] if found else EPOCH


def documents_of(database: Data, day: datetime) -> list[dict[str, Any]]:
    return database["day_rollups"].find({"_id.day": day}).to_list()


def ask_all(fleet: Fleet, **query: Any) -> list[dict[str, Any]]:
    """Every grouping, over ranges and in buckets that hold days, cut them, or are within one."""
    queries: list[dict[str, Any]] = [
        {},
        {"start": START + 30 * HOUR, "end": START + 5 * DAY + timedelta(minutes=7)},
        {"start": START + DAY, "end": START + 4 * DAY},
        {"start": START + DAY + HOUR, "end": START + DAY + 3 * HOUR},
        *({"interval": interval} for interval in ("day", "week", "month")),
        {"interval": "week", "tz": "America/New_York"},
        {"interval": "day", "tz": "Asia/Kathmandu"},
    ]
    return [
        fleet.ask(stale_after="87600h", group_by=group_by, **one, **query)
        for one in queries
        for group_by in GROUPINGS
    ]


def compare(fleet: Fleet) -> dict[str, Any]:
    """What needs histograms of costs, which other answers do without."""
    return fleet.ask("/api/v1/agents/invoicer/compare", base="1.0", candidate="2.0")


def test_answers_are_the_same_to_the_last_digit_before_and_after(
    fleet: Fleet, database: Data
) -> None:
    fleet.post(draw_runs(3, 400, START, START + 9 * DAY))
    roll_up(database)
    by_hour, compared = ask_all(fleet), compare(fleet)
    assert fold_days() > 30
    assert ask_all(fleet) == by_hour
    assert compare(fleet) == compared
    # The same again when half of the days are in doubt for one reason or another.
    fleet.post(draw_runs(4, 20, START, START + 9 * DAY))
    marked = ask_all(fleet)
    roll_up(database)
    assert ask_all(fleet) == marked
    fold_days()
    assert ask_all(fleet) == marked
    groups = divide(fleet.runs, "model")
    check_answer(fleet.ask(group_by="model"), fleet.runs, stale_before=ASKED_AT, groups=groups)


def test_ninety_days_of_a_version_are_ninety_documents(fleet: Fleet, database: Data) -> None:
    fleet.post([Run(START + n * 6 * HOUR) for n in range(4 * 90)])
    roll_up(database)
    assert fold_days() == 90
    path = "/api/v1/agents/tester/versions/1.0.2/metrics"
    start, end = START, START + 90 * DAY
    with listening() as sent:
        for query in ({}, {"interval": "day"}, {"interval": "month"}, {"group_by": "initiator"}):
            fleet.ask(path, start=start, end=end, **query)
            sent.commands.clear()
            answer = fleet.ask(path, start=start, end=end, **query)
            assert answer["runs"] == 360
            assert [command.get("find") for command in sent.commands] == [
                *("marks", "day_rollups"),
            ]
            assert database["day_rollups"].count_documents(sent.commands[1]["filter"]) == 90
        fleet.ask(path, start=start + HOUR, end=end - HOUR)
        found = {c["find"]: c["filter"] for c in sent.commands if "find" in c}
    assert database["day_rollups"].count_documents(found["day_rollups"]) == 88
    assert database["rollups"].count_documents(found["rollups"]) == 3 + 4


def test_an_hour_of_every_day_may_be_asked_for(fleet: Fleet, database: Data) -> None:
    fleet.post([Run(START + n * HOUR) for n in range(72)])
    roll_up(database)
    fold_days()
    answer = fleet.ask(interval="hour", start=START, end=START + 3 * DAY)
    assert [bucket["runs"] for bucket in answer["buckets"]] == [1] * 72


@pytest.fixture(params=["marked", "rolled up", "folded"])
def settle(request: pytest.FixtureRequest, database: Data) -> Callable[[], None]:
    """How far it has come with what was written last."""

    def act() -> None:
        if request.param != "marked":
            roll_up(database)
        if request.param == "folded":
            fold_days()

    return act


def test_late_runs_of_folded_days_count(
    fleet: Fleet, database: Data, settle: Callable[[], None]
) -> None:
    """Of a version that had runs that day, of one that had none, and of a day without any."""
    fleet.post([Run(NOON), Run(NOON + 9 * DAY)])
    roll_up(database)
    fold_days()
    late = [Run(NOON + HOUR), Run(NOON, version="new"), Run(NOON + 5 * DAY, version="new")]
    for run in late:
        fleet.post([run])
        settle()
        for group_by in ("version", "status"):
            answer = fleet.ask(group_by=group_by, start=START, end=START + 10 * DAY)
            groups = divide(fleet.runs, group_by)
            check_answer(answer, fleet.runs, stale_before=ASKED_AT, groups=groups)


def test_a_run_leaves_one_folded_day_for_another(
    fleet: Fleet, database: Data, settle: Callable[[], None]
) -> None:
    fleet.post([Run(NOON, "running"), Run(NOON + 3 * DAY)])
    roll_up(database)
    fold_days()
    moved = Run(NOON + 3 * DAY)
    assert fleet.client.post(RUNS, report(moved, 1)).status == 200
    settle()
    answer = fleet.ask(interval="day", start=START, end=START + 4 * DAY)
    check_block(answer, [moved, moved], ASKED_AT)
    assert [bucket["runs"] for bucket in answer["buckets"]] == [0, 0, 0, 2]


@pytest.mark.parametrize("most", [1, 2, 3, 5, 8])
def test_a_day_with_very_many_values_changes_no_answer(
    fleet: Fleet, database: Data, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """The rest of an hour is in the day's; a day that would need more of it is read by the hour."""
    for module in (rollups, day_folding):
        monkeypatch.setattr(module, "MAX_VALUES", most)
    names = ["", "ada", "bob", "cyd"]
    fleet.post(
        [
            Run(NOON + hour * HOUR, initiator=f"{name}{hour % 2}" if name else None, models=(name,))
            for hour in range(30)
            for name in names
            for _ in range(hour % 3)
            if name
        ]
        + [Run(NOON, initiator="ada0", cost=Decimal("0.1"))] * 3
    )
    roll_up(database)
    by_hour = ask_all(fleet)
    fold_days()
    assert ask_all(fleet) == by_hour
    stored = {d["_id"]["dimension"]: d for d in documents_of(database, START)}
    assert not any("stale" in document for document in stored.values())
    assert ("values" in stored["initiator"]) == (most >= 6)
    assert ("rest" in stored["model"]) == (most in (1, 2, 3) and "values" in stored["model"])
    assert "values" in stored["total"]


def test_a_long_history_is_folded_a_little_at_a_time(
    fleet: Fleet, database: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_folding, "DOCUMENTS_A_ROUND", 7)
    fleet.post([Run(NOON - 400 * DAY)])
    fleet.post(draw_runs(6, 60, START, START + 4 * DAY))
    roll_up(database)
    query = {"interval": "month", "group_by": "version", "stale_after": "1ms"}
    by_hour = fleet.ask(**query)
    known, calls, is_done = EPOCH, 0, False
    while not is_done:
        is_done = day_folding.fold_days(0).is_done
        calls += 1
        assert until(database) >= known
        known = until(database)
        days._known.forget()
        assert fleet.ask(**query) == by_hour
    assert calls > 12
    assert known > START + 4 * DAY
    assert database["day_rollups"].count_documents({"stale": {"$exists": True}}) == 0
    assert day_folding.fold_days(0) == (0, True)


def test_a_process_that_knows_of_fewer_days_than_there_are_answers_alike(
    fleet: Fleet, database: Data
) -> None:
    fleet.post([Run(NOON + n * DAY) for n in range(5)])
    roll_up(database)
    fold_days()
    for day in (EPOCH, START + 2 * DAY, until(database)):
        days._known.put("until", day)
        fleet.post([Run(NOON + DAY), Run(NOON + 4 * DAY)])
        assert fleet.ask()["runs"] == len(fleet.runs)


def test_days_that_are_not_over_have_none(fleet: Fleet, database: Data) -> None:
    future = datetime(2099, 12, 31, 23, 30, tzinfo=UTC)
    present = datetime.now(UTC).replace(microsecond=0)
    fleet.post([Run(NOON), Run(present), Run(future)])
    roll_up(database)
    assert fold_days() == 1
    assert until(database) <= present
    assert database["day_rollups"].count_documents({}) == 6
    check_block(fleet.ask(end=future + HOUR), fleet.runs, ASKED_AT)


def test_two_that_note_the_same_new_days_at_once_both_do(app: Chalice, database: Data) -> None:
    """The database may refuse one of them, which then finds what the other has made."""
    version_id, agent_id = ObjectId(), ObjectId()
    marks = [
        {"_id": {"v": version_id, "hour": NOON + n * HOUR}, "agent_id": agent_id} for n in range(2)
    ]
    days.note_changed(marks, START + DAY)
    first = documents_of(database, START)
    days.note_changed(marks, START + DAY)
    second = documents_of(database, START)
    assert len(first) == len(second) == 5
    assert all(a["stale"] != b["stale"] for a, b in zip(first, second, strict=True))
    days.add_missing(START, {version_id: agent_id, ObjectId(): agent_id})
    assert [d for d in documents_of(database, START) if d["_id"]["v"] == version_id] == second
    assert len(documents_of(database, START)) == 10


def test_the_present_day_is_not_noted(app: Chalice, database: Data) -> None:
    mark = {"_id": {"v": ObjectId(), "hour": NOON}, "agent_id": ObjectId()}
    days.note_changed([mark], START + DAY - timedelta(milliseconds=1))
    assert documents_of(database, START) == []
    days.note_changed([mark], START + DAY)
    assert len(documents_of(database, START)) == 5
