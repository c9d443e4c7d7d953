"""Reports of one run: created, unchanged, updated, superseded or in conflict."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lambda_client import LambdaClient

CREATED = "2026-03-01T12:00:00Z"
RUNNING = {"id": 1, "status": "running", "created": CREATED}
DONE = RUNNING | {"status": "completed", "time_taken": "5m30s", "cost": 0.1}


def test_the_same_report_twice_is_unchanged(client: LambdaClient, runs_path: str) -> None:
    first, again = client.post(runs_path, DONE), client.post(runs_path, DONE)
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json


def test_a_finished_report_updates_a_run_in_progress(client: LambdaClient, runs_path: str) -> None:
    client.post(runs_path, RUNNING)
    answer = client.post(runs_path, DONE)
    assert (answer.status, answer.json["status"], answer.json["cost"]) == (200, "completed", 0.1)
    assert client.get(f"{runs_path}/1").json == answer.json


def test_a_report_in_progress_that_comes_late_is_superseded(
    client: LambdaClient, runs_path: str
) -> None:
    done = client.post(runs_path, DONE).json
    for status in ("queued", "running", "IN_PROGRESS"):
        answer = client.post(runs_path, RUNNING | {"status": status, "cost": 99})
        assert (answer.status, answer.json) == (200, done)
    assert client.get(f"{runs_path}/1").json == done


def test_a_run_in_progress_moves_on_until_it_is_finished(
    client: LambdaClient, runs_path: str
) -> None:
    for stage in ("queued", "started", "running"):
        assert client.post(runs_path, RUNNING | {"status": stage}).json["status"] == stage
    assert client.post(runs_path, RUNNING | {"status": "queued"}).json["status"] == "running"
    assert client.post(runs_path, RUNNING | {"cost": 1}).json["cost"] == 1
    assert client.post(runs_path, RUNNING).json["cost"] == 1
    assert client.post(runs_path, DONE).json["status"] == "completed"


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"status": "failed"}, ["status"]),
        ({"status": "done", "outcome": "failed"}, ["status"]),
        ({"time_taken": "5m31s", "cost": 5}, ["time_taken", "cost"]),
        ({"created": "2026-03-01T12:00:01Z"}, ["created"]),
    ],
)
def test_a_finished_report_with_other_content_is_a_conflict(
    client: LambdaClient, runs_path: str, change: dict[str, Any], paths: list[str]
) -> None:
    done = client.post(runs_path, DONE).json
    answer = client.post(runs_path, DONE | change)
    assert (answer.status, answer.json["code"]) == (409, "run_conflict")
    assert [e["path"] for e in answer.json["errors"]] == paths
    assert client.get(f"{runs_path}/1").json == done


@pytest.mark.parametrize(
    "change",
    [
        {"time_taken": 330},
        {"time_taken": "PT330S"},
        {"created": "2026-03-01T13:00:00+01:00"},
        {"created": None},
        {"cost": 0.10},
        {"tools": None, "models": []},
    ],
)
def test_the_same_content_in_other_words_is_unchanged(
    client: LambdaClient, runs_path: str, change: dict[str, Any]
) -> None:
    done = client.post(runs_path, DONE).json
    answer = client.post(runs_path, DONE | change)
    assert (answer.status, answer.json) == (200, done)


def test_who_leaves_the_creation_time_out_always_means_the_same_run(
    client: LambdaClient, runs_path: str
) -> None:
    bare = {"id": 1, "status": "running"}
    assigned = client.post(runs_path, bare).json["created"]
    assert client.post(runs_path, bare).json["created"] == assigned
    finished = client.post(runs_path, bare | {"status": "ok"}).json
    assert finished["created"] == assigned
    told = client.post(runs_path, {"id": 1, "status": "ok", "created": CREATED})
    assert (told.status, told.json["created"]) == (200, CREATED)
    assert client.post(runs_path, bare | {"status": "ok"}).json["created"] == CREATED


@pytest.mark.parametrize(
    ("reports", "counts", "status"),
    [
        ([DONE, DONE], {"created": 1, "unchanged": 1}, 201),
        ([RUNNING, DONE], {"created": 1, "updated": 1}, 201),
        ([DONE, RUNNING], {"created": 1, "superseded": 1}, 201),
        ([RUNNING, DONE, RUNNING, DONE], {"created": 1, "updated": 1, "superseded": 1}, 201),
        ([DONE, DONE | {"cost": 2}, DONE | {"cost": 3}], {"created": 1, "rejected": 2}, 207),
        ([DONE | {"cost": 2}, RUNNING, DONE], {"created": 1, "superseded": 1}, 207),
    ],
)
def test_duplicates_inside_a_batch_are_settled_in_input_order(
    client: LambdaClient,
    runs_path: str,
    reports: list[dict[str, Any]],
    counts: dict[str, int],
    status: int,
) -> None:
    answer = client.post(runs_path, {"runs": reports})
    assert answer.status == status
    assert {name: answer.json[name] for name in counts} == counts
    [stored] = client.get(runs_path).json
    assert stored["status"] == "completed"
    finished = next(report for report in reports if report["status"] == "completed")
    assert stored["cost"] == finished["cost"]


@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_sequence_in_one_batch_is_the_sequence_in_many(
    client: LambdaClient, runs_path: str, size: int
) -> None:
    """Each batch's answer is what its runs would have been answered one by one."""
    sequence = [RUNNING, DONE, RUNNING, DONE | {"cost": 5}, {"id": 1}, DONE, RUNNING | {"id": 2}]
    client.post("/api/v1/agents/tester/versions", {"version": "single"})
    single = [
        client.post(runs_path.replace("1.0.2", "single"), {"runs": [r]}).json for r in sequence
    ]
    batches = [sequence[i : i + size] for i in range(0, len(sequence), size)]
    joined = [client.post(runs_path, {"runs": batch}).json for batch in batches]
    for name in ("accepted", "created", "updated", "unchanged", "superseded", "rejected"):
        assert sum(a[name] for a in joined) == sum(a[name] for a in single)
    mine, other = (
        [
            {k: v for k, v in run.items() if k not in ("version", "version_id", "recorded_at")}
            for run in client.get(path).json
        ]
        for path in (runs_path, runs_path.replace("1.0.2", "single"))
    )
    assert mine == other
