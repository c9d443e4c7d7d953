"""`agent-metrics run`: the program's own exit code and signals, and a run beside it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from running import NewId, Stored, environment


@pytest.fixture
def run(service: str, agent: str, new_id: NewId) -> Any:
    def start(*command: str, options: tuple[str, ...] = (), url: str = service) -> Any:
        given = [f"--id={new_id()}", *options, "--", *command]
        return subprocess.run(
            [sys.executable, "-m", "agent_metrics", "run", *given],
            env=environment(url, agent),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            input="from stdin",
        )

    return start


@pytest.mark.parametrize(
    ("code", "status", "error"), [(0, "completed", None), (3, "failed", "exit code 3")]
)
def test_the_exit_code_is_passed_through_and_recorded(
    run: Any, stored: Stored, code: int, status: str, error: str
) -> None:
    program = f"import sys; print(sys.stdin.read()); print('x', file=sys.stderr); sys.exit({code})"
    options = ("--task-id=12", "--initiator=ci", "--metadata=branch=main", "--model=m", "--tool=t")

    done = run(sys.executable, "-c", program, options=options)

    assert (done.returncode, done.stdout, done.stderr) == (code, "from stdin\n", "x\n")
    (found,) = stored()
    assert (found["status"], found.get("error")) == (status, error)
    assert (found["task_id"], found["initiator"]) == (12, "ci")
    assert (found["metadata"], found["models"]) == ({"branch": "main"}, ["m"])
    assert found["duration_ms"] > 0


def test_a_signal_that_ends_the_program_shows_in_the_exit_code(run: Any, stored: Stored) -> None:
    done = run("sh", "-c", "kill -KILL $$")
    assert done.returncode == 128 + 9
    assert [one["error"] for one in stored()] == ["ended by SIGKILL"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_passed_on(
    service: str, agent: str, stored: Stored, new_id: NewId, number: int, tmp_path: Path
) -> None:
    program = (
        f"import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(7))\n"
        f"open({str(tmp_path / 'ready')!r}, 'w')\n"
        f"time.sleep(30)"
    )
    command = ["run", f"--id={new_id()}", "--", sys.executable, "-c", program]
    process = subprocess.Popen(
        [sys.executable, "-m", "agent_metrics", *command],
        env=environment(service, agent),
        stdin=subprocess.DEVNULL,
    )
    with process:
        while not (tmp_path / "ready").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        assert process.wait(30) == 7
    assert [one["error"] for one in stored()] == ["exit code 7"]


def test_there_is_no_such_program(run: Any, stored: Stored, tmp_path: Path) -> None:
    done = run("no-such-program-at-all")
    assert (done.returncode, done.stderr.count("\n")) == (127, 1)
    done = run(str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (126, 1)
    assert [one["outcome"] for one in stored()] == ["failed", "failed"]


def test_the_program_runs_whatever_the_service_does(run: Any) -> None:
    options = ("--flush-timeout=0.1",)
    done = run("sh", "-c", "echo out; exit 5", options=options, url="http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (5, "out\n")
    assert "the program's exit code stands" in done.stderr
    done = run("sh", "-c", "exit 0", url="")
    assert done.returncode == 0
    assert "AGENT_METRICS_URL" in done.stderr


def test_no_program_is_a_mistake(run: Any) -> None:
    assert run().returncode == 2
