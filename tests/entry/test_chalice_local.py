"""`chalice local` in a fresh clone serves everything, without anything of AWS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from management.mongod import Mongod, MongodError, free_port
from tests.entry.clones import clone, insist, program, running

AGENT = "/api/v1/agents/coder"
RUNS = f"{AGENT}/versions/1.0/runs"
DEFAULT_PORT = 27017

ChaliceLocal = Callable[..., httpx.Client]


@pytest.fixture
def chalice_local(tmp_path: Path) -> Iterator[ChaliceLocal]:
    """Starts the command with these arguments and variables; a client of it, once it listens."""
    folder = clone(tmp_path / "clone")
    log = tmp_path / "chalice.log"
    with ExitStack() as stack:

        def start(*arguments: str, **variables: str) -> httpx.Client:
            port = free_port()
            command = [program("chalice"), "local", f"--port={port}", *arguments]
            stack.enter_context(running(command, folder, log, **variables))
            client = stack.enter_context(
                httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
            )
            insist(lambda: client.get("/health"), (httpx.TransportError,))
            return client

        yield start


def run_report(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "created": datetime.now(UTC).isoformat(),
        "status": "completed",
        "time_taken": "5m30s",
        "cost": 0.25,
    }


def assert_it_serves_everything(client: httpx.Client) -> None:
    assert client.post(f"{AGENT}/register", json={"project": "tests"}).status_code == 201
    assert client.post(f"{AGENT}/versions", json={"version": "1.0"}).status_code == 201
    runs = [run_report(1), run_report(2)]
    assert client.post(RUNS, json={"runs": runs}).json()["created"] == 2
    assert client.post(RUNS, json=runs[0]).status_code == 200
    assert {run["id"] for run in client.get(RUNS).json()} == {1, 2}
    metrics = client.get(f"{AGENT}/metrics").json()
    assert (metrics["runs"], metrics["cost"]["total"]) == (2, 0.5)
    dashboard = client.get("/dashboard", headers={"Accept": "text/html"})
    assert (dashboard.status_code, dashboard.headers["Content-Type"][:9]) == (200, "text/html")
    assert client.get("/ready").json()["status"] == "ready"


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_mongodb_uri_is_all_that_it_needs(
    chalice_local: ChaliceLocal, mongod: Mongod, database: Any, stage: str
) -> None:
    """The stage's own variables name a secret, which is for the deployed function alone."""
    arguments = [] if stage == "dev" else [f"--stage={stage}"]
    client = chalice_local(*arguments, MONGODB_URI=mongod.uri, MONGODB_DATABASE=database.name)

    assert_it_serves_everything(client)
    assert "runs_of_version" in database["runs"].index_information()


def test_only_a_change_of_what_it_serves_makes_it_start_anew(
    chalice_local: ChaliceLocal, mongod: Mongod, database: Any, tmp_path: Path
) -> None:
    """A module cached, or a database beside it in .data, would otherwise cut off requests."""
    client = chalice_local(MONGODB_URI=mongod.uri, MONGODB_DATABASE=database.name)
    log, clone = tmp_path / "chalice.log", tmp_path / "clone"
    (clone / ".data").mkdir()
    for number in range(30):  # longer than the watcher takes to look twice
        (clone / ".data" / f"{number}").touch()
        assert client.get("/openapi.json").status_code == 200
        time.sleep(0.1)
    said = log.read_text()
    # Before it listened for the first time it may have.
    assert "Restarting" not in said[said.index("GET /health") :]

    (clone / "chalicelib" / "config.py").touch()

    insist(lambda: log.read_text().rindex("Restarting", len(said)), (ValueError,))


def test_without_a_database_it_says_which_address_it_tried_and_keeps_the_password(
    chalice_local: ChaliceLocal,
) -> None:
    address = f"localhost:{free_port()}"
    client = chalice_local(MONGODB_URI=f"mongodb://someone:hunter2@{address}/?authSource=admin")

    for path in ("/ready", "/api/v1/agents"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert f"mongodb://{address}:" in answer.json()["detail"]
        assert "MONGODB_URI" in answer.json()["detail"]
        assert "hunter2" not in answer.text
    assert client.get("/dashboard").status_code == 200


def test_a_mongodb_uri_that_cannot_be_used_is_named(chalice_local: ChaliceLocal) -> None:
    answer = chalice_local(MONGODB_URI="someone:hunter2@localhost").get("/api/v1/agents")

    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert "MONGODB_URI: a connection string starts with mongodb://" in answer.json()["detail"]
    assert "hunter2" not in answer.text


def test_with_nothing_set_it_uses_the_mongodb_of_this_machine_as_soon_as_there_is_one(
    chalice_local: ChaliceLocal, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        mongod = Mongod(tmp_path / "data", port=DEFAULT_PORT)
        try:
            stack.enter_context(mongod)
        except MongodError:
            pytest.skip("another program has MongoDB's own port")
        mongod.stop()
        client = chalice_local()
        answer = client.get("/ready")
        assert answer.status_code == 503
        assert "mongodb://localhost:27017:" in answer.json()["detail"]

        mongod.start()

        insist(lambda: client.get("/ready").raise_for_status(), (httpx.HTTPStatusError,))
        assert_it_serves_everything(client)
        with MongoClient[dict[str, Any]](mongod.uri) as direct:
            assert direct["agent_metrics"]["runs"].count_documents({}) == 2
