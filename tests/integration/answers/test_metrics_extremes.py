"""Numbers and times at the ends of what the API takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bson import Binary
from chalice import Chalice
from pymongo.database import Database

from chalicelib.metrics.block import Block
from chalicelib.rollups.packing import pack, unpack
from chalicelib.values.durations import MAX_DURATION_US
from tests.integration.fleet import Fleet, QuietClient, report
from tests.integration.metrics_oracle import Run, check_answer, check_block, divide, text
from tests.integration.passing_time import keep_in, roll_up

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def fleet(app: Chalice) -> Fleet:
    return Fleet(QuietClient(app))


def check_both_ways(fleet: Fleet, database: Database[Any], **query: Any) -> None:
    """The same answer from the runs and from their rollups, and it is right."""
    a_day_ago = datetime.now(UTC) - timedelta(days=1)
    check_answer(fleet.ask(**query), fleet.runs, stale_before=a_day_ago)
    roll_up(database)
    check_answer(fleet.ask(**query), fleet.runs, stale_before=a_day_ago)


def test_an_unknown_cost_is_not_zero(fleet: Fleet, database: Database[Any]) -> None:
    fleet.post([Run(NOON, cost=None), Run(NOON, cost=None)])
    nothing = {"total": None, "mean": None, "in_progress": None}
    assert fleet.ask()["cost"] == nothing | {"known": 0, "unknown": 2}

    fleet.post([Run(NOON, cost=Decimal(0)), Run(NOON, cost=Decimal(3))])
    for _ in range(2):
        known = {"total": 3, "mean": 1.5, "known": 2, "unknown": 2}
        assert fleet.ask()["cost"] == nothing | known
        roll_up(database)


def test_durations_and_costs_of_zero_are_known(fleet: Fleet, database: Database[Any]) -> None:
    fleet.post([Run(NOON, duration_us=0, cost=Decimal(0)) for _ in range(5)])
    check_both_ways(fleet, database)
    assert fleet.ask()["duration_ms"]["p99"] == 0


def test_costs_of_every_size_add_up_without_loss(fleet: Fleet, database: Database[Any]) -> None:
    """To every digit that a JSON number can carry: 1e12 hides neither 0.01 nor a thousand of it."""
    costs = ["0", "1e-12", "0.01", "0.1", "1e12", "999999999999.99", "5e-324"]
    fleet.post([Run(NOON + timedelta(hours=n), cost=Decimal(c)) for n, c in enumerate(costs)])
    fleet.post([Run(NOON, cost=Decimal("0.01")) for _ in range(1000)])
    check_both_ways(fleet, database)


def test_ten_million_costs_of_a_tenth_are_a_million(fleet: Fleet, database: Database[Any]) -> None:
    """Exactly. The tile of one real day is taken for those of 10,000 days with 1,000 runs."""
    fleet.post([Run(NOON, cost=Decimal("0.1"), duration_us=100_000) for _ in range(1000)])
    roll_up(database)
    (original,) = database["tiles"].find({"_id.kind": "month"}).to_list()
    begin = original["_id"]["begin"]
    database["tiles"].insert_many(
        original | {"_id": original["_id"] | {"begin": begin - timedelta(days=day)}}
        for day in range(1, 10_000)
    )

    answer = fleet.ask()

    assert answer["runs"] == 10_000_000
    assert answer["cost"]["total"] == 1_000_000
    assert answer["cost"]["mean"] == 0.1
    assert answer["duration_ms"]["mean"] == 100


def test_sums_of_the_longest_durations_do_not_overflow(
    fleet: Fleet, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 bits hold a sum of 29,000 times ten years in microseconds; here it is a million times."""
    keep_in("blocks", monkeypatch)
    fleet.post([Run(NOON, duration_us=MAX_DURATION_US) for _ in range(3)])
    check_both_ways(fleet, database)

    count = 1_000_000
    block = Block(succeeded=count, first_run=NOON, last_run=NOON)
    longest = block.durations
    longest.count, longest.sum_us = count, count * MAX_DURATION_US
    longest.min_us = longest.max_us = MAX_DURATION_US
    stored = database["tiles"].find_one({"_id.kind": "total"})
    assert stored is not None
    hour = next(iter(stored["hours"]))
    bucket = next(iter(unpack(stored["hours"][hour]["values"][0]["block"]).durations.histogram))
    longest.histogram = {bucket: count}
    packed = [{"value": None, "block": Binary(pack(block))}]
    change = {f"hours.{hour}.values": packed, "day.values": packed}
    database["tiles"].update_one({"_id": stored["_id"]}, {"$set": change})

    durations = fleet.ask()["duration_ms"]

    assert durations["count"] == count
    assert durations["mean"] == durations["p50"] == durations["max"] == MAX_DURATION_US / 1000


@pytest.mark.parametrize("interval", [None, "month"])
def test_the_first_and_the_last_runs_that_there_can_be_count(
    fleet: Fleet, database: Database[Any], interval: str | None
) -> None:
    first = datetime(2000, 1, 1, tzinfo=UTC)
    last = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=23)
    fleet.post([Run(first), Run(first + timedelta(minutes=1)), Run(NOON), Run(last)])
    check_both_ways(fleet, database, end=last + timedelta(days=1))
    if interval:
        buckets = fleet.ask(interval=interval, tz="Asia/Kathmandu")["buckets"]
        assert (buckets[0]["runs"], buckets[-1]["runs"]) == (2, 1)
        assert sum(bucket["runs"] for bucket in buckets) == 4


def test_the_hundred_largest_groups_are_shown_and_the_rest_is_summed(
    fleet: Fleet, database: Database[Any]
) -> None:
    initiators = [f"user-{n:03}" for n in range(120) for _ in range(1 + n % 7)]
    fleet.post([Run(NOON, initiator=name, cost=Decimal(1)) for name in initiators])
    groups = divide(fleet.runs, "initiator")
    ranked = sorted(groups, key=lambda name: (-len(groups[name]), name))
    rest = [run for name in ranked[100:] for run in groups[name]]
    for _ in range(2):
        answer = fleet.ask(group_by="initiator")
        assert answer["truncated"]
        assert [(group["initiator"],) for group in answer["groups"]] == ranked[:100]
        check_block(answer["others"], rest, NOON)
        for group in answer["groups"]:
            check_block(group, groups[(group["initiator"],)], NOON)
        roll_up(database)


def test_what_is_not_shown_is_summed_in_every_bucket(fleet: Fleet) -> None:
    fleet.post([Run(NOON + timedelta(hours=n % 3), initiator=f"user-{n % 4}") for n in range(40)])
    answer = fleet.ask(
        group_by="initiator", limit=2, interval="hour", start=NOON, end=NOON + timedelta(hours=3)
    )
    shown = [*answer["groups"], answer["others"]]
    for place, bucket in enumerate(answer["buckets"]):
        assert sum(group["buckets"][place]["runs"] for group in shown) == bucket["runs"]


def test_many_buckets_leave_room_for_fewer_groups(fleet: Fleet) -> None:
    """An answer stays within what Lambda can return, whatever is asked."""
    fleet.post([Run(NOON, initiator=f"user-{n:03}") for n in range(90)])
    answer = fleet.ask(
        group_by="initiator", interval="hour", start=NOON, end=NOON + timedelta(hours=500)
    )
    assert 5 < len(answer["groups"]) < 20
    assert answer["truncated"]
    assert sum(group["runs"] for group in answer["groups"]) + answer["others"]["runs"] == 90


def test_an_hour_with_more_initiators_than_a_tile_keeps_apart_is_whole_in_sum(
    fleet: Fleet, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those with most runs stay apart; the total never changes."""
    keep_in("blocks", monkeypatch)
    busy = [Run(NOON, initiator=f"busy-{n}", cost=Decimal(2)) for n in range(100) for _ in "ab"]
    fleet.post(busy + [Run(NOON, initiator=f"user-{n}", cost=Decimal(1)) for n in range(1100)])
    shown = divide(busy, "initiator")
    for _ in range(2):
        answer = fleet.ask(group_by="initiator")
        check_block(answer, fleet.runs, NOON)
        assert {(group["initiator"],) for group in answer["groups"]} == shown.keys()
        for group in answer["groups"]:
            check_block(group, shown[(group["initiator"],)], NOON)
        check_block(answer["others"], [r for r in fleet.runs if r not in busy], NOON)
        roll_up(database)
    stored = database["tiles"].find_one({"_id.kind": "initiator"})
    assert stored is not None
    (hour,) = stored["hours"].values()
    assert len(hour["values"]) == 1000
    assert unpack(hour["rest"]).runs == 200


def test_runs_that_finish_later_are_counted_once(fleet: Fleet, database: Database[Any]) -> None:
    """An update replaces what was counted, in another hour too, and a replay adds nothing."""
    fleet.post([Run(NOON, status="running")])
    path = "/api/v1/agents/tester/versions/1.0.2/runs"
    finished = Run(NOON + timedelta(hours=5), "failed", 7_000_000, Decimal(1))
    for _ in range(2):
        roll_up(database)
        assert fleet.client.post(path, report(finished, 1)).status == 200
        check_block(fleet.ask(), [finished], NOON)
        assert fleet.ask(end=NOON + timedelta(hours=1))["runs"] == 0
    roll_up(database)
    check_block(fleet.ask(), [finished], NOON)
    # The hour that it left has no row, and is no part of an open range.
    assert [b["from"] for b in fleet.ask(interval="hour")["buckets"]] == [text(finished.created)]
