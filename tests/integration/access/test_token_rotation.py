"""Tokens say when they were last used, and are replaced without a gap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.app import Chalice
from click.testing import CliRunner, Result
from pymongo.database import Database

from chalicelib.database import connection as mongo
from chalicelib.values.instants import now
from manage import manage
from management.mongod import Mongod
from tests.lambda_client import LambdaClient

Run = Callable[..., Result]
Document = dict[str, Any]


@pytest.fixture
def run(locked_app: Chalice, mongod: Mongod, database: Database[Document]) -> Run:
    def invoke(*arguments: str) -> Result:
        target = ["--mongo-uri", mongod.uri, "--db-name", database.name]
        return CliRunner().invoke(manage, ["token", *arguments, *target])

    return invoke


@pytest.fixture
def get_agents(locked_app: Chalice) -> Callable[[str], int]:
    client = LambdaClient(locked_app)
    return lambda token: client.get("/api/v1/agents", authorization=f"Bearer {token}").status


def test_a_token_says_when_it_was_last_used(
    run: Run, get_agents: Callable[[str], int], database: Database[Document]
) -> None:
    token = run("create", "--name", "ci", "--scope", "read").stdout.strip()
    assert "never" in run("list").stdout.splitlines()[1]
    assert get_agents(token) == 200
    used = database["tokens"].find_one({"name": "ci"}) or {}
    assert abs(now() - used["last_used_at"]) < timedelta(minutes=2)
    assert "  never" in run("list").stdout.splitlines()[1]  # it never expires
    assert used["last_used_at"].strftime("%Y-%m-%dT") in run("list").stdout.splitlines()[1]


def test_a_use_is_noted_every_ten_minutes_at_most(
    run: Run, get_agents: Callable[[str], int], database: Database[Document]
) -> None:
    token = run("create", "--name", "ci", "--scope", "read").stdout.strip()
    for ago, is_noted in ((timedelta(minutes=9), False), (timedelta(minutes=11), True)):
        before = (datetime.now(UTC) - ago).replace(microsecond=0)
        database["tokens"].update_one({}, {"$set": {"last_used_at": before}})
        mongo.forget()
        assert get_agents(token) == 200
        found = database["tokens"].find_one({}) or {}
        assert (found["last_used_at"] > before) is is_noted


def test_two_are_valid_while_one_replaces_the_other(
    run: Run, get_agents: Callable[[str], int], database: Database[Document]
) -> None:
    made = run("create", "--name", "ci", "--scope", "read", "--project", "p", "--expires=90d")
    rotated = run("rotate", "ci", "--overlap=2", "--expires=30d")
    old, new = made.stdout.strip(), rotated.stdout.strip()
    assert rotated.exit_code == 0
    assert old != new
    assert get_agents(old) == get_agents(new) == 200
    first, second = database["tokens"].find({}).sort("expires_at", 1)
    assert first["name"].startswith("ci (until ")
    assert abs(first["expires_at"] - now() - timedelta(hours=2)) < timedelta(minutes=2)
    assert (second["name"], second["scope"], second["project"]) == ("ci", "read", "p")
    database["tokens"].update_one({"_id": first["_id"]}, {"$set": {"expires_at": now()}})
    mongo.forget()
    assert (get_agents(old), get_agents(new)) == (401, 200)


def test_an_expiry_that_comes_sooner_stays(run: Run, database: Database[Document]) -> None:
    run("create", "--name", "ci", "--scope", "read", "--expires=1d")
    before = (database["tokens"].find_one({}) or {})["expires_at"]
    run("rotate", "ci", "--overlap=48")
    ends = [found["expires_at"] for found in database["tokens"].find({})]
    assert sorted(ends, key=str) == [before, None]


def test_a_name_that_nobody_has_is_one_sentence(run: Run) -> None:
    result = run("rotate", "nobody")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no token is named 'nobody'" in result.stderr


def test_who_made_rotated_limited_and_revoked_a_token_is_recorded(
    run: Run, database: Database[Document], locked_app: Chalice
) -> None:
    run("create", "--name", "boss", "--scope", "admin")
    made = run("create", "--name", "ci", "--scope", "read", "--expires=90d", "--questions=5")
    rotated = run("rotate", "ci", "--overlap=2")
    run("limit", "ci", "--requests=100")
    assert run("revoke", "ci").exit_code == 0
    assert run("revoke", "ci").exit_code == 2
    assert run("create", "--name", "boss", "--scope", "read").exit_code == 2
    admin = run("create", "--name", "me", "--scope", "admin").stdout.strip()
    client = LambdaClient(locked_app, {"authorization": f"Bearer {admin}"})
    records = client.get("/api/v1/audit?object=ci").json
    assert [record["action"].split()[-1] for record in records] == [
        *("revoke", "limit", "rotate", "create")
    ]
    assert {record["state"] for record in records} == {"done"}
    assert all("@" in record["user"] and record["token"] is None for record in records)
    assert records[1]["changes"][0]["before"] == {"limits": {"questions": 5}}
    assert records[1]["changes"][0]["after"] == {"limits": {"requests": 100}}
    assert records[0]["changes"][0]["after"] is None
    stored = str(list(database["audit"].find()))
    assert not {token.stdout.strip() for token in (made, rotated)} & set(stored.split("'"))
    assert len(client.get("/api/v1/audit?object=boss").json) == 1


def test_the_api_lists_tokens_without_what_clients_send(
    run: Run, locked_app: Chalice, database: Database[Document]
) -> None:
    admin = run("create", "--name", "all", "--scope", "admin").stdout.strip()
    bound = run("create", "--name", "b", "--scope", "admin", "--project", "p", "--requests=9")
    client = LambdaClient(locked_app, {"authorization": f"Bearer {admin}"})
    first, second = client.get("/api/v1/tokens").json
    assert (first["name"], first["project"], first["expires_at"]) == ("all", None, None)
    assert first["last_used_at"] is not None
    assert second["limits"] == {"requests": 9, "questions": None}
    mine = LambdaClient(locked_app, {"authorization": f"Bearer {bound.stdout.strip()}"})
    assert [token["name"] for token in mine.get("/api/v1/tokens").json] == ["b"]
    pages = client.get("/api/v1/tokens?limit=1")
    assert [t["name"] for t in client.get(pages.next_address or "").json] == ["b"]
