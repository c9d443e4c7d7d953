"""Every field, scope and grouping of the metrics against an independent calculation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from chalicelib.answers import questions
from management.mongod import Mongod
from tests.integration.conftest import serve_database
from tests.integration.fleet import Fleet, QuietClient, draw_runs
from tests.integration.metrics_oracle import (
    GROUPINGS,
    Run,
    Span,
    check_answer,
    check_block,
    cut,
    divide,
)
from tests.integration.passing_time import KINDS_OF_TILES, keep_in, roll_up
from tests.lambda_client import LambdaClient

START = datetime(2026, 3, 27, 22, 17, 3, 127_000, tzinfo=UTC)
END = datetime(2026, 3, 31, 4, 41, 59, 999_000, tzinfo=UTC)
NOW = datetime(2026, 3, 30, 10, 20, 30, 456_000, tzinfo=UTC)
A_DAY_AGO = NOW - timedelta(days=1)


@pytest.fixture
def fleet(client: LambdaClient, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """An empty fleet, asked at NOW."""
    monkeypatch.setattr(questions, "now", lambda: NOW)
    return Fleet(client)


@pytest.fixture(
    scope="module",
    params=[
        "never rolled up",
        *(f"{when}, in {kind}" for when in ("rolled up", "amid writes") for kind in KINDS_OF_TILES),
    ],
)
def measured(
    request: pytest.FixtureRequest, mongod: Mongod, mongo_client: MongoClient[Any]
) -> Iterator[Fleet]:
    """A fleet with 240 runs over four days, asked at NOW; tests only read it."""
    database = mongo_client[f"test_{uuid4().hex}"]
    when, _, kind = request.param.partition(", in ")
    with serve_database(mongod, database) as app, pytest.MonkeyPatch.context() as patch:
        patch.setattr(questions, "now", lambda: NOW)
        keep_in(kind or "months", patch)
        fleet = Fleet(QuietClient(app))
        runs = draw_runs(1, 240, START, END)
        fleet.post(runs[:150])
        if when == "amid writes":
            roll_up(database)
        fleet.post(runs[150:])
        if when == "rolled up":
            roll_up(database)
        yield fleet
    mongo_client.drop_database(database)


@pytest.mark.parametrize(
    ("path", "belongs"),
    [
        ("/api/v1/metrics", lambda run: True),
        ("/api/v1/agents/invoicer/metrics", lambda run: run.agent == "invoicer"),
        (
            "/api/v1/agents/invoicer/versions/2.0/metrics",
            lambda run: (run.agent, run.version) == ("invoicer", "2.0"),
        ),
    ],
    ids=["fleet", "agent", "version"],
)
def test_every_scope_in_every_grouping_is_what_its_runs_add_up_to(
    measured: Fleet, path: str, belongs: Callable[[Run], bool]
) -> None:
    runs = [run for run in measured.runs if belongs(run)]
    spans = cut(START, END, "day", "America/New_York")

    whole = measured.ask(path)
    check_answer(whole, runs, stale_before=A_DAY_AGO)
    for group_by in GROUPINGS:
        groups = divide(runs, group_by)
        answer = measured.ask(
            path, group_by=group_by, interval="day", tz="America/New_York", start=START, end=END
        )
        check_answer(answer, runs, spans, stale_before=A_DAY_AGO, groups=groups)
        assert answer["overlapping"] == (group_by in ("model", "tool"))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START + timedelta(hours=5), END - timedelta(hours=5)),
        (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 7, 30, tzinfo=UTC), datetime(2026, 3, 29, 7, 30, 0, 1000, UTC)),
        (datetime(2026, 3, 29, 7, 10, tzinfo=UTC), datetime(2026, 3, 29, 7, 50, tzinfo=UTC)),
        (START - timedelta(days=400), END + timedelta(days=40)),
        (END, END + timedelta(days=1)),
        (START, START),
    ],
    ids=["cut hours", "whole hours", "one ms", "within one hour", "wider", "after", "empty"],
)
def test_a_range_holds_the_runs_from_its_start_until_before_its_end(
    measured: Fleet, start: datetime, end: datetime
) -> None:
    runs = Span(start, end).pick(measured.runs)

    check_answer(measured.ask(start=start, end=end), runs, stale_before=A_DAY_AGO)
    groups = divide(runs, "model")
    answer = measured.ask(start=start, end=end, group_by="model")
    check_answer(answer, runs, stale_before=A_DAY_AGO, groups=groups)


def test_a_range_may_begin_and_end_with_a_run(measured: Fleet) -> None:
    """The first run of a range is in it, and the one at its end is not: to the millisecond."""
    created = sorted(run.created for run in measured.runs)
    start, end = created[40], created[200]

    answer = measured.ask(start=start, end=end)

    check_answer(answer, Span(start, end).pick(measured.runs), stale_before=A_DAY_AGO)
    assert answer["first_run"] == measured.ask(start=start)["first_run"]


@pytest.mark.parametrize("stale_after", ["1ms", "36h17m3.127s", "90m", "87840h"])
def test_runs_in_progress_are_stale_from_the_age_that_is_asked_for(
    measured: Fleet, stale_after: str
) -> None:
    ages = {
        "1ms": timedelta(milliseconds=1),
        "36h17m3.127s": timedelta(hours=36, minutes=17, seconds=3, milliseconds=127),
        "90m": timedelta(minutes=90),
        "87840h": timedelta(days=3660),
    }
    spans = cut(START, END, "hour", "Asia/Kolkata")
    answer = measured.ask(
        interval="hour", tz="Asia/Kolkata", start=START, end=END, stale_after=stale_after
    )
    check_answer(answer, measured.runs, spans, stale_before=NOW - ages[stale_after])


def test_a_run_in_progress_is_stale_one_millisecond_after_it_was_not(fleet: Fleet) -> None:
    running = Run(NOW - timedelta(hours=1), status="running")
    fleet.post([running])

    assert fleet.ask(stale_after="1h")["stale"] == 0
    assert fleet.ask(stale_after="3599.999s")["stale"] == 1
    groups = fleet.ask(stale_after="3599.999s", group_by="status")["groups"]
    assert groups[0]["stale"] == 1


def test_without_runs_every_count_is_zero_and_every_rate_is_null(fleet: Fleet) -> None:
    answer = fleet.ask()
    check_block(answer, [], A_DAY_AGO)
    assert (answer["from"], answer["to"]) == (None, None)

    asked = fleet.ask(start=START, end=END, interval="day", group_by="model")
    check_answer(asked, [], cut(START, END, "day", "UTC"), stale_before=A_DAY_AGO, groups={})


def test_an_agent_without_versions_and_a_version_without_runs_have_answers(
    fleet: Fleet, runs_path: str
) -> None:
    for path in ("/api/v1/agents/tester", "/api/v1/agents/tester/versions/1.0.2"):
        check_block(fleet.ask(f"{path}/metrics"), [], A_DAY_AGO)


def test_groups_that_do_not_overlap_and_buckets_sum_to_the_total(measured: Fleet) -> None:
    """What a reader does with the numbers: adds them up."""
    for group_by in GROUPINGS.keys() - {"model", "tool"}:
        answer = measured.ask(group_by=group_by, interval="week", tz="Australia/Lord_Howe")
        for parts in (answer["groups"], answer["buckets"]):
            for count in ("runs", "stale", "rated"):
                assert sum(part[count] for part in parts) == answer[count]
            for part in ("known", "unknown"):
                assert sum(p["cost"][part] for p in parts) == answer["cost"][part]
            total = sum(part["cost"]["total"] or 0 for part in parts)
            assert total == pytest.approx(answer["cost"]["total"], rel=1e-12)


def test_a_run_is_in_the_answer_as_soon_as_it_is_acknowledged(fleet: Fleet) -> None:
    for number in range(1, 6):
        fleet.post([Run(NOW)])
        for path in ("", "/agents/tester", "/agents/tester/versions/1.0.2"):
            assert fleet.ask(f"/api/v1{path}/metrics")["runs"] == number
