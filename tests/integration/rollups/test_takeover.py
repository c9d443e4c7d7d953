"""A database of the release before tiles: taken over whole, whatever stops it on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.answers import questions
from chalicelib.database import connection as mongo
from chalicelib.database import retention
from chalicelib.database.recent import Recent
from chalicelib.metrics.block import merge_blocks
from chalicelib.rollups import count_marked, take_over, takeover
from chalicelib.rollups.packing import unpack
from tests import database_v1
from tests.integration.fleet import QuietClient
from tests.integration.interruptions import Interruptions, crash, listen
from tests.integration.passing_time import PATIENCE_S, let_marks_age

Data = Database[dict[str, Any]]
METRICS = "/api/v1/metrics"
GONE = "from=2026-03-04T00:00:00Z&to=2026-03-05T00:00:00Z"


@pytest.fixture
def old(app: Chalice, database: Data, monkeypatch: pytest.MonkeyPatch) -> Iterator[Interruptions]:
    """The database, with the present in which it was kept."""
    for name in ("retention", "agents", "versions", "runs", "tokens"):
        database[name].delete_many({})  # what the app has made beside its indexes
    database_v1.load(database)
    monkeypatch.setattr(retention, "now", lambda: database_v1.PRESENT)
    monkeypatch.setattr(questions, "now", lambda: database_v1.PRESENT)
    yield listen(monkeypatch)
    mongo.forget()


def take_all() -> None:
    while take_over(PATIENCE_S):
        pass
    Recent.forget_all()


def settle(database: Data) -> None:
    let_marks_age(database)
    count_marked(PATIENCE_S)


def days_of(answer: dict[str, Any]) -> dict[str, int]:
    return {bucket["from"]: bucket["runs"] for bucket in answer["buckets"] if bucket["runs"]}


def expected_days(database: Data) -> dict[datetime, int]:
    """The runs of each UTC day: those that are there, and of the rest the old rollups."""
    gone_before = database["retention"].find_one({"_id": "runs"})["gone_before"]  # type: ignore[index]
    days: dict[datetime, int] = {}
    for run in database_v1.documents("runs"):
        if run["created"] >= gone_before:
            day = run["created"].replace(hour=0, minute=0, second=0, microsecond=0)
            days[day] = days.get(day, 0) + 1
    for rollup in database_v1.documents("rollups"):
        hour = rollup["_id"]["hour"]
        if rollup["_id"]["dimension"] == "total" and hour < gone_before and rollup["runs"]:
            day = hour.replace(hour=0)
            days[day] = days.get(day, 0) + rollup["runs"]
    return days


def ask(client: QuietClient, query: str) -> dict[str, Any]:
    answer = client.get(f"{METRICS}?{query}")
    assert answer.status == 200, answer.text
    return dict(answer.json)


def check(client: QuietClient, database: Data) -> None:
    """Every day has its runs, and of those that are gone every number is as it was."""
    days = {f"{day:%Y-%m-%dT%H:%M:%SZ}": runs for day, runs in expected_days(database).items()}
    march = {day: runs for day, runs in days.items() if day.startswith("2026")}
    answer = ask(client, "from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z&interval=day")
    assert days_of(answer) == march
    assert ask(client, "")["runs"] == sum(days.values())
    by_status = ask(client, f"{GONE}&group_by=status")
    known = {r["_id"]["hour"]: r for r in database_v1.documents("rollups")}
    assert known
    assert (
        sum(group["runs"] for group in by_status["groups"])
        + (by_status["others"]["runs"] if by_status["others"] else 0)
        == by_status["runs"]
        == march["2026-03-04T00:00:00Z"]
    )


def test_metrics_wait_until_it_is_taken_over_and_are_right_then(
    old: Interruptions, app: Chalice, database: Data
) -> None:
    client = QuietClient(app)
    answer = client.get(METRICS)
    assert (answer.status, answer.json["code"]) == (503, "not_ready")
    assert "manage.py upgrade" in answer.json["detail"]
    take_all()
    assert not set(takeover.OLD) & set(database.list_collection_names())
    check(client, database)
    settle(database)
    check(client, database)


def test_it_can_be_stopped_before_any_command(
    old: Interruptions, app: Chalice, database: Data
) -> None:
    client = QuietClient(app)
    for number in count(1, 7):
        stopped = False
        try:
            with old.at({number: crash}):
                take_over(PATIENCE_S)
        except BaseException:  # noqa: BLE001 - the end of the process
            stopped = True
        if not stopped:
            break
        Recent.forget_all()
    take_all()
    check(client, database)
    settle(database)
    check(client, database)


def test_what_was_gone_says_what_it_said(old: Interruptions, app: Chalice, database: Data) -> None:
    """Of a day without runs the totals by outcome, and the money, of every status."""
    rollups = [
        r
        for r in database_v1.documents("rollups")
        if r["_id"]["dimension"] == "total" and f"{r['_id']['hour']:%Y-%m-%d}" == "2026-03-04"
    ]
    before = merge_blocks(unpack(entry["block"]) for r in rollups for entry in r["values"])
    take_all()
    settle(database)
    answer = ask(QuietClient(app), GONE)
    assert answer["runs"] == before.runs > 0
    assert answer["by_outcome"]["succeeded"] == before.succeeded
    assert answer["by_outcome"]["failed"] == before.failed
    assert answer["cost"]["total"] == pytest.approx(float(before.costs.total))
    assert answer["duration_ms"]["max"] == (before.durations.max_us or 0) / 1000
    by_outcome = ask(QuietClient(app), f"{GONE}&outcome=failed")
    assert by_outcome["runs"] == before.failed


def test_marks_of_a_process_of_the_old_release_are_seen(
    app: Chalice, database: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may set some while this release is at work already."""
    client = QuietClient(app)
    client.post("/api/v1/agents/tester/register", {"project": "tests"})
    client.post("/api/v1/agents/tester/versions", {"version": "1"})
    created = "2026-03-01T10:00:00Z"
    runs = "/api/v1/agents/tester/versions/1/runs"
    client.post(runs, {"id": 1, "status": "ok", "created": created})
    settle(database)
    (run,) = database["runs"].find()
    database["runs"].insert_one(run | {"_id": run["_id"] | {"id": 2}})
    hour = run["created"]
    mark = {"_id": {"v": run["_id"]["v"], "hour": hour}, "agent_id": run["agent_id"]}
    database["rollup_marks"].insert_one(mark | {"marked_at": hour + timedelta(days=1)})
    assert client.get(METRICS).json["runs"] == 1
    count_marked(PATIENCE_S)
    assert client.get(METRICS).json["runs"] == 2
    settle(database)
    assert client.get(METRICS).json["runs"] == 2
