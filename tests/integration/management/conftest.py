"""`manage.py` as a process of its own, as a person starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from chalicelib.database import connection as mongo

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60


@dataclass
class Command:
    """A running `manage.py`, with what it said so far."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it serves, from its first line."""
        return self.said[0].split()[1].removesuffix("/api/v1/agents")

    def wait_until_it_serves(self) -> None:
        """Read the two lines that say where the API and the data are."""
        assert self.process.stdout is not None
        while len(self.said) < 2:
            line = self.process.stdout.readline()
            assert line, f"it ended: {self.finish()}"
            self.said.append(line)
        assert httpx.get(f"{self.url}/health").status_code == 200

    def finish(self) -> tuple[int, str, str]:
        """Its exit code, and what else it wrote to stdout and stderr, once it has ended."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        # Not communicate(): that would miss what readline() has taken from the pipe already.
        out, err = self.process.stdout.read(), self.process.stderr.read()
        return self.process.wait(PATIENCE_S), out, err


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a command that runs in this process chooses for it is this test's alone."""
    for name in ("MONGODB_URI", "MONGODB_DATABASE", "MONGODB_SECRET_ID", "RUNS_TTL_DAYS"):
        monkeypatch.setenv(name, "")
    yield
    mongo.forget()


Manage = Callable[..., Command]


@pytest.fixture
def manage() -> Iterator[Manage]:
    """Starts `manage.py` with these arguments, and these variables in its environment."""
    started: list[Command] = []

    def start(*arguments: str, **variables: str) -> Command:
        clean = {k: v for k, v in os.environ.items() if k not in _SETTINGS}
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**clean, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(Command(process))
        return started[-1]

    yield start
    for command in started:
        with command.process:  # closes its pipes, and waits
            command.process.terminate()


@pytest.fixture
def serve(manage: Manage, tmp_path: Path) -> Manage:
    """Starts the service on any free port, with a database of its own, and waits for it."""

    def start(*arguments: str, **variables: str) -> Command:
        command = manage("serve", "--port=0", f"--embedded={tmp_path}", *arguments, **variables)
        command.wait_until_it_serves()
        return command

    return start


_SETTINGS = frozenset(
    {"MONGODB_URI", "MONGODB_DATABASE", "MONGODB_SECRET_ID", "PORT", "AUTH_MODE", "CORS_ORIGINS"}
    | {"AGENT_METRICS_TOKEN", "RUNS_TTL_DAYS"}
)
