"""Tasks that flipped, failures by their error, and runs searched by what they hold."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.lambda_client import LambdaClient

Document = dict[str, Any]
AGENT = "/api/v1/agents/coder"


@pytest.fixture
def coder(client: LambdaClient) -> LambdaClient:
    """A client of a service with the agent coder, in versions 1 and 2."""
    assert client.post(f"{AGENT}/register", {"project": "shop"}).status == 201
    for version in ("1", "2"):
        assert client.post(f"{AGENT}/versions", {"version": version}).status == 201
    return client


def record(client: LambdaClient, version: str, *runs: Document) -> None:
    sent = [{"id": at, "status": "completed", **run} for at, run in enumerate(runs, 1)]
    answer = client.post(f"{AGENT}/versions/{version}/runs", {"runs": sent})
    assert answer.status == 201, answer.text


def ask(client: LambdaClient, path: str, **query: Any) -> Any:
    answer = client.get(f"{AGENT}/{path}?{urlencode(query)}")
    assert answer.status == 200, answer.text
    return answer.json


def test_tasks_that_flipped_are_named_and_judged(coder: LambdaClient) -> None:
    record(coder, "1", *[{"task_id": task} for task in range(10)], {"status": "failed"})
    failed = [{"task_id": task, "status": "failed"} for task in range(7)]
    record(coder, "2", *failed, *[{"task_id": task} for task in range(7, 12)])
    found = ask(coder, "compare/tasks", base="1", candidate="2")
    assert (found["paired"], found["lost"], found["gained"]) == (10, 7, 0)
    assert found["verdict"] == "worse"
    assert found["p_value"] == pytest.approx(2 / 2**7)
    assert [flip["task_id"] for flip in found["flipped"]] == list(range(7))
    assert found["flipped"][0]["candidate"] == {"succeeded": 0, "failed": 1}


def test_only_runs_of_the_range_count(coder: LambdaClient) -> None:
    old, new = "2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z"
    record(coder, "1", {"task_id": 1, "created": old}, {"task_id": 2, "created": new})
    record(coder, "2", {"task_id": 1, "created": new}, {"task_id": 2, "created": new})
    dates = {"from": "2026-03-04T00:00:00Z"}
    found = ask(coder, "compare/tasks", base="1", candidate="2", **dates)
    assert (found["base_tasks"], found["candidate_tasks"], found["paired"]) == (1, 2, 1)


@pytest.mark.parametrize("query", ["base=1", "base=1&candidate=1", "base=1&candidate=2&x=1"])
def test_a_comparison_of_tasks_needs_two_versions(coder: LambdaClient, query: str) -> None:
    assert coder.get(f"{AGENT}/compare/tasks?{query}").status == 400


def test_failures_are_grouped_by_error(coder: LambdaClient) -> None:
    def fails(error: str | None, day: int) -> Document:
        run = {"status": "failed", "created": f"2026-03-{day:02}T00:00:00Z"}
        return run if error is None else run | {"error": error}

    record(
        coder,
        "1",
        fails("timeout after 30 s", 1),
        fails("timeout after 45 s", 4),
        fails("no such file", 2),
        {"created": "2026-03-09T00:00:00Z"},
    )
    record(coder, "2", fails("timeout after 7 s", 3), fails(None, 5))
    found = ask(coder, "failures")
    assert (found["runs"], found["is_complete"], found["others"]) == (5, True, 0)
    first = found["groups"][0]
    assert (first["pattern"], first["count"]) == ("timeout after <n> s", 3)
    assert (first["first_seen"], first["last_seen"]) == (
        "2026-03-01T00:00:00Z",
        "2026-03-04T00:00:00Z",
    )
    assert sorted(first["versions"]) == ["1", "2"]
    assert first["example"] == {
        "id": 2,
        "version": "1",
        "created": "2026-03-04T00:00:00Z",
        "error": "timeout after 45 s",
    }
    silent = next(group for group in found["groups"] if group["pattern"] is None)
    assert (silent["status"], silent["count"]) == ("failed", 1)
    only = ask(coder, "failures", version="2", limit=1)
    assert (only["runs"], len(only["groups"]), only["others"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"id": 2}, [2]),
        ({"id": 99}, []),
        ({"error": "TIMEOUT"}, [1, 3]),
        ({"error": "after (3"}, [3]),
        ({"error": ".*"}, []),
        ({"metadata": "branch=main"}, [1]),
        ({"metadata": "tries=3"}, [2]),
        ({"metadata": "tries=3.0"}, [2]),
        ({"metadata": "dry=true"}, [3]),
        ({"metadata": "a.b=$x"}, [3]),
        ({"metadata": "branch="}, []),
        ({"metadata": "branch=main", "error": "timeout"}, [1]),
    ],
)
def test_runs_are_found_by_what_they_hold(
    coder: LambdaClient, query: Document, found: list[int]
) -> None:
    record(
        coder,
        "1",
        {"status": "failed", "error": "Timeout after 5 s", "metadata": {"branch": "main"}},
        {"metadata": {"tries": 3}},
        {"status": "failed", "error": "timeout after (3", "metadata": {"dry": True, "a.b": "$x"}},
    )
    for path in ("runs", "versions/1/runs"):
        assert sorted(run["id"] for run in ask(coder, path, **query)) == found


@pytest.mark.parametrize("query", ["metadata=branch", "metadata==x", "error=", "id="])
def test_a_search_that_makes_no_sense_is_refused(coder: LambdaClient, query: str) -> None:
    assert coder.get(f"{AGENT}/runs?{query}").status == 400


def test_failures_and_tasks_are_filtered_as_runs_are(coder: LambdaClient) -> None:
    mine = {"initiator": "ci", "models": ["opus"], "status": "failed", "error": "no disk"}
    record(coder, "1", mine, {**mine, "initiator": "me"}, {"task_id": 1, "initiator": "ci"})
    record(coder, "2", {"task_id": 1, "initiator": "ci", "status": "failed"}, {"task_id": 2})
    assert ask(coder, "failures", initiator="ci", model="opus")["runs"] == 1
    assert ask(coder, "failures", status="FAILED")["runs"] == 3
    assert ask(coder, "failures", outcome="succeeded")["runs"] == 0
    pair = {"base": "1", "candidate": "2"}
    assert ask(coder, "compare/tasks", **pair, initiator="ci")["lost"] == 1
    assert ask(coder, "compare/tasks", **pair, initiator="me")["paired"] == 0
    assert ask(coder, "compare/tasks", **pair, outcome="failed")["base_tasks"] == 0
