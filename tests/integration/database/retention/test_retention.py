"""Runs that expire: what they added up to stays, whatever arrives late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.config import ConfigurationError
from chalicelib.database import retention
from chalicelib.database.indexes import ensure_indexes
from chalicelib.database.recent import Recent
from chalicelib.rollups import expire_runs, expiry
from chalicelib.runs import remove_deleted
from chalicelib.values.instants import DAY
from tests.integration.database.retention.conftest import DAYS, NOW, Data, SetNow, keep_for
from tests.integration.fleet import Fleet, draw_runs, report
from tests.integration.metrics_oracle import Run, check_answer, check_block, cut, divide
from tests.integration.passing_time import keep_in, roll_up

MS = timedelta(milliseconds=1)
RUNS = "/api/v1/agents/tester/versions/1.0.2/runs"


def expire(database: Data, before: datetime) -> int:
    """Delete runs as upkeep does some time after they are due."""
    retention.note_deleted(DAYS, before - MS)
    return database["runs"].delete_many({"created": {"$lt": before}}).deleted_count


def expiry_days(database: Data) -> float | None:
    """After how many days runs are deleted."""
    index = database["runs"].index_information().get(retention.RUNS_EXPIRY)
    kept = database["retention"].find_one({"_id": "runs"}) or {}
    assert (index is None) == (kept.get("days") is None)
    assert index is None or "expireAfterSeconds" not in index
    return kept["days"] + 2 if index else None


def test_runs_are_deleted_some_days_after_they_are_no_longer_accepted(database: Data) -> None:
    ensure_indexes(database)
    assert expiry_days(database) is None
    for days in (30, 30, 90, 7):
        ensure_indexes(database, days)
        assert expiry_days(database) == days + 2
    ensure_indexes(database)
    assert expiry_days(database) is None


def test_what_mongodb_itself_deleted_is_deleted_by_upkeep_from_now_on(database: Data) -> None:
    """As an older release had left it to."""
    name = retention.RUNS_EXPIRY
    database["runs"].create_index("created", name=name, expireAfterSeconds=32 * 86_400)
    ensure_indexes(database, 30)
    assert expiry_days(database) == 32
    ensure_indexes(database, 90)
    gone_before = database["retention"].find_one({"_id": "runs"})["gone_before"]  # type: ignore[index]
    assert abs(datetime.now(UTC) - timedelta(days=31) - gone_before) < timedelta(hours=2)


def test_upkeep_deletes_what_is_due_but_nothing_that_is_not_counted(
    fleet: Fleet, database: Data, set_now: SetNow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "_AT_ONCE", 7)
    fleet.post([Run(NOW - n * DAY / 4) for n in range(40)])
    roll_up(database)
    fleet.post([Run(NOW - 5 * DAY), *[Run(NOW - 2 * DAY)] * 20])  # marked, and never counted
    set_now(NOW + (DAYS + 1) * DAY)
    assert expire_runs(60) == 35 - 2
    assert expire_runs(60) == 0
    left = {run["created"] for run in database["runs"].find()}
    assert min(left) == NOW - 5 * DAY
    set_now(NOW + (DAYS + 5) * DAY)
    assert expire_runs(60) == 5
    assert database["runs"].count_documents({}) == 2 + 21
    roll_up(database)
    assert expire_runs(60) == 23
    assert fleet.ask()["runs"] == 61


def test_a_run_that_moved_stays_until_it_is_not_counted_again(
    fleet: Fleet, database: Data, set_now: SetNow
) -> None:
    """Upkeep would forget what Prometheus counted, if it recounted that hour without the run."""
    fleet.post([Run(NOW), Run(NOW + timedelta(minutes=1))])
    earlier = (NOW - 9 * DAY).isoformat()
    assert fleet.client.patch(f"{RUNS}/1", {"created": earlier}).status == 200
    roll_up(database)
    set_now(NOW + (DAYS + 2) * DAY)
    assert expire_runs(60) == 0
    set_now(NOW + (DAYS + 4) * DAY)
    assert expire_runs(60) == 2


def test_a_deleted_run_that_had_moved_stays_deleted_when_its_first_hour_has_expired(
    fleet: Fleet, database: Data, set_now: SetNow
) -> None:
    fleet.post([Run(NOW - 20 * DAY)])
    assert fleet.client.patch(f"{RUNS}/1", {"created": NOW.isoformat()}).status == 200
    roll_up(database)
    set_now(NOW + 15 * DAY)
    assert fleet.client.delete(f"{RUNS}/1").status == 204
    roll_up(database)
    assert expire_runs(60) == 0
    assert fleet.client.post(RUNS, {"id": 1, "status": "ok"}).status == 410


def test_totals_stay_when_the_runs_are_gone(fleet: Fleet, database: Data, set_now: SetNow) -> None:
    start, end = NOW - 3 * DAY, NOW
    fleet.post(draw_runs(5, 120, start, end))
    roll_up(database)
    later = NOW + (DAYS + 5) * DAY
    set_now(later)

    assert expire(database, later - (DAYS + 2) * DAY) == 120

    for group_by in ("agent", "model", "initiator", "status"):
        answer = fleet.ask(group_by=group_by, interval="hour", start=start, end=end)
        groups, spans = divide(fleet.runs, group_by), cut(start, end, "hour", "UTC")
        whole = fleet.ask(group_by=group_by, stale_after="1ms")
        check_answer(whole, fleet.runs, stale_before=later, groups=groups)
        assert answer["runs"] == sum(bucket["runs"] for bucket in answer["buckets"]) == 120
        assert len(answer["buckets"]) == len(spans)


def test_an_hour_of_blocks_without_runs_counts_whole_where_it_begins(
    fleet: Fleet, database: Data, set_now: SetNow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing finer is known of it; adjacent ranges still share no run and leave none out."""
    keep_in("blocks", monkeypatch)
    noon = NOW.replace(minute=0, second=0)
    fleet.post([Run(noon + timedelta(minutes=n)) for n in range(60)])
    roll_up(database)
    half_past = noon + timedelta(minutes=30)
    assert (fleet.ask(start=half_past)["runs"], fleet.ask(end=half_past)["runs"]) == (30, 30)
    set_now(NOW + (DAYS + 5) * DAY)

    expire(database, NOW + DAY)

    assert (fleet.ask(start=half_past)["runs"], fleet.ask(end=half_past)["runs"]) == (0, 60)
    days = fleet.ask(interval="hour", tz="Asia/Kolkata", start=noon - DAY, end=noon + DAY)
    assert sum(bucket["runs"] for bucket in days["buckets"]) == 60


def test_a_run_is_accepted_until_it_is_so_old(fleet: Fleet) -> None:
    oldest = NOW - DAYS * DAY
    fleet.post([Run(oldest), Run(NOW)])

    answer = fleet.client.post(RUNS, report(Run(oldest - MS), 9))

    assert (answer.status, answer.json["code"]) == (422, "run_expired")
    assert "run 9 was created 2026-05-02T12:34:55.999Z" in answer.json["detail"]
    assert fleet.ask()["runs"] == 2


def test_a_batch_takes_the_runs_that_are_young_enough(fleet: Fleet, database: Data) -> None:
    fleet.post([Run(NOW)])
    old = report(Run(NOW - 31 * DAY), 7)
    sent = [old, report(Run(NOW), 8), {"id": 9, "status": ""}, old | {"id": 10}]

    answer = fleet.client.post(RUNS, {"runs": sent})

    assert answer.status == 207
    assert (answer.json["accepted"], answer.json["created"], answer.json["rejected"]) == (1, 1, 3)
    codes = [(error["index"], error["id"], error["code"]) for error in answer.json["errors"]]
    assert codes == [(0, 7, "run_expired"), (2, 9, "invalid_run"), (3, 10, "run_expired")]
    assert fleet.client.post(RUNS, {"runs": [old]}).status == 422
    # Nor is an hour marked for nothing.
    (mark,) = database["marks"].find({})
    assert list(mark["hours"]) == [f"{NOW:%d%H}"]


def test_a_replay_of_runs_that_are_gone_changes_nothing(
    fleet: Fleet, database: Data, set_now: SetNow
) -> None:
    fleet.post([Run(NOW, cost=Decimal(1)), Run(NOW - DAY)])
    roll_up(database)
    set_now(NOW + (DAYS + 3) * DAY)
    expire(database, NOW + MS)

    answer = fleet.client.post(RUNS, {"runs": [report(fleet.runs[0], 1), report(Run(NOW), 77)]})

    assert [error["code"] for error in answer.json["errors"]] == ["run_expired"] * 2
    for _ in range(2):
        check_block(fleet.ask(), fleet.runs, NOW)
        roll_up(database)


def test_a_stored_run_that_is_too_old_is_not_changed_by_a_report_without_a_time(
    fleet: Fleet, database: Data, set_now: SetNow
) -> None:
    """Its hour may not be counted again, so that it finished would be in no total."""
    fleet.post([Run(NOW, status="running")])
    roll_up(database)
    set_now(NOW + DAYS * DAY + MS)

    answer = fleet.client.post(RUNS, {"id": 1, "status": "completed"})

    assert (answer.status, answer.json["code"]) == (422, "run_expired")
    assert fleet.client.get(f"{RUNS}/1").json["status"] == "running"
    assert fleet.client.post(RUNS, {"id": 1, "status": "running"}).status == 200


def test_a_rollup_that_comes_late_counts_what_is_left_and_never_less_than_before(
    fleet: Fleet, database: Data, set_now: SetNow
) -> None:
    """The function that rolls up was not there when it should have been."""
    fleet.post([Run(NOW), Run(NOW), Run(NOW - DAY)])
    roll_up(database)
    fleet.post([Run(NOW) for _ in range(8)] + [Run(NOW - DAY), Run(NOW - 2 * DAY)])
    set_now(NOW + (DAYS + 3) * DAY)
    # Of ten runs of NOW nine are left, of the two of the day before none.
    database["runs"].delete_one({"created": NOW})
    expire(database, NOW - DAY + MS)
    fleet.client.get("/api/v1/metrics")

    roll_up(database)

    counts = {b["from"][:10]: b["runs"] for b in fleet.ask(interval="day")["buckets"]}
    assert counts == {"2026-05-31": 1, "2026-06-01": 9}


def test_runs_do_not_expire_while_their_hours_are_not_counted(fleet: Fleet, database: Data) -> None:
    keep_for(database, None)
    old, young = Run(NOW - 60 * DAY), Run(NOW - DAY)
    fleet.client.post("/api/v1/agents/tester/register", {"project": "tests"})
    database["retention"].delete_many({})
    Recent.forget_all()
    fleet.post([old, young])

    with pytest.raises(ConfigurationError, match=r"1 hours are not counted .*manage.py upkeep"):
        keep_for(database, DAYS)
    assert expiry_days(database) is None
    keep_for(database, 60)  # not older than that and a day

    roll_up(database)
    keep_for(database, DAYS)
    assert expiry_days(database) == DAYS + 2
    assert fleet.ask()["runs"] == 2


@pytest.mark.parametrize("days", [None, 90])
def test_what_is_gone_stays_gone_when_runs_are_kept_for_longer_again(
    fleet: Fleet, database: Data, set_now: SetNow, days: int | None
) -> None:
    fleet.post([Run(NOW), Run(NOW)])
    roll_up(database)
    later = NOW + (DAYS + 3) * DAY
    set_now(later)
    expire(database, NOW + MS)

    keep_for(database, days)

    late = fleet.client.post(RUNS, report(Run(NOW), 99))
    assert (late.status, late.json["code"]) == (422, "run_expired")
    half_past = NOW.replace(minute=30, second=0)
    assert (fleet.ask()["runs"], fleet.ask(end=half_past)["runs"]) == (2, 0)
    # What is still there is not touched, however old it gets.
    fleet.post([Run(later - DAY)])
    set_now(later + 80 * DAY)
    assert fleet.client.post(RUNS, report(Run(later - DAY), 100)).status == 201


def test_what_was_never_deleted_is_not_refused_after_a_short_time_was_tried(
    fleet: Fleet, database: Data
) -> None:
    keep_for(database, None)
    old = Run(NOW - 200 * DAY)
    fleet.post([old, Run(NOW)])
    roll_up(database)
    for days in (30, None, 7, 90, None):
        keep_for(database, days)
    assert fleet.client.post(RUNS, report(old, 50)).status == 201
    assert fleet.client.post(RUNS, report(Run(NOW - 300 * DAY), 51)).status == 201
    # But what upkeep did delete, with all that was of its hour, is.
    roll_up(database)
    keep_for(database, 90)
    assert expire_runs(60) == 3
    keep_for(database, None)
    assert fleet.client.post(RUNS, report(old, 52)).json["code"] == "run_expired"
    assert fleet.client.post(RUNS, report(Run(NOW - 199 * DAY), 53)).status == 201
    assert fleet.ask()["runs"] == 5


@pytest.mark.parametrize("late", [{"status": "completed"}, {"status": "running"}])
def test_a_late_report_without_a_time_does_not_count_a_run_again_that_is_gone(
    fleet: Fleet, database: Data, set_now: SetNow, late: dict[str, str]
) -> None:
    fleet.post([Run(NOW, status="running"), Run(NOW)])
    roll_up(database)
    set_now(NOW + (DAYS + 5) * DAY)
    assert expire_runs(60) == 2
    Recent.forget_all()
    for run_id in (1, 2):
        answer = fleet.client.post(RUNS, {"id": run_id, **late})
        assert (answer.status, answer.json["code"]) == (422, "run_expired")
        assert "is older than the runs that are kept here" in answer.json["detail"]
    batch = {"runs": [{"id": 1, **late}, {"id": 3, **late}, late]}
    answer = fleet.client.post(RUNS, batch)
    assert (answer.json["created"], answer.json["rejected"]) == (2, 1)
    assert fleet.ask()["runs"] == 4
    keep_for(database, None)
    assert fleet.client.post(RUNS, {"id": 1, **late}).status == 422


def test_nothing_is_deleted_once_runs_are_kept_for_longer(
    fleet: Fleet, database: Data, set_now: SetNow
) -> None:
    """A process may still remember the shorter time."""
    fleet.post([Run(NOW)])
    roll_up(database)
    set_now(NOW + (DAYS + 5) * DAY)
    fleet.ask()
    ensure_indexes(database, 90)
    assert expire_runs(60) == 0
    assert database["runs"].count_documents({}) == 1


def test_what_deleted_agents_left_of_expired_runs_is_removed(
    fleet: Fleet, database: Data, set_now: SetNow
) -> None:
    fleet.post([Run(NOW), Run(NOW, agent="other")])
    roll_up(database)
    set_now(NOW + (DAYS + 5) * DAY)
    assert expire_runs(60) == 2
    assert fleet.client.request("DELETE", "/api/v1/agents/tester").status == 202
    remove_deleted(60)
    assert database["expired"].count_documents({}) == 1


def test_processes_act_on_the_database_not_on_their_own_settings(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function deployed before `manage.py index` was run, or with another value."""
    monkeypatch.setenv("RUNS_TTL_DAYS", "3650")
    fleet.post([Run(NOW)])
    old = fleet.client.post(RUNS, report(Run(NOW - 31 * DAY), 9))
    assert (old.status, old.json["code"]) == (422, "run_expired")
