"""`pytest --agent-metrics`: each marked test is a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from running import NewId, Stored, environment

SUITE = """
import pytest

@pytest.fixture
def broken():
    raise RuntimeError("no fixture")

@pytest.mark.agent_run(run_id={0!r}, task_id=12)
def test_passes(agent_run):
    agent_run.usage(model="gpt-5", input_tokens=900, cost=0.5)

@pytest.mark.agent_run(run_id={1!r}, task_id=12)
def test_fails(agent_run):
    agent_run.tool("bash")
    assert 1 == 2, "tests red"

@pytest.mark.agent_run(run_id={2!r}, task_id=12)
def test_is_skipped(agent_run):
    pytest.skip("not today")

@pytest.mark.agent_run(run_id={3!r}, task_id=12)
@pytest.mark.xfail
def test_is_expected_to_fail(agent_run):
    raise ValueError("known")

@pytest.mark.agent_run(run_id={4!r}, task_id=12, version="2")
def test_cannot_be_set_up(broken):
    pass

def test_is_not_marked(agent_run):
    agent_run.usage(cost=100)
"""


@pytest.fixture
def suite(agent: str, tmp_path: Path, new_id: NewId) -> Any:
    (tmp_path / "test_suite.py").write_text(SUITE.format(*(new_id() for _ in range(5))))

    def run(url: str, *options: str) -> str:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", *options),
                *("-p", "agent_metrics.pytest_plugin"),  # what the entry point says, if installed
                *("--strict-markers", "-W", "error", "-p", "no:cacheprovider"),
            ],
            env=environment(url, agent, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "2 passed" in done.stdout, done.stdout + done.stderr
        return done.stdout

    return run


def test_marked_tests_are_runs(service: str, suite: Any, stored: Stored) -> None:
    out = suite(service, "--agent-metrics")

    assert "agent-metrics: 4 runs delivered\n" in out
    found = {run["id"]: run for run in stored()}
    assert len(found) == 4
    assert sorted((run["outcome"], run["version"]) for run in found.values()) == [
        *[("failed", "1")] * 2,
        ("failed", "2"),
        ("succeeded", "1"),
    ]
    (passed,) = [run for run in found.values() if run["outcome"] == "succeeded"]
    assert (passed["cost"], passed["models"]) == (0.5, ["gpt-5"])
    errors = sorted(run["error"].partition("\n")[0] for run in found.values() if "error" in run)
    assert errors == ["AssertionError: tests red", "RuntimeError: no fixture", "ValueError: known"]


def test_without_the_option_nothing_is_recorded(service: str, suite: Any) -> None:
    assert "agent-metrics:" not in suite(service)


def test_without_an_address_a_line_says_so(suite: Any) -> None:
    assert "agent-metrics: AGENT_METRICS_URL is not set: no runs\n" in suite("", "--agent-metrics")
