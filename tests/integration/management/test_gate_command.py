"""`manage.py gate`: what a pipeline reads, and the exit code that it acts upon."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from chalice import Chalice

from management.mongod import free_port
from tests.integration.management.serving import run_command, serve
from tests.lambda_client import LambdaClient

OLD, WORSE, SAME, FEW = "1.0", "2.0-worse", "2.1-same", "3.0-few"


@pytest.fixture
def url(app: Chalice, client: LambdaClient) -> Iterator[str]:
    """A service with an agent `a/b` whose versions differ in how often they fail."""
    agent = "/api/v1/agents/a%2Fb"
    assert client.post(f"{agent}/register", {"project": "tests"}).status == 201
    for version, runs, failed in ((OLD, 40, 2), (WORSE, 40, 20), (SAME, 40, 2), (FEW, 3, 0)):
        assert client.post(f"{agent}/versions", {"version": version}).status == 201
        batch = [
            {"id": n, "status": "failed" if n < failed else "ok", "time_taken": "1m", "cost": 0.5}
            for n in range(runs)
        ]
        added = client.post(f"{agent}/versions/{version}/runs", {"runs": batch})
        assert added.status == 201
    with serve(app) as address:
        yield address


def test_a_version_that_is_no_worse_passes(url: str) -> None:
    result = run_command("gate", url, "a/b", f"--base={OLD}", f"--candidate={SAME}")

    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["check", "base", "candidate", "change", "limit", "result"]
    assert lines[2].split() == [
        *("max_success_rate_drop", "95.00%", "95.00%", "+0.00%", "0.02", "pass"),
    ]
    assert lines[3].split()[1:] == ["60000", "ms", "60000", "ms", "+0.0%", "0.1", "pass"]
    assert lines[4].split()[1:3] == ["$0.5", "$0.5"]
    assert lines[-1] == "PASS: 2.1-same is no worse than 1.0 within these limits."


def test_a_version_that_is_worse_fails_and_it_is_said_why(url: str) -> None:
    result = run_command("gate", url, "a/b", f"--base={OLD}", f"--candidate={WORSE}")

    assert result.exit_code == 1
    assert "max_success_rate_drop: the success rate went from 95.00% to 50.00%" in result.stdout
    assert result.stdout.splitlines()[-1] == "FAIL: 2.0-worse is worse than 1.0."


def test_too_few_runs_to_tell_are_neither(url: str) -> None:
    gate = ("gate", url, "a/b", f"--base={OLD}", f"--candidate={FEW}")

    result = run_command(*gate)

    assert result.exit_code == 2
    assert "at least 30 of each are needed" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("UNDETERMINED: ")
    assert run_command(*gate, "--min-runs=3").exit_code == 0
    long_ago = run_command(*gate, "--min-runs=3", "--to=2020-01-01T00:00:00Z")
    assert long_ago.exit_code == 2


def test_every_limit_can_be_set_and_the_answer_be_had_as_json(url: str) -> None:
    limits = ("--max-success-rate-drop=0.5", "--max-p95-increase=0", "--max-mean-cost-increase=0")

    result = run_command(
        *("gate", url, "a/b", f"--base={OLD}", f"--candidate={WORSE}", "--json"), *limits
    )

    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["pass"], answer["status"]) == (0, True, "pass")
    assert {check["limit"] for check in answer["checks"]} == {30, 0.5, 0}


@pytest.mark.parametrize(
    ("agent", "candidate", "more", "words"),
    [
        ("nobody", SAME, (), "agent_not_found: "),
        ("a/b", "9.9", (), "version_not_found: "),
        ("a/b", OLD, (), "same version"),
        ("a/b", SAME, ("--from=yesterday",), "RFC 3339"),
        ("a/b", SAME, ("--min-runs=0",), "--min-runs"),
        ("a/b", SAME, ("--max-success-rate-drop=2",), "0 to 1"),
    ],
)
def test_what_cannot_be_asked_is_never_a_verdict(
    url: str, agent: str, candidate: str, more: tuple[str, ...], words: str
) -> None:
    result = run_command("gate", url, agent, f"--base={OLD}", f"--candidate={candidate}", *more)

    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_no_service_is_one_line_and_never_a_verdict() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = run_command("gate", url, "a/b", "--base=1", "--candidate=2")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("agent-metrics: no answer from http://127.0.0.1:")
    assert result.stderr.count("\n") == 1


def test_a_locked_service_asks_for_a_token(
    locked_app: Chalice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AGENT_METRICS_TOKEN", raising=False)
    with serve(locked_app) as url:
        result = run_command("gate", url, "a/b", "--base=1", "--candidate=2")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "unauthorized" in result.stderr
        result = run_command("gate", url, "a/b", "--base=1", "--candidate=2", "--token=amt_x")
        assert "the token is not valid" in result.stderr
