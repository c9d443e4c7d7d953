"""Agents renamed, moved, archived and deleted; versions corrected and deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.database import Recent
from chalicelib.rollups import GRACE_S
from chalicelib.runs import remove_deleted
from tests.integration.passing_time import roll_up
from tests.lambda_client import LambdaClient

Document = dict[str, Any]
ClientWith = Callable[..., LambdaClient]
AGENT = "/api/v1/agents/tester"
RUN: Document = {"id": 1, "created": "2026-03-01T12:00:00Z", "status": "done", "cost": 1}


@pytest.fixture
def fleet(client: LambdaClient, runs_path: str) -> str:
    """An agent with two versions and another agent, with runs; the address of the runs of one."""
    client.post(f"{AGENT}/versions", {"version": "2"})
    client.post("/api/v1/agents/other/register", {"project": "tests"})
    client.post("/api/v1/agents/other/versions", {"version": "1"})
    for path in (runs_path, f"{AGENT}/versions/2/runs", "/api/v1/agents/other/versions/1/runs"):
        assert client.post(path, {"runs": [RUN | {"id": n} for n in range(3)]}).status == 201
    return runs_path


def test_an_agent_is_renamed_moved_and_archived(client: LambdaClient, fleet: str) -> None:
    change = {"name": "walker", "project": "moved", "archived": True}
    changed = client.patch(AGENT, change)
    assert changed.status == 200, changed.text
    assert {name: changed.json[name] for name in change} == change
    assert client.get(AGENT).status == 404
    assert client.get("/api/v1/agents/walker").json == changed.json
    assert client.get("/api/v1/agents/walker/versions/2/runs/1").json["agent"] == "walker"
    by_project = client.get("/api/v1/metrics?group_by=project").json["groups"]
    assert {group["project"]: group["runs"] for group in by_project} == {"moved": 6, "tests": 3}
    assert client.post(f"{AGENT}/register", {"project": "tests"}).status == 201


def test_an_archived_agent_is_hidden_unless_it_is_asked_for(
    client: LambdaClient, fleet: str
) -> None:
    client.patch(AGENT, {"archived": True})
    for path, names in (
        ("/api/v1/agents", ["other"]),
        ("/api/v1/agents?project=tests", ["other"]),
        ("/api/v1/agents?archived=true", ["other", "tester"]),
        ("/api/v1/agents?archived=false", ["other"]),
    ):
        assert [agent["name"] for agent in client.get(path).json] == names, path
    listed = client.get("/api/v1/ui/agent_versions").json
    assert {version["name"] for version in listed} == {"other"}
    listed = client.get("/api/v1/ui/agent_versions?archived=true").json
    assert {version["name"] for version in listed} == {"other", "tester"}
    assert client.get("/api/v1/metrics").json["runs"] == 9
    assert client.patch(AGENT, {"archived": False}).json["archived"] is False
    assert len(client.get("/api/v1/agents").json) == 2


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "other"}, 409, "agent_conflict"),
        ({"name": "a" * 24}, 422, "invalid_name"),
        ({"name": " "}, 422, "invalid_body"),
        ({"name": None}, 422, "invalid_body"),
        ({"archived": "yes"}, 422, "invalid_body"),
        ({"id": "b" * 24}, 422, "invalid_body"),
    ],
)
def test_a_wrong_change_changes_nothing(
    client: LambdaClient,
    fleet: str,
    stored: Callable[[], Document],
    change: Document,
    status: int,
    code: str,
) -> None:
    before = stored() | {"audit": []}
    answer = client.patch(AGENT, change)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert stored() | {"audit": []} == before  # which tells of what was refused


def test_a_bound_token_moves_no_agent_out_of_its_project(client_with: ClientWith) -> None:
    admin = client_with("admin", project="tests")
    admin.post(f"{AGENT}/register", {"project": "tests"})
    assert admin.patch(AGENT, {"project": "elsewhere"}).json["code"] == "project_forbidden"
    assert client_with("ingest").patch(AGENT, {"archived": True}).status == 403
    assert client_with("ingest").delete(AGENT).status == 403
    assert client_with("admin", project="elsewhere").delete(AGENT).status == 404


def test_a_version_is_corrected(client: LambdaClient, fleet: str) -> None:
    change = {"cluster": "eu", "tools": ["grep"], "models": ["m"], "deployment": "prod"}
    changed = client.patch(f"{AGENT}/versions/2", change).json
    assert {name: changed[name] for name in change} == change
    assert client.get(f"{AGENT}/versions/2").json == changed
    changed = client.patch(f"{AGENT}/versions/2", {"cluster": None, "tools": None}).json
    assert (changed["cluster"], changed["tools"], changed["models"]) == (None, [], ["m"])
    assert client.patch(f"{AGENT}/versions/2", {"version": "3"}).status == 422


def counted(client: LambdaClient) -> Document:
    """How many runs each answer knows of, by its address."""
    found = client.get("/api/v1/metrics?group_by=version").json
    recent = client.get("/api/v1/ui/recent_activity").json
    return {
        "fleet": found["runs"],
        "project": client.get("/api/v1/metrics?group_by=project").json["runs"],
        "groups": {f"{g['agent']}/{g['version']}": g["runs"] for g in found["groups"]},
        "recent": len(recent),
        "versions": len(client.get("/api/v1/ui/agent_versions").json),
    }


@pytest.mark.parametrize("is_rolled_up", [False, True])
def test_a_deleted_version_is_gone_at_once(
    client: LambdaClient, database: Database[Document], fleet: str, *, is_rolled_up: bool
) -> None:
    if is_rolled_up:
        roll_up(database)
    assert client.delete(f"{AGENT}/versions/2").status == 202
    for _ in range(2):
        assert counted(client) == {
            "fleet": 6,
            "project": 6,
            "groups": {"tester/1.0.2": 3, "other/1": 3},
            "recent": 6,
            "versions": 2,
        }
        assert client.get(f"{AGENT}/metrics").json["runs"] == 3
        assert len(client.get(f"{AGENT}/runs").json) == 3
        for path in ("", "/runs", "/runs/1", "/metrics"):
            answer = client.get(f"{AGENT}/versions/2{path}")
            assert (answer.status, answer.json["code"]) == (404, "version_not_found")
        assert client.delete(f"{AGENT}/versions/2").status == 404
        age(database)
        remove_deleted(60)
    assert database["runs"].count_documents({}) == 6
    [agent] = database["agents"].find({"name": "tester"})
    assert agent["deleted_versions"] == []
    assert database["deletions"].count_documents({}) == 0


@pytest.mark.parametrize("is_rolled_up", [False, True])
def test_a_deleted_agent_is_gone_at_once(
    client: LambdaClient, database: Database[Document], fleet: str, *, is_rolled_up: bool
) -> None:
    if is_rolled_up:
        roll_up(database)
    assert client.delete(AGENT).status == 202
    for _ in range(2):
        assert counted(client) == {
            "fleet": 3,
            "project": 3,
            "groups": {"other/1": 3},
            "recent": 3,
            "versions": 1,
        }
        for path in ("", "/runs", "/versions", "/metrics", "/versions/2/runs/1"):
            answer = client.get(f"{AGENT}{path}")
            assert (answer.status, answer.json["code"]) == (404, "agent_not_found")
        assert "tester" not in client.get("/metrics/prometheus").text
        assert client.delete(AGENT).status == 404
        age(database)
        remove_deleted(60)
    left = {name: database[name].count_documents({}) for name in database.list_collection_names()}
    assert (left["agents"], left["versions"], left["runs"], left["deletions"]) == (1, 1, 3, 0)


def age(database: Database[Document]) -> None:
    """Let the deletions be older than any writer that may remember."""
    older = {"$subtract": ["$deleted_at", GRACE_S * 2000]}
    database["deletions"].update_many({}, [{"$set": {"deleted_at": older}}])


def test_a_deleted_name_can_be_registered_anew(
    client: LambdaClient, database: Database[Document], fleet: str
) -> None:
    old = client.get(AGENT).json["id"]
    client.delete(AGENT)
    new = client.post(f"{AGENT}/register", {"project": "tests"})
    assert new.status == 201
    assert new.json["id"] != old
    client.post(f"{AGENT}/versions", {"version": "2"})
    client.post(f"{AGENT}/versions/2/runs", RUN)
    client.delete(f"{AGENT}/versions/2")
    assert client.post(f"{AGENT}/versions", {"version": "2"}).status == 201
    assert client.post(f"{AGENT}/versions/2/runs", RUN | {"id": 5}).status == 201
    age(database)
    remove_deleted(60)
    assert client.get(f"{AGENT}/metrics").json["runs"] == 1
    assert client.get("/api/v1/metrics").json["runs"] == 4


def test_removing_is_bounded_and_goes_on_where_it_was_stopped(
    client: LambdaClient,
    database: Database[Document],
    fleet: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    roll_up(database)
    monkeypatch.setattr("chalicelib.rollups.removal.A_PART", 2)
    client.delete(AGENT)
    age(database)
    rounds, left = 0, database["runs"].count_documents({})
    while remove_deleted(0):
        rounds += 1
        now_left = database["runs"].count_documents({})
        assert left - now_left <= 2
        left = now_left
    assert rounds >= 3
    assert database["runs"].count_documents({}) == 3
    assert client.get("/api/v1/metrics").json["runs"] == 3


def test_an_entry_stays_while_a_writer_may_remember_the_agent(
    client: LambdaClient, database: Database[Document], fleet: str
) -> None:
    [agent] = database["agents"].find({"name": "tester"})
    [late, *_] = database["runs"].find({"agent_id": agent["_id"]})
    client.delete(AGENT)
    assert remove_deleted(60) >= 6
    assert database["deletions"].count_documents({}) == 1
    database["runs"].insert_one(late)
    Recent.forget_all()
    assert client.get("/api/v1/metrics").json["runs"] == 3
    age(database)
    remove_deleted(60)
    assert database["runs"].count_documents({}) == 3
