"""Deleting an agent of very many runs: in bounded rounds, beside requests and the other upkeep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from chalicelib.rollups.removal import A_PART
from chalicelib.runs import remove_deleted
from chalicelib.upkeep.steps import STEPS
from tests.integration.passing_time import roll_up
from tests.lambda_client import LambdaClient

Document = dict[str, Any]
RUNS = 5_000
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
OTHER = "/api/v1/agents/other"
LARGE = "/api/v1/agents/large"


@pytest.fixture
def client(client: LambdaClient, database: Database[Document]) -> LambdaClient:
    """Of a service with an agent of RUNS runs, and another one of three."""
    for path in (OTHER, LARGE):
        client.post(f"{path}/register", {"project": "tests"})
        client.post(f"{path}/versions", {"version": "1"})
    for number in range(3):
        report(client, number)
    template = client.post(f"{LARGE}/versions/1/runs", {"id": RUNS, "status": "ok"}).json
    key, agent_id = ObjectId(template["version_id"]), ObjectId(template["agent_id"])
    same = {"agent_id": agent_id, "status": "ok", "outcome": "succeeded", "recorded_at": BEGIN}
    database["runs"].insert_many(
        {"_id": {"v": key, "id": n}, "created": BEGIN + n * timedelta(minutes=9), **same}
        for n in range(RUNS)
    )
    return client


def report(client: LambdaClient, number: int) -> None:
    run = {"id": number, "status": "ok", "created": "2026-03-01T12:00:00Z", "cost": 1}
    assert client.post(f"{OTHER}/versions/1/runs", run).status == 201


def test_it_holds_up_neither_requests_nor_the_other_steps_of_upkeep(
    client: LambdaClient, database: Database[Document]
) -> None:
    """Every round removes a part at most, whatever others report, and may be the last one."""
    assert client.delete(LARGE).status == 202
    left, rounds, told = RUNS + 1, 0, 3
    while left:
        report(client, told)
        told, rounds = told + 1, rounds + 1
        if rounds == 2:  # the other steps come first, so removing never takes their time
            assert STEPS[-1].act is remove_deleted
            roll_up(database)
        removed = remove_deleted(0)
        assert 0 < removed <= A_PART
        now_left = database["runs"].count_documents({}) - told
        assert left - now_left == removed
        left = now_left
        metrics = client.get("/api/v1/metrics").json
        assert (metrics["runs"], metrics["cost"]["total"]) == (told, told)
        assert client.get(f"{OTHER}/metrics").json["runs"] == told
    assert rounds == -(-(RUNS + 1) // A_PART)
