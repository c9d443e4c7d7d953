"""`manage.py migrate`: everything that the Go server kept, by the rules of posted runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from bson import ObjectId
from chalice import Chalice
from pymongo import MongoClient
from pymongo.database import Database

from management.go_server import moving
from management.mongod import Mongod, free_port
from tests.integration.management.conftest import Manage
from tests.integration.management.go_database import NEVER, GoDatabase
from tests.lambda_client import LambdaClient

Document = dict[str, Any]
Migrate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def go(mongo_client: MongoClient[Document]) -> Iterator[GoDatabase]:
    name = f"go_{uuid4().hex}"
    yield GoDatabase(mongo_client[name])
    mongo_client.drop_database(name)


@pytest.fixture
def migrate(
    manage: Manage, mongod: Mongod, database: Database[Document], go: GoDatabase
) -> Migrate:
    """Runs it from `go` into the test's database: its exit code and what it says."""

    def run(*arguments: str) -> tuple[int, str, str]:
        source = (f"--from-uri={mongod.uri}", f"--from-db={go.database.name}")
        target = (f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")
        return manage("migrate", *source, *target, *arguments).finish()

    return run


@pytest.fixture
def client(app: Chalice) -> LambdaClient:
    return LambdaClient(app)


def test_agents_versions_and_runs_are_there_under_the_ids_that_clients_know(
    migrate: Migrate, go: GoDatabase, client: LambdaClient
) -> None:
    agent = go.agent()
    version = go.version(agent, cluster="eu", tools=["bash"], models=["m1"], deployment="prod")
    go.run(agent, version, id=7, task_id=12, initiator="ann", tools=["bash"], models=["m1"])
    go.run(agent, version, id=8, status="failed", time_taken="")
    before = go.contents()

    code, out, _ = migrate()

    assert code == 0, out
    assert out.splitlines()[:3] == ["agents moved: 1", "versions moved: 1", "runs moved: 2"]
    assert client.get(f"/api/v1/agents/{agent}").json["name"] == "coder"
    stored = client.get("/api/v1/agents/coder/versions/1.0").json
    assert (stored["id"], stored["cluster"], stored["tools"]) == (str(version), "eu", ["bash"])
    assert stored["created_at"] == "2026-03-01T12:00:00Z"
    run = client.get("/api/v1/agents/coder/versions/1.0/runs/7").json
    expected = {"id": 7, "task_id": 12, "initiator": "ann", "cost": 0.5, "duration_ms": 330_000}
    assert run | expected == run
    assert run["created"] == "2026-03-01T12:00:00Z"
    failed = client.get("/api/v1/agents/coder/versions/1.0/runs/8").json
    assert (failed["duration_ms"], failed["initiator"], failed["task_id"]) == (None, None, None)
    assert client.get("/api/v1/agents/coder/metrics").json["runs"] == 2
    assert go.contents() == before


def test_repeating_it_changes_nothing_and_takes_what_came_since(
    migrate: Migrate, go: GoDatabase, client: LambdaClient, stored: Callable[[], Any]
) -> None:
    agent = go.agent()
    version = go.version(agent)
    for number in range(1, 6):
        go.run(agent, version, id=number)
    assert migrate()[0] == 0
    runs = stored()["runs"]

    code, out, _ = migrate()

    assert code == 0
    assert "agents there already: 1" in out
    assert "5 runs merged, they told again of a run with the same id" in out
    assert stored()["runs"] == runs
    go.run(agent, version, id=6)
    assert "runs moved: 1" in migrate()[1]
    assert client.get("/api/v1/agents/coder/metrics").json["runs"] == 6


def test_a_doubled_agent_becomes_one_with_the_runs_of_both(
    migrate: Migrate, go: GoDatabase, client: LambdaClient
) -> None:
    for number in (1, 2):
        agent = go.agent()
        go.run(agent, go.version(agent), id=number)

    code, out, _ = migrate()

    assert code == 0
    assert "1 agents merged, 'coder' is there more than once" in out
    assert "1 versions merged, '1.0' of 'coder' is there more than once" in out
    assert [a["name"] for a in client.get("/api/v1/agents").json] == ["coder"]
    assert client.get("/api/v1/agents/coder/metrics").json["runs"] == 2


def test_names_that_cannot_stay_are_made_usable_and_said(
    migrate: Migrate, go: GoDatabase, client: LambdaClient
) -> None:
    go.agent("coder", "billing")
    go.agent("coder", "search")
    go.agent("a\u0000b\n", "billing")
    go.agent("5f8d0d55b54764429a0e36a1", "")
    nameless = go.agent(None)

    code, out, _ = migrate()

    assert code == 0
    names = {a["name"]: a["project"] for a in client.get("/api/v1/agents").json}
    assert names == {
        "coder": "billing",
        "coder (search)": "search",
        "a b": "billing",
        "agent-5f8d0d55b54764429a0e36a1": "default",
        f"agent-{nameless}": "billing",
    }
    assert "1 agents renamed, 'coder' to 'coder (search)'" in out


def test_several_reports_of_a_run_end_as_if_they_had_been_posted(
    migrate: Migrate, go: GoDatabase, client: LambdaClient
) -> None:
    agent = go.agent()
    version = go.version(agent)
    go.run(agent, version, id=1, status="running", time_taken="", cost=0.1)
    go.run(agent, version, id=1, status="completed")
    go.run(agent, version, id=1, status="completed")
    contradicting = go.run(agent, version, id=1, status="failed")

    code, out, _ = migrate()

    assert code == 1
    assert client.get("/api/v1/agents/coder/versions/1.0/runs/1").json["status"] == "completed"
    assert client.get("/api/v1/agents/coder/metrics").json["runs"] == 1
    assert "they told more of a run with the same id" in out
    assert (
        f"1 runs refused, they contradict a finished run with the same id ({contradicting})" in out
    )


def test_runs_without_an_id_or_a_time_stay_apart_and_keep_what_is_known(
    migrate: Migrate, go: GoDatabase, client: LambdaClient
) -> None:
    agent = go.agent()
    version = go.version(agent)
    for _ in range(3):
        go.run(agent, version, created=NEVER)
    assert migrate()[0] == 0
    assert migrate()[0] == 0

    runs = client.get("/api/v1/agents/coder/runs").json
    assert len({run["id"] for run in runs}) == 3
    assert {run["created"] for run in runs} == {"2026-03-01T12:00:00Z"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"time_taken": "soon"}, "time_taken: "),
        ({"time_taken": "-5m"}, "time_taken: "),
        ({"cost": -1.0}, "cost: "),
        ({"cost": float("nan")}, "a number of it is nan"),
        ({"status": ""}, "status: "),
        ({"created": "yesterday"}, "created: "),
        ({"version_id": ObjectId("0" * 24), "version": "9"}, "their agent or version is not there"),
        ({"tools": ["x" * 201]}, "tools.0: "),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_taken_is_named_and_the_rest_is_moved(
    migrate: Migrate, go: GoDatabase, client: LambdaClient, fields: Document, reason: str
) -> None:
    agent = go.agent()
    version = go.version(agent)
    bad = go.run(agent, version, id=1, **fields)
    go.run(agent, version, id=2)

    code, out, _ = migrate()

    assert code == 1
    assert "runs moved: 1" in out
    assert f"1 runs refused, {reason}" in out
    assert str(bad) in out
    assert [run["id"] for run in client.get("/api/v1/agents/coder/runs").json] == [2]


def test_versions_of_agents_that_are_not_there_are_named(migrate: Migrate, go: GoDatabase) -> None:
    go.agent()
    orphan = go.version(ObjectId())

    code, out, _ = migrate()

    assert code == 1
    assert f"1 versions refused, their agent is not among the agents ({orphan})" in out


def test_lists_with_nulls_and_fields_unknown_here_are_no_obstacle(
    migrate: Migrate, go: GoDatabase, client: LambdaClient
) -> None:
    agent = go.agent()
    version = go.version(agent, tools=["a", None], models=None)
    go.run(agent, version, id=1, tools=[None, "bash", ""], models=None, color="red")

    code, out, _ = migrate()

    assert code == 0
    assert client.get("/api/v1/agents/coder/versions/1.0/runs/1").json["tools"] == ["bash"]
    assert "1 runs changed, there is no field 'color' here" in out


def test_a_dry_run_says_what_would_become_of_it_and_writes_nothing(
    migrate: Migrate, go: GoDatabase, database: Database[Document]
) -> None:
    agent = go.agent()
    go.agent()
    version = go.version(agent)
    go.run(agent, version, id=1)
    go.run(agent, version, id=1)
    go.run(agent, version, id=2, time_taken="soon")

    code, out, _ = migrate("--dry-run")

    assert code == 1
    assert {"agents moved: 1", "versions moved: 1", "runs moved: 1"} <= set(out.splitlines())
    assert "1 agents merged" in out
    assert "1 runs merged, an earlier one has the same id" in out
    assert "1 runs refused, time_taken: " in out
    assert "Nothing was written" in out
    assert database.list_collection_names() == []


def test_an_interrupted_move_goes_on_where_it_was(
    app: Chalice, go: GoDatabase, mongod: Mongod, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `manage.py migrate` does, in this process, so that it can be interrupted."""
    from management.go_server import GoSource, Ledger, Mover, register_owners  # noqa: PLC0415

    agent = go.agent()
    version = go.version(agent)
    for number in range(1, 11):
        go.run(agent, version, id=number)
    monkeypatch.setattr(moving, "BATCH_RUNS", 3)
    source = GoSource(mongod.uri, go.database.name)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    first = Mover(source, Ledger(), dry_run=False)
    owners = register_owners(source, Ledger(), dry_run=False)
    with pytest.raises(KeyboardInterrupt):
        first.move(owners, interrupt)
    ledger, steps = Ledger(), list[int]()
    second = Mover(source, ledger, dry_run=False)
    second.resume()
    second.move(owners, steps.append)
    source.close()

    assert steps == [3, 3, 1]
    assert ledger.counts["runs moved"] == 10
    assert len(LambdaClient(app).get("/api/v1/agents/coder/runs").json) == 10


def test_the_same_database_is_refused_with_the_command_to_use(
    manage: Manage, mongod: Mongod, go: GoDatabase
) -> None:
    go.agent()
    before = go.contents()
    elsewhere = mongod.uri.replace("127.0.0.1", "localhost")

    code, out, err = manage(
        "migrate",
        f"--from-uri={elsewhere}",
        f"--from-db={go.database.name}",
        f"--mongo-uri={mongod.uri}",
        f"--db-name={go.database.name}",
    ).finish()

    assert (code, out) == (2, "")
    assert f"--db-name {go.database.name}_2" in err
    assert go.contents() == before


def test_a_database_without_agents_is_none_to_move_from(migrate: Migrate) -> None:
    code, _, err = migrate()

    assert code == 2
    assert "has no agents: name the Go server's database with --from-uri and --from-db" in err


def test_a_source_that_does_not_answer_is_named_without_its_password(
    manage: Manage, mongod: Mongod, database: Database[Document]
) -> None:
    source = f"mongodb://me:hunter2@localhost:{free_port()}"
    target = (f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")

    code, _, err = manage("migrate", f"--from-uri={source}", *target).finish()

    assert code == 2
    assert "nothing answers" in err
    assert "hunter2" not in err


@pytest.mark.parametrize("command", ["index", "rollup", "serve"])
def test_the_go_servers_database_is_refused_with_the_command_that_moves_it(
    manage: Manage, mongod: Mongod, go: GoDatabase, command: str
) -> None:
    go.run(go.agent(), ObjectId())
    before = go.contents()
    options = ["--port=0"] if command == "serve" else []

    code, out, err = manage(
        command, f"--mongo-uri={mongod.uri}", f"--db-name={go.database.name}", *options
    ).finish()

    assert (code, out) == (2, "")
    assert f"manage.py migrate --from-db {go.database.name} --db-name NEW" in err
    assert go.contents() == before
