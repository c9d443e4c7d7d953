"""Tiles of every kind: few documents to read, and nothing that an answer could tell them by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.rollups import counting, entries, heavy_days
from chalicelib.values.instants import DAY, HOUR
from tests.integration.fleet import Fleet, QuietClient, draw_runs, report
from tests.integration.metrics_oracle import GROUPINGS, Run, check_answer, check_block, divide
from tests.integration.passing_time import KINDS_OF_TILES, keep_in, roll_up
from tests.integration.sent_commands import listening

Data = Database[dict[str, Any]]
START = datetime(2026, 1, 1, tzinfo=UTC)
NOON = START + 12 * HOUR
ASKED_AT = datetime(2026, 3, 1, tzinfo=UTC)
RUNS = "/api/v1/agents/tester/versions/1.0.2/runs"


@pytest.fixture
def fleet(app: Chalice) -> Fleet:
    return Fleet(QuietClient(app))


@pytest.fixture(params=KINDS_OF_TILES)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    keep_in(request.param, monkeypatch)
    return str(request.param)


def kinds(database: Data) -> set[str]:
    return {tile["_id"]["kind"] for tile in database["tiles"].find({}, {"_id": 1})}


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
    fleet: Fleet, database: Data, kind: str
) -> None:
    fleet.post(draw_runs(3, 400, START, START + 9 * DAY))
    from_runs, compared = ask_all(fleet), compare(fleet)
    roll_up(database)
    assert ask_all(fleet) == from_runs
    assert compare(fleet) == compared
    # The same again when half of the days are in doubt.
    fleet.post(draw_runs(4, 20, START, START + 9 * DAY))
    marked = ask_all(fleet)
    roll_up(database)
    assert ask_all(fleet) == marked
    groups = divide(fleet.runs, "model")
    check_answer(fleet.ask(group_by="model"), fleet.runs, stale_before=ASKED_AT, groups=groups)
    expected = {
        "months": {"month"},
        "days": {"month", "day"},
        "blocks": {"month", "total", "status", "initiator", "model", "tool", "outcome"},
    }
    assert expected[kind] <= kinds(database)


@pytest.mark.parametrize("few", ["months", "days"], ids=str)
def test_tiles_without_sums_are_added_up_row_by_row(
    fleet: Fleet, database: Data, monkeypatch: pytest.MonkeyPatch, few: str
) -> None:
    """As tiles of before there were any; and some of a fleet may have them already."""
    keep_in(few, monkeypatch)
    fleet.post(draw_runs(6, 300, START, START + 40 * DAY))
    roll_up(database)
    with_sums = ask_all(fleet)
    dimensions = ("status", "initiator", "model", "tool")
    without = {"sums": "", **{f"{name}.sums": "" for name in dimensions}}
    for where in ({"_id.begin": START}, {}):
        assert database["tiles"].update_many(where, {"$unset": without}).modified_count
        assert ask_all(fleet) == with_sums


def test_sums_that_take_more_than_64_bits_are_left_out(fleet: Fleet, database: Data) -> None:
    """Costs of 1e12 and of 1e-12 dollars, in one tile and apart."""
    costs = [Decimal("1e12"), Decimal("1e-12"), Decimal("999999999999.999"), Decimal("0.1")]
    late = NOON + 31 * DAY
    fleet.post([Run(NOON + n * HOUR, cost=cost) for n, cost in enumerate(costs)])
    fleet.post([Run(late + n * HOUR, cost=Decimal("9e11")) for n in range(40)])
    roll_up(database)
    assert any("sums" not in tile for tile in database["tiles"].find())
    for query in ({}, {"group_by": "status"}):
        answer = fleet.ask(interval="month", **query)
        check_block(answer, fleet.runs, ASKED_AT)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_zones_that_cut_hours_are_exact_on_days_of_blocks(
    fleet: Fleet, database: Data, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    """Of an hour that midnight cuts, the runs themselves are read, and of no other."""
    keep_in("blocks", monkeypatch)
    fleet.post(draw_runs(8, 300, START, START + 4 * DAY))
    roll_up(database)
    asked: dict[str, Any] = {"interval": "day", "tz": zone, "start": START, "end": START + 4 * DAY}
    with listening() as sent:
        answer = fleet.ask(**asked)
    read = [c for c in sent.commands if c.get("aggregate") == "runs"]
    hours = sum(len(command["pipeline"][0]["$match"]["$or"]) for command in read)
    assert hours <= len(answer["buckets"])
    check_block(answer, fleet.runs, ASKED_AT)
    for bucket in answer["buckets"]:
        begin, end = (datetime.fromisoformat(bucket[name]) for name in ("from", "to"))
        some = [run for run in fleet.runs if begin <= run.created < end]
        check_block({k: v for k, v in bucket.items() if k not in ("from", "to")}, some, ASKED_AT)


def test_ninety_days_of_a_version_are_four_documents(fleet: Fleet, database: Data) -> None:
    fleet.post([Run(START + n * 6 * HOUR) for n in range(4 * 90)])
    roll_up(database)
    assert database["tiles"].count_documents({}) == 4 - 1  # the ninetieth day is in March
    path = "/api/v1/agents/tester/versions/1.0.2/metrics"
    with listening() as sent:
        for query in ({}, {"interval": "day"}, {"interval": "month"}, {"group_by": "initiator"}):
            fleet.ask(path, start=START, end=START + 90 * DAY, **query)
            sent.commands.clear()
            assert fleet.ask(path, start=START, end=START + 90 * DAY, **query)["runs"] == 360
            found = [command.get("find") for command in sent.commands]
            assert found[-2:] == ["marks", "tiles"]
            assert len(found) <= 4


def test_an_hour_of_every_day_may_be_asked_for(fleet: Fleet, database: Data, kind: str) -> None:
    fleet.post([Run(START + n * HOUR) for n in range(72)])
    roll_up(database)
    answer = fleet.ask(interval="hour", start=START, end=START + 3 * DAY)
    assert [bucket["runs"] for bucket in answer["buckets"]] == [1] * 72


@pytest.fixture(params=["marked", "rolled up"])
def settle(request: pytest.FixtureRequest, database: Data) -> Callable[[], None]:
    """How far it has come with what was written last."""

    def act() -> None:
        if request.param != "marked":
            roll_up(database)

    return act


def test_late_runs_of_counted_days_count(
    fleet: Fleet, database: Data, settle: Callable[[], None], kind: str
) -> None:
    """Of a version that had runs that day, of one that had none, and of a day without any."""
    fleet.post([Run(NOON), Run(NOON + 9 * DAY)])
    roll_up(database)
    late = [Run(NOON + HOUR), Run(NOON, version="new"), Run(NOON + 5 * DAY, version="new")]
    for run in late:
        fleet.post([run])
        settle()
        for group_by in ("version", "status"):
            answer = fleet.ask(group_by=group_by, start=START, end=START + 10 * DAY)
            groups = divide(fleet.runs, group_by)
            check_answer(answer, fleet.runs, stale_before=ASKED_AT, groups=groups)


def test_a_run_leaves_one_counted_day_for_another(
    fleet: Fleet, database: Data, settle: Callable[[], None], kind: str
) -> None:
    fleet.post([Run(NOON, "running"), Run(NOON + 3 * DAY)])
    roll_up(database)
    moved = Run(NOON + 3 * DAY)
    assert fleet.client.post(RUNS, report(moved, 1)).status == 200
    settle()
    answer = fleet.ask(interval="day", start=START, end=START + 4 * DAY)
    check_block(answer, [moved, moved], ASKED_AT)
    assert [bucket["runs"] for bucket in answer["buckets"]] == [0, 0, 0, 2]


def test_days_grow_out_of_their_months_tile_as_runs_come(
    fleet: Fleet, database: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From rows of a month to rows of a day, and to blocks; none of them ever goes back."""
    runs = draw_runs(5, 300, START, START + 3 * DAY)
    for at, name in ((100, "months"), (200, "days"), (250, "blocks"), (300, "months")):
        keep_in(name, monkeypatch)
        fleet.post(runs[len(fleet.runs) : at])
        roll_up(database)
        for group_by in ("version", "tool"):
            answer = fleet.ask(group_by=group_by, interval="day", start=START, end=START + 3 * DAY)
            groups = divide(fleet.runs, group_by)
            check_block(answer, fleet.runs, ASKED_AT)
            assert len(answer["groups"]) == len(groups)


@pytest.mark.parametrize("most", [1, 2, 3, 5, 8])
def test_an_hour_with_very_many_values_loses_none_of_its_runs(
    fleet: Fleet, database: Data, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    keep_in("blocks", monkeypatch)
    for module in (entries, heavy_days):
        monkeypatch.setattr(module, "MAX_VALUES", most)
    monkeypatch.setattr(heavy_days, "MAX_VALUES_A_DAY", 2 * most)
    monkeypatch.setattr(heavy_days, "MAX_COUNTED", 4 * most)
    names = ["ada", "bob", "cyd", "dan", "eve", "fay"]
    fleet.post(
        [
            Run(NOON + hour * HOUR, initiator=f"{name}{hour % 2}", models=(name,))
            for hour in range(30)
            for name in names
            for _ in range(hour % 3)
        ]
        + [Run(NOON, initiator="ada0", cost=Decimal("0.1"))] * 3
    )
    roll_up(database)
    for group_by in ("initiator", "model"):
        answer = fleet.ask(group_by=group_by)
        check_block(answer, fleet.runs, ASKED_AT)
        parts = [*answer["groups"], *([answer["others"]] if answer["others"] else [])]
        assert sum(part["runs"] for part in parts) == len(fleet.runs)
        assert answer["truncated"] == bool(answer["others"])
    for name in names:
        mine = [run for run in fleet.runs if run.models == (name,)]
        check_block(fleet.ask(model=name), mine, ASKED_AT)


def test_a_month_with_very_long_values_is_no_larger_than_a_document(
    fleet: Fleet, database: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_BYTES", 40_000)
    fleet.post(
        [Run(NOON + n * HOUR, tools=(f"{n}-{'x' * 150}", f"{n}+{'y' * 150}")) for n in range(60)]
    )
    roll_up(database)
    assert {"month", "day"} <= kinds(database)
    answer = fleet.ask(group_by="tool", limit=1000)
    check_answer(answer, fleet.runs, stale_before=ASKED_AT, groups=divide(fleet.runs, "tool"))
