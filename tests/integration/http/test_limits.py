"""The limits of bodies, batches and answers, each at its edge."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lambda_client import LambdaClient
from tests.paging import pages

# What AWS Lambda answers with at most, the response's own JSON around the body included.
LAMBDA_LIMIT = 6 * 1024 * 1024 - 1000
BODY_LIMIT = 5_000_000
CREATED = "2026-03-01T12:00:00Z"


@pytest.fixture(autouse=True)
def unobserved(contract: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checking 10,000 errors against the API document takes longer than making them."""
    monkeypatch.setattr(LambdaClient, "observers", [])


def in_lambda(text: str) -> int:
    """The size of a body inside of Lambda's answer."""
    return len(json.dumps(text))


def test_a_body_of_exactly_5_mb_is_taken_and_one_byte_more_is_not(
    client: LambdaClient, runs_path: str
) -> None:
    body = b'{"id": 1, "status": "ok"}'
    assert client.post(runs_path, body.ljust(BODY_LIMIT)).status == 201
    answer = client.post(runs_path, body.ljust(BODY_LIMIT + 1))
    assert (answer.status, answer.json["code"]) == (413, "payload_too_large")
    assert "5000000" in answer.json["detail"]
    assert "5000001" in answer.json["detail"]


def test_the_limit_of_a_body_counts_bytes(client: LambdaClient, runs_path: str) -> None:
    text = json.dumps({"status": "ok", "error": "é" * 2_500_000}, ensure_ascii=False)
    assert len(text) < BODY_LIMIT
    assert client.post(runs_path, text).status == 413


def test_ten_thousand_runs_are_taken_and_their_repetition_changes_nothing(
    client: LambdaClient, runs_path: str
) -> None:
    runs = [{"id": i, "status": "ok", "created": CREATED, "cost": i / 7} for i in range(10_000)]
    answer = client.post(runs_path, {"runs": runs})
    assert (answer.status, answer.json["created"]) == (201, 10_000)
    again = client.post(runs_path, {"runs": runs[::-1]})
    assert (again.status, again.json["unchanged"]) == (200, 10_000)
    updated = client.post(runs_path, {"runs": [*runs[1:], {"id": 10_000, "status": "ok"}]})
    assert (updated.status, updated.json["created"], updated.json["unchanged"]) == (201, 1, 9_999)


def test_one_run_more_is_too_large_and_nothing_is_stored(
    client: LambdaClient, runs_path: str
) -> None:
    answer = client.post(runs_path, {"runs": [{"status": "ok"}] * 10_001})
    assert (answer.status, answer.json["code"]) == (413, "batch_too_large")
    assert "10000" in answer.json["detail"]
    assert "10001" in answer.json["detail"]
    assert client.get(runs_path).json == []


def test_ten_thousand_reports_of_one_run_are_settled(client: LambdaClient, runs_path: str) -> None:
    runs = [{"id": 1, "status": "running", "cost": i, "created": CREATED} for i in range(10_000)]
    answer = client.post(runs_path, {"runs": runs})
    assert (answer.json["created"], answer.json["updated"]) == (1, 9_999)
    assert client.get(f"{runs_path}/1").json["cost"] == 9_999


@pytest.mark.parametrize(
    "error", ["e" * 4096, '"' * 4096, "é" * 2048, "😀" * 1024, "\\" * 4096, "\x01" * 4096]
)
def test_no_page_outgrows_what_lambda_can_answer(
    client: LambdaClient, runs_path: str, error: str
) -> None:
    """Whatever the texts: quotes, and all that is not ASCII, grow on the way."""
    ids = list(range(1400))
    for start in range(0, len(ids), 100):
        runs = [
            {"id": i, "status": "failed", "error": error, "created": CREATED}
            for i in ids[start : start + 100]
        ]
        assert client.post(runs_path, json.dumps({"runs": runs}, ensure_ascii=False)).status == 201
    found: list[int] = []
    for number, page in enumerate(pages(client, f"{runs_path}?limit=5000")):
        found += [run["id"] for run in page]
        assert number < 20
    assert found == ids[::-1]
    answer = client.get(f"{runs_path}?limit=5000")
    assert len(answer.text.encode()) <= BODY_LIMIT
    assert in_lambda(answer.text) <= LAMBDA_LIMIT
    assert answer.next_address


BAD_RUNS: dict[str, Any] = {
    "no field": {},
    "unknown fields": {f"{i}": 1 for i in range(50)},
    "an unknown field of emoji": {"😀" * 100: 1},
    "every field": {
        **dict.fromkeys(("status", "id", "task_id", "created", "initiator", "tools"), True),
        **dict.fromkeys(("models", "cost", "input_tokens", "error", "metadata"), True),
    },
}


@pytest.mark.parametrize("run", BAD_RUNS.values(), ids=BAD_RUNS)
def test_the_findings_on_ten_thousand_bad_runs_fit_into_an_answer(
    client: LambdaClient, runs_path: str, run: dict[str, Any]
) -> None:
    body = json.dumps({"runs": [run] * 10_000}, ensure_ascii=False)
    answer = client.post(runs_path, body)
    assert answer.status == 422
    assert in_lambda(answer.text) <= LAMBDA_LIMIT
    assert [e["index"] for e in answer.json["errors"]] == list(range(10_000))
    assert answer.json["errors"][0]["errors"]
    assert all(e["code"] == "invalid_run" and e["detail"] for e in answer.json["errors"])


def test_ten_thousand_conflicts_fit_into_an_answer(client: LambdaClient, runs_path: str) -> None:
    base = -(2**63)
    runs = [{"id": base + i, "status": "ok", "created": CREATED} for i in range(10_000)]
    assert client.post(runs_path, {"runs": runs}).status == 201
    names = ("task_id", "cost", "time_taken", "input_tokens", "output_tokens")
    changes = dict.fromkeys(names, 1) | {
        "status": "failed",
        "created": "2026-03-02T12:00:00Z",
        "initiator": "a",
        "tools": ["a"],
        "models": ["a"],
        "error": "e",
        "metadata": {"a": 1},
    }
    answer = client.post(runs_path, {"runs": [run | changes for run in runs]})
    assert answer.status == 422
    assert in_lambda(answer.text) <= LAMBDA_LIMIT
    assert [e["id"] for e in answer.json["errors"]] == [run["id"] for run in runs]
