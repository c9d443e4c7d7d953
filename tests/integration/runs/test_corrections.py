"""Corrections outrank every report; deleted runs count nowhere, and stay deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from tests.integration.passing_time import roll_up
from tests.lambda_client import Answer, LambdaClient

Document = dict[str, Any]
CREATED = "2026-03-01T12:00:00Z"
DONE: Document = {
    "id": "r/1",
    "created": CREATED,
    "status": "completed",
    "time_taken": "5m30s",
    "cost": 0.5,
    "initiator": "ci",
    "tools": ["grep"],
    "error": "x" * 5000,
}


@pytest.fixture
def one(client: LambdaClient, runs_path: str) -> str:
    """The address of a finished run."""
    assert client.post(runs_path, DONE).status == 201
    return f"{runs_path}/r%2F1"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"cost": 0.75, "outcome": "failed"}, {"cost": 0.75, "outcome": "failed"}),
        ({"status": "Timed Out"}, {"status": "Timed Out", "outcome": "failed"}),
        ({"status": "running"}, {"status": "running", "outcome": "in_progress"}),
        ({"time_taken": 2}, {"time_taken": 2, "duration_ms": 2000}),
        ({"time_taken": None}, {"time_taken": None, "duration_ms": None}),
        ({"cost": None, "initiator": None}, {"cost": None, "initiator": None}),
        ({"tools": None, "models": ["m"]}, {"tools": [], "models": ["m"]}),
        ({"created": "2026-03-01T15:00:00+01:00"}, {"created": "2026-03-01T14:00:00Z"}),
        ({"score": 1, "trace_id": "t", "task_id": "9"}, {"score": 1, "task_id": 9}),
        ({"error": "short"}, {"error": "short"}),
        ({"metadata": {"a": 1, "b": None}}, {"metadata": {"a": 1}}),
        ({"reasoning_output_tokens": 3.0}, {"reasoning_output_tokens": 3}),
        ({"id": "r/1", "cost": 0.75}, {"id": "r/1", "cost": 0.75}),
    ],
)
def test_a_correction_changes_what_it_names(
    client: LambdaClient, one: str, change: Document, found: Document
) -> None:
    before = client.get(one).json
    answer = client.patch(one, change)
    assert answer.status == 200, answer.text
    assert answer.json == client.get(one).json
    assert {name: answer.json.get(name) for name in found} == found
    assert answer.json["corrected"] == sorted(change.keys() - {"id"})
    same = before.keys() - change.keys() - {"outcome", "duration_ms", "recorded_at", "truncated"}
    assert {name: answer.json[name] for name in same} == {name: before[name] for name in same}
    assert ("truncated" in answer.json) == ("error" not in change)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"status": None}, "status"),
        ({"created": None}, "created"),
        ({"created": "1999-01-01T00:00:00Z"}, "created"),
        ({"cost": -1}, "cost"),
        ({"outcome": "done"}, "outcome"),
        ({"id": "r/2"}, "id"),
        ({"recorded_at": CREATED}, "recorded_at"),
        ({"tools": ["\0"]}, "tools.0"),
    ],
)
def test_a_wrong_correction_changes_nothing(
    client: LambdaClient,
    one: str,
    stored: Callable[[], Document],
    change: Document,
    path: str,
) -> None:
    before = stored()
    answer = client.patch(one, change)
    assert (answer.status, answer.json["code"]) == (422, "invalid_run")
    assert answer.json["errors"][0]["path"] == path
    assert stored() == before


def test_what_is_not_there_is_not_corrected(client: LambdaClient, runs_path: str) -> None:
    answer = client.patch(f"{runs_path}/7", {"cost": 1})
    assert (answer.status, answer.json["code"]) == (404, "run_not_found")
    assert client.get(runs_path).json == []


@pytest.mark.parametrize(
    "report",
    [
        DONE,
        DONE | {"cost": 99},
        DONE | {"status": "running", "cost": 99},
        {"id": "r/1", "status": "completed", "cost": 3, "time_taken": 330},
    ],
)
def test_reports_change_no_corrected_field(
    client: LambdaClient, runs_path: str, one: str, report: Document
) -> None:
    corrected = client.patch(one, {"cost": 0.75, "outcome": "failed"}).json
    answer = client.post(runs_path, report)
    assert (answer.status, answer.json) == (200, corrected)
    batch = client.post(runs_path, {"runs": [report]}).json
    assert (batch["accepted"], batch["superseded"]) == (1, 1)


def test_a_later_report_still_completes_what_was_not_corrected(
    client: LambdaClient, runs_path: str
) -> None:
    client.post(runs_path, {"id": 1, "status": "running", "created": CREATED})
    client.patch(f"{runs_path}/1", {"initiator": "ada", "cost": None})
    last = {"id": 1, "status": "failed", "initiator": "ci", "cost": 5, "time_taken": 3}
    run = client.post(runs_path, last).json
    assert (run["status"], run["initiator"], run["cost"]) == ("failed", "ada", None)
    assert run["duration_ms"] == 3000


def test_correcting_twice_keeps_the_later_word(client: LambdaClient, one: str) -> None:
    client.patch(one, {"cost": 1, "outcome": "failed"})
    run = client.patch(one, {"cost": 2, "outcome": None}).json
    assert (run["cost"], run["outcome"]) == (2, "succeeded")
    assert run["corrected"] == ["cost", "outcome"]
    assert client.patch(one, {"cost": 2}).json == run
    assert client.patch(one, {}).json == run


def test_a_batch_of_corrections_is_answered_like_a_batch(
    client: LambdaClient, runs_path: str
) -> None:
    client.post(runs_path, {"runs": [DONE | {"id": n} for n in range(3)]})
    sent = [
        *({"id": 0, "outcome": "failed"}, {"id": "1", "cost": None}, {"id": 9, "cost": 1}),
        *({"id": 2, "cost": 0.5}, {"cost": 1}, {"id": 2, "metadata": {"log": "y" * 5000}}),
    ]
    answer = client.patch(runs_path, {"runs": sent})
    assert answer.status == 207
    told = answer.json
    assert (told["updated"], told["unchanged"], told["rejected"]) == (3, 1, 2)
    assert [(e["index"], e["code"]) for e in told["errors"]] == [
        (2, "run_not_found"),
        (4, "invalid_run"),
    ]
    assert [(w["index"], w["id"], w["path"]) for w in told["warnings"]] == [(5, 2, "metadata.log")]
    found = {run["id"]: run for run in client.get(runs_path).json}
    assert (found[0]["outcome"], found[1]["cost"]) == ("failed", None)
    assert found[2]["corrected"] == ["cost", "metadata"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"", 400), (b"[]", 422), (b"{}", 422), (b'{"runs": []}', 422), (b'{"runs": [{}]}', 422)],
)
def test_other_bodies_are_no_batch_of_corrections(
    client: LambdaClient, runs_path: str, raw: bytes, status: int
) -> None:
    assert client.patch(runs_path, raw.decode()).status == status


def ask(client: LambdaClient, runs_path: str) -> Document:
    found: Document = client.get(f"{runs_path.removesuffix('/runs')}/metrics").json
    return found


@pytest.mark.parametrize("is_rolled_up", [False, True])
def test_metrics_follow_a_correction_and_a_deletion_at_once(
    client: LambdaClient,
    database: Database[Document],
    runs_path: str,
    *,
    is_rolled_up: bool,
) -> None:
    client.post(runs_path, {"runs": [DONE | {"id": n} for n in range(3)]})
    if is_rolled_up:
        roll_up(database)
    change = {"outcome": "failed", "cost": 2, "created": "2026-03-02T12:00:00Z", "score": 0.5}
    client.patch(f"{runs_path}/1", change)
    for _ in range(2):
        found = ask(client, runs_path)
        assert (found["by_outcome"]["succeeded"], found["by_outcome"]["failed"]) == (2, 1)
        assert (found["cost"]["total"], found["score"]["mean"]) == (3, 0.5)
        assert found["last_run"] == "2026-03-02T12:00:00Z"
        roll_up(database)
    assert client.delete(f"{runs_path}/1").status == 204
    for _ in range(2):
        found = ask(client, runs_path)
        assert (found["runs"], found["cost"]["total"], found["score"]["count"]) == (2, 1, 0)
        assert found["last_run"] == CREATED
        roll_up(database)


def test_a_deleted_run_is_nowhere_and_does_not_come_back(
    client: LambdaClient, runs_path: str, database: Database[Document], one: str
) -> None:
    client.post(runs_path, DONE | {"id": 2})
    answer = client.delete(one)
    assert (answer.status, answer.text) == (204, "")
    assert client.delete(one).status == 204
    assert client.get(one).json["code"] == "run_not_found"
    assert client.patch(one, {"cost": 1}).json["code"] == "run_not_found"
    assert [run["id"] for run in client.get(runs_path).json] == [2]
    assert [run["id"] for run in client.get("/api/v1/agents/tester/runs").json] == [2]
    recent = client.get("/api/v1/ui/recent_activity").json
    assert [run["id"] for run in recent] == [2]
    again: Answer = client.post(runs_path, DONE)
    assert (again.status, again.json["code"]) == (410, "run_deleted")
    batch = client.post(runs_path, {"runs": [DONE, DONE | {"id": 2}]})
    assert (batch.status, batch.json["unchanged"]) == (207, 1)
    assert [e["code"] for e in batch.json["errors"]] == ["run_deleted"]
    assert ask(client, runs_path)["runs"] == 1
    [tombstone] = database["runs"].find({"deleted_at": {"$exists": True}})
    assert tombstone.keys() == {
        *("_id", "agent_id", "created", "deleted_at", "counted", "revision"),
    }


def test_what_never_was_cannot_be_deleted(client: LambdaClient, runs_path: str) -> None:
    answer = client.delete(f"{runs_path}/7")
    assert (answer.status, answer.json["code"]) == (404, "run_not_found")


COUNTER = "agent_metrics_runs_total"


def counters(client: LambdaClient) -> dict[str, float]:
    """Every counter of the scrape, and the parts of its histogram."""
    lines = client.get("/metrics/prometheus").text.splitlines()
    samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    gauges = ("in_progress", "timestamp", "omitted")
    return {name: float(n) for name, n in samples if not any(gauge in name for gauge in gauges)}


@pytest.mark.parametrize("is_rolled_up", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "failed"},
        {"cost": 9},
        {"cost": None, "time_taken": None},
        {"time_taken": 99_999},
        {"status": "running"},
        {"created": CREATED},
        {"created": CREATED, "cost": 7, "status": "failed"},
        None,
    ],
)
def test_counters_of_prometheus_neither_fall_nor_jump(
    client: LambdaClient,
    database: Database[Document],
    runs_path: str,
    change: Document | None,
    *,
    is_rolled_up: bool,
) -> None:
    now = {name: value for name, value in DONE.items() if name != "created"}
    client.post(runs_path, {"runs": [now | {"id": n} for n in range(2)]})
    before = counters(client)
    if is_rolled_up:
        roll_up(database)
    if change is None:
        client.delete(f"{runs_path}/1")
    else:
        client.patch(f"{runs_path}/1", change)
    assert counters(client) == before
    roll_up(database)
    assert counters(client) == before
