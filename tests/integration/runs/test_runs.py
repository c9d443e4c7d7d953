"""Recording runs over the API: one or a batch, what is answered and what is given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.lambda_client import LambdaClient

COUNTS = ("accepted", "created", "updated", "unchanged", "superseded", "rejected")
FULL = {
    "created": "2026-03-01T13:00:00.123456+01:00",
    "status": "completed",
    "time_taken": "5m30s",
    "initiator": "ada",
    "tools": ["grep", "edit"],
    "cost": 0.1,
    "models": ["small", "large"],
    "id": 123,
    "task_id": 12,
}
SECOND = FULL | {
    "created": "2026-03-01T14:00:00Z",
    "status": "failed",
    "time_taken": 130,
    "id": 124,
}
EXTRAS = {
    "input_tokens": 0,
    "output_tokens": 2**63 - 1,
    "error": "late\n\ttimeout",
    "metadata": {"a.b": 1, "ok": True, "ratio": 0.5, "note": "é", "__proto__": -(2**63)},
}

Post = Callable[..., dict[str, Any]]


def counts(answer: dict[str, Any]) -> dict[str, int]:
    """What of a batch's answer is not zero."""
    return {name: answer[name] for name in COUNTS if answer[name]}


def test_a_run_is_answered_with_all_its_fields(
    client: LambdaClient, version: dict[str, Any], runs_path: str
) -> None:
    answer = client.post(runs_path, FULL)
    assert answer.status == 201
    recorded_at = answer.json["recorded_at"]
    assert answer.json == {
        "id": 123,
        "task_id": 12,
        "agent_id": version["agent_id"],
        "agent": "tester",
        "version_id": version["id"],
        "version": "1.0.2",
        "created": "2026-03-01T12:00:00.123Z",
        "status": "completed",
        "outcome": "succeeded",
        "time_taken": "5m30s",
        "duration_ms": 330_000,
        "initiator": "ada",
        "tools": ["grep", "edit"],
        "models": ["small", "large"],
        "cost": 0.1,
        "recorded_at": recorded_at,
    }
    assert client.get(f"{runs_path}/123").json == answer.json
    assert client.get(runs_path).json == [answer.json]
    assert client.get("/api/v1/agents/tester/runs").json == [answer.json]


def test_only_the_status_is_required(client: LambdaClient, runs_path: str) -> None:
    run = client.post(runs_path, {"status": "vectorising"}).json
    assert 1 <= run["id"] < 2**53
    assert run["created"] == run["recorded_at"]
    nulls = ("task_id", "time_taken", "duration_ms", "initiator", "cost")
    assert {run[name] for name in nulls} == {None}
    assert (run["outcome"], run["tools"], run["models"]) == ("other", [], [])
    assert client.get(f"{runs_path}/{run['id']}").json == run


def test_the_optional_fields_are_given_back_as_they_were_sent(
    client: LambdaClient, runs_path: str
) -> None:
    run = client.post(runs_path, FULL | EXTRAS).json
    assert {name: run[name] for name in EXTRAS} == EXTRAS
    assert not EXTRAS.keys() & client.post(runs_path, SECOND).json.keys()


def test_runs_without_an_id_are_all_different(client: LambdaClient, runs_path: str) -> None:
    answer = client.post(runs_path, {"runs": [{"status": "ok"}] * 500})
    assert counts(answer.json) == {"accepted": 500, "created": 500}
    assert len(client.get(runs_path).json) == 500


@pytest.mark.parametrize(
    ("time_taken", "duration_ms"),
    [
        *(("250ms", 250), ("1h2m3.5s", 3_723_500), ("1.5h", 5_400_000), ("PT5M30S", 330_000)),
        *((90, 90_000), (0, 0), ("0s", 0), (0.0005, 0.5), ("1us", 0.001), ("1ns", 0)),
    ],
)
def test_a_duration_is_kept_as_sent_and_in_milliseconds(
    client: LambdaClient, runs_path: str, time_taken: str | float, duration_ms: float
) -> None:
    run = client.post(runs_path, {"status": "ok", "time_taken": time_taken}).json
    assert (run["time_taken"], run["duration_ms"]) == (time_taken, duration_ms)


@pytest.mark.parametrize("run_id", [0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_any_64_bit_id_is_stored_and_found(
    client: LambdaClient, runs_path: str, run_id: int
) -> None:
    assert client.post(runs_path, {"id": run_id, "status": "ok"}).json["id"] == run_id
    assert client.post(runs_path, {"id": run_id, "status": "ok"}).status == 200
    assert client.get(f"{runs_path}/{run_id}").json["id"] == run_id
    assert client.get(runs_path).json[0]["id"] == run_id


def test_an_unknown_run_is_not_found(client: LambdaClient, runs_path: str) -> None:
    answer = client.get(f"{runs_path}/1")
    assert (answer.status, answer.json["code"]) == (404, "run_not_found")


def test_the_same_id_in_another_version_is_another_run(
    client: LambdaClient, runs_path: str
) -> None:
    client.post("/api/v1/agents/tester/versions", {"version": "2"})
    other = runs_path.replace("1.0.2", "2")
    assert client.post(runs_path, FULL).status == 201
    assert client.post(other, FULL | {"status": "failed"}).status == 201
    assert client.get(f"{runs_path}/123").json["status"] == "completed"
    assert len(client.get("/api/v1/agents/tester/runs").json) == 2


def test_a_batch_is_counted(client: LambdaClient, runs_path: str) -> None:
    answer = client.post(runs_path, {"runs": [FULL, SECOND]})
    assert answer.status == 201
    assert answer.json == {
        **dict.fromkeys(COUNTS, 0),
        "accepted": 2,
        "created": 2,
        "errors": [],
        "warnings": [],
    }
    assert [run["id"] for run in client.get(runs_path).json] == [124, 123]


def test_a_repeated_batch_is_unchanged(client: LambdaClient, runs_path: str) -> None:
    client.post(runs_path, {"runs": [FULL, SECOND]})
    before = client.get(runs_path).json
    answer = client.post(runs_path, {"runs": [SECOND, FULL]})
    assert (answer.status, counts(answer.json)) == (200, {"accepted": 2, "unchanged": 2})
    assert client.get(runs_path).json == before


def test_a_batch_with_bad_runs_stores_the_good_ones(client: LambdaClient, runs_path: str) -> None:
    bad = {"id": 7, "status": "", "cost": -1}
    answer = client.post(runs_path, {"runs": [bad, FULL, None, SECOND]})
    assert answer.status == 207
    assert counts(answer.json) == {"accepted": 2, "created": 2, "rejected": 2}
    first, second = answer.json["errors"]
    assert (first["index"], first["id"], first["code"]) == (0, 7, "invalid_run")
    assert [e["path"] for e in first["errors"]] == ["status", "cost"]
    assert (second["index"], second["id"]) == (2, None)
    assert len(client.get(runs_path).json) == 2


def test_a_batch_of_which_nothing_is_taken_is_unprocessable(
    client: LambdaClient, runs_path: str
) -> None:
    answer = client.post(runs_path, {"runs": [{}, None, {"status": 1}]})
    assert (answer.status, counts(answer.json)) == (422, {"rejected": 3})
    assert [e["index"] for e in answer.json["errors"]] == [0, 1, 2]
    assert client.get(runs_path).json == []


def test_a_batch_with_conflicts_only_is_unprocessable(client: LambdaClient, runs_path: str) -> None:
    client.post(runs_path, FULL)
    answer = client.post(runs_path, {"runs": [FULL | {"cost": 1}]})
    assert (answer.status, counts(answer.json)) == (422, {"rejected": 1})
    [error] = answer.json["errors"]
    assert (error["index"], error["id"], error["code"]) == (0, 123, "run_conflict")
    assert [e["path"] for e in error["errors"]] == ["cost"]
    assert client.get(f"{runs_path}/123").json["cost"] == 0.1


def test_a_batch_may_mix_everything(client: LambdaClient, runs_path: str) -> None:
    running = {"id": 5, "status": "running", "created": "2026-03-01T12:00:00Z"}
    client.post(runs_path, {"runs": [FULL, running, SECOND | {"id": 6}]})
    answer = client.post(
        runs_path,
        {
            "runs": [
                FULL,
                running | {"status": "completed"},
                SECOND | {"id": 6, "status": "running"},
                FULL | {"cost": 9},
                {"status": "ok"},
                {"id": 8},
            ]
        },
    )
    assert answer.status == 207
    assert counts(answer.json) == {
        "accepted": 4,
        "created": 1,
        "updated": 1,
        "unchanged": 1,
        "superseded": 1,
        "rejected": 2,
    }
    codes = [(e["index"], e["id"], e["code"]) for e in answer.json["errors"]]
    assert codes == [(3, 123, "run_conflict"), (5, 8, "invalid_run")]


def test_what_completes_a_run_may_have_any_keys(client: LambdaClient, runs_path: str) -> None:
    odd: dict[str, Any] = {"a.b": 1, "a.$b": "x", "a$": 3, "__proto__": 4, "é": 5}
    before: list[dict[str, Any]] = [{}, {"metadata": {"a": 1}}, {"metadata": odd}]
    for number, first in enumerate(before):
        client.post(runs_path, {"id": number, "status": "running", **first})
        answer = client.post(runs_path, {"id": number, "status": "ok", "metadata": odd})
        assert answer.status == 200, answer.text
        assert answer.json["metadata"] == odd
        assert client.get(f"{runs_path}/{number}").json == answer.json
