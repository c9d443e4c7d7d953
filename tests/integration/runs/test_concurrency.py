"""Writers at once: in whatever order, one agent, one version, one run of each identity."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from chalice.local import LocalChalice
from pymongo import MongoClient
from pymongo.database import Database

from chalicelib.database import connection as mongo
from management.mongod import Mongod
from tests.integration.run_histories import batches, standing, tell
from tests.lambda_client import Answer, LambdaClient

ROOT = Path(__file__).parents[3]
AGENTS = "/api/v1/agents"
VERSIONS = f"{AGENTS}/tester/versions"
CREATED = "2026-03-01T12:00:00Z"
RUNNING = {"id": 1, "status": "running", "created": CREATED}
DONE = RUNNING | {"status": "completed", "cost": 0.1}

Document = dict[str, Any]
AtOnce = Callable[[list[Callable[[], Any]]], list[Any]]


@pytest.fixture
def client(client: LambdaClient, monkeypatch: pytest.MonkeyPatch) -> LambdaClient:
    """Chalice keeps the request in the app; its local server's kind, in the thread."""
    monkeypatch.setattr(client.app, "__class__", LocalChalice)
    return client


@pytest.fixture
def at_once() -> AtOnce:
    """Calls functions, each in a thread of its own, and starts them together."""

    def call_all(functions: list[Callable[[], Any]]) -> list[Any]:
        barrier = Barrier(len(functions))

        def call(function: Callable[[], Any]) -> Any:
            barrier.wait()
            return function()

        with ThreadPoolExecutor(len(functions)) as pool:
            return list(pool.map(call, functions))

    return call_all


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_fifty_registrations_at_once_make_one_agent(
    client: LambdaClient, at_once: AtOnce, database: Database[Document]
) -> None:
    for n in range(3):
        path = f"{AGENTS}/a{n}/register"
        answers = at_once([lambda p=path: client.post(p, {"project": "p"})] * 50)  # type: ignore[misc]
        assert statuses(answers) == {201: 1, 200: 49}
        assert len({answer.json["id"] for answer in answers}) == 1
    assert database["agents"].count_documents({}) == 3


def test_of_two_projects_at_once_the_first_gets_the_agent(
    client: LambdaClient, at_once: AtOnce
) -> None:
    calls = [lambda p=p: client.post(f"{AGENTS}/a/register", {"project": p}) for p in "pq" * 10]
    answers = at_once(calls)  # type: ignore[arg-type]
    assert statuses(answers) == {201: 1, 200: 9, 409: 10}
    assert len({a.json["project"] for a in answers if a.status < 300}) == 1


def test_one_version_added_many_times_at_once_is_one(
    client: LambdaClient, agent: object, at_once: AtOnce
) -> None:
    same = at_once([lambda: client.post(VERSIONS, {"version": "1", "tools": ["a"]})] * 20)
    assert statuses(same) == {201: 1, 200: 19}
    contents = [{"version": "2", "cluster": c} for c in "xy" * 10]
    answers = at_once([lambda c=c: client.post(VERSIONS, c) for c in contents])  # type: ignore[misc]
    assert statuses(answers) == {201: 1, 200: 9, 409: 10}
    assert len(client.get(VERSIONS).json) == 2


def test_a_cold_process_makes_one_client_however_many_ask_at_once(
    client: LambdaClient, at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    kind = mongo._Client

    def make(*args: Any, **options: Any) -> MongoClient[Any]:
        made.append(kind(*args, **options))
        return made[-1]

    monkeypatch.setattr(mongo, "_Client", make)
    mongo.forget()
    assert statuses(at_once([lambda: client.get(AGENTS)] * 20)) == {200: 20}
    assert len(made) == 1


RACES: dict[str, tuple[list[Document], set[tuple[int, int]], set[str]]] = {
    "the same": ([DONE, DONE], {(200, 201)}, {"completed"}),
    "begun and done": ([RUNNING, DONE], {(200, 201)}, {"completed"}),
    "two stages": ([RUNNING, RUNNING | {"cost": 5}], {(200, 201)}, {"running"}),
    "two ends": ([DONE, DONE | {"status": "failed"}], {(201, 409)}, {"completed", "failed"}),
    "with and without a time": ([DONE | {"created": None}, DONE], {(200, 201)}, {"completed"}),
}


@pytest.mark.parametrize(("reports", "expected", "ends"), RACES.values(), ids=RACES)
def test_two_writers_racing_on_one_run(
    client: LambdaClient,
    runs_path: str,
    at_once: AtOnce,
    reports: list[Document],
    expected: set[tuple[int, int]],
    ends: set[str],
) -> None:
    for run_id in range(40):
        posts = [report | {"id": run_id} for report in reports]
        answers = at_once([lambda r=r: client.post(runs_path, r) for r in posts])  # type: ignore[misc]
        assert tuple(sorted(a.status for a in answers)) in expected
        stored = client.get(f"{runs_path}/{run_id}").json
        assert stored["status"] in ends
        assert stored["cost"] == max(
            (r.get("cost", 0) for r in reports if r["status"] == stored["status"]), default=None
        )
        assert stored["created"] == CREATED
        [winner] = [a.json for a in answers if a.status == 201]
        if 409 in statuses(answers):
            assert stored == winner


def _assert_settled(answers: list[Document]) -> None:
    assert [a for a in answers if a["rejected"]] == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_eight_writers_of_shuffled_batches_end_where_one_clean_pass_does(
    client: LambdaClient, agent: object, at_once: AtOnce, database: Database[Document], seed: int
) -> None:
    drawn = random.Random(seed)
    reports = tell(drawn, 120)
    clean, shuffled = (
        client.post(VERSIONS, {"version": name}).json["id"] for name in ("clean", "shuffled")
    )
    assert client.post(f"{VERSIONS}/clean/runs", {"runs": reports}).status == 201

    def write(mine: list[list[Document]]) -> list[Document]:
        path = f"{VERSIONS}/shuffled/runs"
        return [client.post(path, {"runs": batch}).json for batch in mine]

    writers = [batches(random.Random(f"{seed} {n}"), reports) for n in range(8)]
    answers = at_once([lambda w=w: write(w) for w in writers])  # type: ignore[misc]
    for told in answers:
        _assert_settled(told)
    assert sum(answer["created"] for told in answers for answer in told) == 120
    assert standing(database, shuffled) == standing(database, clean)


def test_writers_in_different_processes_end_there_too(
    client: LambdaClient, agent: object, database: Database[Document], mongod: Mongod
) -> None:
    reports = tell(random.Random(4), 150)
    clean, shared = (
        client.post(VERSIONS, {"version": name}).json["id"] for name in ("clean", "shared")
    )
    client.post(f"{VERSIONS}/clean/runs", {"runs": reports})
    environment = os.environ | {"MONGODB_URI": mongod.uri, "MONGODB_DATABASE": database.name}
    command = [sys.executable, "-m", "tests.integration.writer_process"]
    writers = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    answers: list[tuple[int, Document]] = []
    with ThreadPoolExecutor() as pool:
        inputs = [_lines(batches(random.Random(n), reports)) for n in range(3)]
        for out, _ in pool.map(subprocess.Popen.communicate, writers, inputs):
            answers += [json.loads(line) for line in out.splitlines()]
    assert {status for status, _ in answers} <= {200, 201}
    _assert_settled([answer for _, answer in answers])
    assert sum(answer["created"] for _, answer in answers) == 150
    assert standing(database, shared) == standing(database, clean)


def _lines(told: list[list[Document]]) -> str:
    path = f"{VERSIONS}/shared/runs"
    return "".join(json.dumps([path, {"runs": batch}]) + "\n" for batch in told)
