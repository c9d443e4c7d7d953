"""`manage.py verify` finds whatever is kept otherwise than the runs are, and has it put right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import Binary
from chalice import Chalice
from pymongo.database import Database

from chalicelib.answers import advance_totals
from chalicelib.database import connection as mongo
from chalicelib.database.indexes import AGENTS_BY_NAME, VERSION_OF_AGENT, ensure_indexes
from chalicelib.database.recent import Recent
from management.mongod import Mongod
from management.verification import merging
from tests.integration.fleet import Fleet, QuietClient, draw_runs
from tests.integration.management.serving import run_command
from tests.integration.metrics_oracle import Run
from tests.integration.passing_time import KINDS_OF_TILES, keep_in, roll_up

pytestmark = pytest.mark.usefixtures("environment")
Document = dict[str, Any]
Data = Database[Document]
Verify = Callable[..., Any]
START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=3)


@pytest.fixture
def fleet(environment: None, app: Chalice) -> Fleet:
    return Fleet(QuietClient(app))


@pytest.fixture
def verify(mongod: Mongod, database: Data, monkeypatch: pytest.MonkeyPatch) -> Verify:
    monkeypatch.setattr(merging, "FORGOTTEN_S", 0)

    def run(*options: str) -> Any:
        where = (f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")
        result = run_command("verify", *where, *options)
        assert result.exit_code in (0, 1, 2), result.output
        return result

    return run


def fill(fleet: Fleet, database: Data, kind: str, patch: pytest.MonkeyPatch) -> None:
    keep_in(kind, patch)
    fleet.post(draw_runs(7, 30 if kind == "blocks" else 150, START, END))
    roll_up(database)
    one = fleet.client.post("/api/v1/agents/triage/versions/1.0/runs", {"id": 9_000, "cost": 1})
    assert one.status == 422
    # What Prometheus counted of runs that changed since is a part of it.
    path = "/api/v1/agents/triage/versions/1.0/runs"
    ended = next(r["id"] for r in fleet.client.get(path).json if r["outcome"] == "succeeded")
    assert fleet.client.request("PATCH", f"{path}/{ended}", body={"cost": 7}).status == 200
    roll_up(database)
    advance_totals([version["_id"] for version in database["versions"].find()])


def lose_a_run(data: Data) -> None:
    data["runs"].delete_one({})


def add_a_run(data: Data) -> None:
    run = data["runs"].find_one({}) or {}
    data["runs"].insert_one(run | {"_id": run["_id"] | {"id": "by hand"}})


def change_a_run(data: Data) -> None:
    data["runs"].update_one({"cost": {"$gt": 0}}, {"$inc": {"cost": 100}})


def change_a_model(data: Data) -> None:
    data["runs"].update_one({"models": ["opus"]}, {"$set": {"models": ["sonnet"]}})


def move_a_run(data: Data) -> None:
    data["runs"].update_one({}, {"$set": {"created": START + timedelta(hours=30, minutes=7)}})


def lose_a_month(data: Data) -> None:
    data["tiles"].delete_one({"_id.kind": "month"})


def lose_what_a_month_names(data: Data) -> None:
    data["tiles"].delete_one({"_id.kind": {"$in": ["day", "model", "month"]}})


def spoil_a_tile(data: Data) -> None:
    spoilt = {"created": Binary(b"abc"), "rows": 3, "hours": {"05": 5}}
    data["tiles"].update_one({"_id.kind": {"$in": ["day", "total", "month"]}}, {"$set": spoilt})


def swap_two_tiles(data: Data) -> None:
    kind = {"_id.kind": "total"} if data["tiles"].find_one({"_id.kind": "total"}) else {}
    one, other = data["tiles"].find(kind).sort("hours", 1).limit(2)
    data["tiles"].replace_one({"_id": one["_id"]}, other | {"_id": one["_id"]})


def spoil_a_total(data: Data) -> None:
    one, other = data["totals"].find({"block": {"$ne": None}}).limit(2)
    data["totals"].update_one({"_id": one["_id"]}, {"$set": {"block": other["block"]}})


DAMAGES = (
    *(lose_a_run, add_a_run, change_a_run, change_a_model, move_a_run, lose_a_month),
    *(lose_what_a_month_names, spoil_a_tile, swap_two_tiles, spoil_a_total),
)


def check_sums(fleet: Fleet, database: Data) -> None:
    """The fleet's answer is what the stored runs add up to."""
    stored = database["runs"].find({"status": {"$exists": True}})
    groups: dict[str, int] = {}
    for run in stored:
        groups[run["status"]] = groups.get(run["status"], 0) + 1
    answer = fleet.ask(group_by="status", stale_after="1ms")
    assert {group["status"]: group["runs"] for group in answer["groups"]} == groups


@pytest.mark.parametrize("kind", KINDS_OF_TILES)
def test_what_is_damaged_is_named_and_repaired(
    fleet: Fleet, database: Data, verify: Verify, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    fill(fleet, database, kind, monkeypatch)
    sound = verify()
    assert sound.exit_code == 0, sound.output
    assert "hours were counted anew: 0 findings" in sound.output
    for damage in DAMAGES:
        damage(database)
        Recent.forget_all()
        found = verify()
        assert found.exit_code == 1, (damage, found.output)
        assert "agent '" in found.output
        assert verify("--repair").exit_code == 0, damage
        assert verify().exit_code == 0, damage
        check_sums(fleet, database)


def test_only_what_is_asked_for_is_looked_at(
    fleet: Fleet, database: Data, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(fleet, database, "months", monkeypatch)
    triage = (database["agents"].find_one({"name": "triage"}) or {})["_id"]
    run = database["runs"].find_one_and_delete({"agent_id": triage}) or {}
    day = f"{run['created']:%Y-%m-%d}"
    assert verify("--agent=triage").exit_code == 1
    assert verify("--project=support", f"--from={day}").exit_code == 1
    assert verify("--agent=dunner").exit_code == 0
    assert verify(f"--to={day}").exit_code == 0
    assert verify("--agent=nobody").exit_code == 2
    assert verify("--from=yesterday").exit_code == 2


def test_hours_that_wait_are_no_difference(
    fleet: Fleet, database: Data, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(fleet, database, "months", monkeypatch)
    fleet.post([Run(START + timedelta(hours=1))])
    result = verify()
    assert result.exit_code == 0
    assert "1 hours wait for upkeep" in result.output


def test_what_was_kept_of_expired_runs_is_never_touched(
    fleet: Fleet, database: Data, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(fleet, database, "months", monkeypatch)
    ensure_indexes(database, 10)
    Recent.forget_all()
    database["runs"].delete_many({})
    for options in ((), ("--repair",)):
        result = verify(*options)
        assert result.exit_code == 0
        assert "cannot be counted: their runs have expired" in result.output
    spoil_a_tile(database)
    result = verify("--repair")
    assert result.exit_code == 1
    assert "left as it is: runs of it have expired" in result.output


def test_runs_of_nobody_are_named(
    fleet: Fleet, database: Data, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(fleet, database, "months", monkeypatch)
    version = database["versions"].find_one_and_delete({}) or {}
    database["agents"].update_one({"name": "triage"}, {"$unset": {"project": ""}})
    database["runs"].update_one({"agent_id": {"$ne": version["agent_id"]}}, {"$set": {"cost": "x"}})
    output = verify().output
    assert f"are of the version {version['_id']}, which there is not" in output
    assert "is bent in project" in output
    assert "is bent in cost" in output


def test_doubles_are_made_one_by_the_rules_of_posted_runs(
    fleet: Fleet, database: Data, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two agents of one name with versions of one text, that came while there was no index."""
    client, run = fleet.client, {"status": "ok", "created": "2026-03-01T12:00:00Z"}
    for name, cost in (("twin", 1), ("twin2", 2), ("twin3", 3)):
        client.post(f"/api/v1/agents/{name}/register", {"project": "p" if cost < 3 else "q"})
        for version in ("1", "2", "3"):
            client.post(f"/api/v1/agents/{name}/versions", {"version": version})
        path = f"/api/v1/agents/{name}/versions"
        same = {"id": 1, **run, "cost": 5}
        assert client.post(f"{path}/1/runs", {"runs": [same, {"id": cost, **run}]}).status == 201
        contrary = {"id": 7, **run, "cost": cost}
        assert (
            client.post(f"{path}/2/runs", {"runs": [{"id": cost, **run}, contrary]}).status == 201
        )
    roll_up(database)
    database["agents"].drop_index(AGENTS_BY_NAME)
    database["versions"].drop_index(VERSION_OF_AGENT)
    database["agents"].update_many({}, {"$set": {"name": "twin"}})
    twin = database["agents"].find_one({}) or {}
    database["versions"].update_many(
        {"agent_id": twin["_id"], "version": "3"}, {"$set": {"version": "2"}}
    )
    monkeypatch.setattr(mongo, "_preparations", [])  # which would want the indexes first
    mongo.forget()
    assert "name 'twin' is there 3 times" in verify().output
    result = verify("--repair")
    assert "was made one with" in result.output
    assert "'twin (q)' now" in result.output
    assert result.exit_code == 0, result.output
    assert verify().exit_code == 0
    path = "/api/v1/agents/twin/versions"
    ids = {v: {r["id"] for r in client.get(f"{path}/{v}/runs").json} for v in ("1", "2")}
    assert ids == {"1": {1, 2}, "2": {1, 2, 7}}
    names = {agent["name"] for agent in client.get("/api/v1/agents").json}
    double = next(name for name in names if "double" in name)
    assert names == {"twin", "twin (q)", double}
    left = client.get(f"/api/v1/agents/{double}/versions/2/runs").json
    assert [(r["id"], r["cost"]) for r in left] == [(7, 2)]
    assert fleet.ask()["runs"] == 2 + 3 + 1 + 4
    roll_up(database)
    assert fleet.ask()["runs"] == 2 + 3 + 1 + 4
