"""The database gone, hung, back again or without its indexes: what clients are told."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pymongo import MongoClient
from pymongo.database import Database

from chalicelib.database import connection as mongo
from management.mongod import Mongod
from tests.integration.conftest import serve_database
from tests.lambda_client import Answer, LambdaClient

AGENT = "/api/v1/agents/tester"
RUNS = f"{AGENT}/versions/1/runs"
RUN = {"id": 1, "status": "ok", "created": "2026-03-01T12:00:00Z"}

Document = dict[str, Any]


@pytest.fixture
def own_mongod(tmp_path: Path, mongod: Mongod) -> Iterator[Mongod]:
    """A mongod that a test may end, at a port that it gets again."""
    with Mongod(tmp_path) as running:
        running._fixed_port = True
        yield running


def _administrator(own_mongod: Mongod) -> MongoClient[Document]:
    return MongoClient(own_mongod.uri, tz_aware=True, serverSelectionTimeoutMS=500)


@pytest.fixture
def client(own_mongod: Mongod, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaClient]:
    """A warm client of a deployed service with a version; it gives up on a database soon."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "agent-metrics-test-api_handler")
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_S", 0.3)
    with (
        _administrator(own_mongod) as administrator,
        serve_database(own_mongod, administrator["available"]) as app,
    ):
        monkeypatch.setenv("AUTH_MODE", "off")
        mongo.forget()
        client = LambdaClient(app)
        client.post(f"{AGENT}/register", {"project": "p"})
        client.post(f"{AGENT}/versions", {"version": "1"})
        yield client


def assert_unavailable(answer: Answer) -> None:
    assert answer.status == 503, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json["code"] in ("database_unavailable", "database_timeout")
    assert "mongodb" not in answer.text
    assert "127.0.0.1" not in answer.text


def assert_all_unavailable(client: LambdaClient) -> None:
    for path in (
        "/ready",
        "/api/v1/agents",
        f"{AGENT}/versions",
        RUNS,
        f"{AGENT}/runs",
        f"{RUNS}/1",
    ):
        assert_unavailable(client.get(path))
    assert_unavailable(client.post("/api/v1/agents/new/register", {"project": "p"}))
    assert_unavailable(client.post(f"{AGENT}/versions", {"version": "2"}))
    assert_unavailable(client.post(RUNS, RUN))
    assert_unavailable(client.post(RUNS, {"runs": [RUN, RUN]}))
    assert client.get("/health").status == 200


def restart(client: LambdaClient, own_mongod: Mongod) -> None:
    """A client that retries, as it was told to, is served again."""
    own_mongod.start()
    assert any(client.get("/ready").status == 200 for _ in range(50))


def test_a_dead_database_is_answered_within_five_seconds() -> None:
    """The rest of a request, and of a cold start, has to fit into the fifth second."""
    assert mongo.SERVER_SELECTION_TIMEOUT_S <= 4
    assert mongo.REQUEST_TIMEOUT_S < 29


def test_the_client_is_one_pooled_and_careful_one(client: LambdaClient) -> None:
    client.get("/ready")
    used = mongo.client()
    assert mongo.client() is used
    options = used.options
    assert options.server_selection_timeout == 0.3
    assert (options.retry_writes, options.retry_reads) == (True, True)
    assert options.write_concern.document == {"w": "majority", "j": True}
    assert options.codec_options.tz_aware
    assert options.pool_options.appname == "agent-metrics"
    assert options.pool_options.max_pool_size == 10
    assert options.pool_options.max_idle_time_seconds == 60


def test_a_killed_database_is_503_and_a_restarted_one_serves_what_was_acknowledged(
    client: LambdaClient, own_mongod: Mongod
) -> None:
    runs = [RUN | {"id": i} for i in range(500)]
    assert client.post(RUNS, {"runs": runs}).status == 201
    own_mongod.kill()
    assert_all_unavailable(client)
    restart(client, own_mongod)
    assert len(client.get(RUNS).json) == 500
    assert client.post(RUNS, {"runs": runs}).json["unchanged"] == 500


def test_a_cold_start_without_a_database_is_503_and_recovers(
    client: LambdaClient, own_mongod: Mongod
) -> None:
    own_mongod.stop()
    mongo.forget()
    assert_unavailable(client.get("/ready"))
    assert_unavailable(client.post(RUNS, RUN))
    restart(client, own_mongod)
    assert client.post(RUNS, RUN).status == 201


def test_a_database_that_hangs_is_503(
    client: LambdaClient, own_mongod: Mongod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "REQUEST_TIMEOUT_S", 1)
    assert own_mongod.pid is not None
    os.kill(own_mongod.pid, signal.SIGSTOP)
    while psutil.Process(own_mongod.pid).status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)  # the signal is on its way
    try:
        assert_unavailable(client.get(RUNS))
        assert_unavailable(client.post(RUNS, RUN))
        assert client.get("/health").status == 200
    finally:
        os.kill(own_mongod.pid, signal.SIGCONT)
        monkeypatch.setattr(mongo, "REQUEST_TIMEOUT_S", 20)
    assert any(client.post(RUNS, RUN).status in (200, 201) for _ in range(50))


def test_no_agent_of_an_unreachable_database_is_said_not_to_exist(
    client: LambdaClient, own_mongod: Mongod
) -> None:
    own_mongod.kill()
    mongo.forget()
    assert_unavailable(client.get("/api/v1/agents/nobody"))
    assert_unavailable(client.get(f"{AGENT}/versions/nothing"))


@pytest.mark.parametrize("collection", ["agents", "versions", "runs"])
def test_a_database_without_its_indexes_is_not_ready(
    client: LambdaClient, own_mongod: Mongod, collection: str
) -> None:
    assert client.get("/ready").json["status"] == "ready"
    with _administrator(own_mongod) as administrator:
        database: Database[Document] = administrator["available"]
        database[collection].drop_indexes()
    answer = client.get("/ready")
    assert (answer.status, answer.json["code"]) == (503, "not_ready")
    assert f"'{collection}'" in answer.json["detail"]
    assert "manage.py index" in answer.json["detail"]


def test_a_list_without_its_index_says_so_rather_than_scan(
    client: LambdaClient, own_mongod: Mongod
) -> None:
    with _administrator(own_mongod) as administrator:
        administrator["available"]["runs"].drop_indexes()
    answer = client.get(RUNS)
    assert (answer.status, answer.json["code"]) == (503, "not_ready")
