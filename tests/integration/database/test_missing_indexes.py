"""Without its unique indexes the service takes no writes that rely on them, and says why."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.database import connection as mongo
from chalicelib.database.indexes import AGENTS_BY_NAME, VERSION_OF_AGENT
from management.mongod import Mongod
from tests.integration.management.serving import run_command
from tests.lambda_client import LambdaClient

Document = dict[str, Any]
Stored = Callable[[], dict[str, list[Document]]]


@pytest.fixture
def deployed(client: LambdaClient, monkeypatch: pytest.MonkeyPatch) -> LambdaClient:
    """In Lambda a deployment makes the indexes; the service itself does not."""
    monkeypatch.setattr(mongo, "_preparations", [])
    return client


@pytest.mark.parametrize(
    ("collection", "index", "path", "body"),
    [
        ("agents", AGENTS_BY_NAME, "/api/v1/agents/b/register", {"project": "p"}),
        ("versions", VERSION_OF_AGENT, "/api/v1/agents/a/versions", {"version": "1"}),
    ],
)
def test_a_write_that_relies_on_a_missing_index_is_not_ready(
    deployed: LambdaClient,
    database: Database[Document],
    stored: Stored,
    collection: str,
    index: str,
    path: str,
    body: Document,
) -> None:
    assert deployed.post("/api/v1/agents/a/register", {"project": "p"}).status == 201
    database[collection].drop_index(index)
    mongo.forget()
    before = stored()
    for _ in range(2):
        answer = deployed.post(path, body)
        assert (answer.status, answer.json["code"]) == (503, "not_ready")
        assert "manage.py index" in answer.json["detail"]
    assert stored() == before
    keys = [("name", 1)] if collection == "agents" else [("agent_id", 1), ("version", 1)]
    database[collection].create_index(keys, name=index, unique=True)
    assert deployed.post(path, body).status == 201


def test_index_names_the_doubles_and_works_once_they_are_one(
    mongod: Mongod, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MONGODB_URI", "MONGODB_DATABASE", "MONGODB_SECRET_ID", "RUNS_TTL_DAYS"):
        monkeypatch.setenv(name, "")
    present = datetime(2026, 3, 1, tzinfo=UTC)
    kept = {"project": "p", "created_at": present, "updated_at": present}
    ids = database["agents"].insert_many([{"name": "twin"} | kept for _ in range(2)]).inserted_ids
    command = ("index", f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")
    for _ in range(2):
        result = run_command(*command)
        assert result.exit_code == 2
        assert "name 'twin' in 2 of them" in result.stderr
        assert all(str(one) in result.stderr for one in ids)
    database["agents"].delete_one({"_id": ids[0]})
    assert run_command(*command).exit_code == 0
    mongo.forget()


@pytest.mark.parametrize(
    "bent",
    [{"$unset": {"name": ""}}, {"$set": {"created_at": "2026-03-01"}}, {"$unset": {"project": ""}}],
    ids=str,
)
def test_a_document_that_was_bent_by_hand_is_left_out_of_a_list_and_named(
    client: LambdaClient,
    database: Database[Document],
    bent: Document,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in "abc":
        client.post(f"/api/v1/agents/{name}/register", {"project": "p"})
    broken = database["agents"].find_one({"name": "b"}) or {}
    database["agents"].update_one({"_id": broken["_id"]}, bent)
    with caplog.at_level(logging.ERROR, logger="agent_metrics"):
        answer = client.get("/api/v1/agents")
    assert answer.status == 200
    assert [agent["name"] for agent in answer.json] == ["a", "c"]
    assert str(broken["_id"]) in caplog.text
