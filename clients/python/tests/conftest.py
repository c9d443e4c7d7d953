"""The real service, started once for each process of the tests; agents of each test's own.

It is started by the repository's own Python, so that the tests can run under any other.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from running import NewId, Script, ServiceProcess, Stored, environment

from agent_metrics import Client

_VARIABLES = ("URL", "TOKEN", "PROJECT", "AGENT", "VERSION")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service that is there for all tests."""
    running = ServiceProcess(tmp_path_factory.mktemp("service")).start()
    yield running.url
    running.stop()


@pytest.fixture
def service_process(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service of the test's own, which it may stop."""
    running = ServiceProcess(tmp_path / "service").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def new_id() -> NewId:
    """A new run's id, whatever it is asked with: in `track` it is given a call's arguments."""
    return lambda *_, **__: str(uuid4())


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(f"AGENT_METRICS_{name}", raising=False)
    for name in _PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def agent() -> str:
    return f"agent/{uuid4().hex}"


@pytest.fixture
def client(service: str, agent: str) -> Iterator[Client]:
    """A client of the service, for version 1 of the test's agent."""
    with Client(url=service, agent=agent, version="1", flush_interval=0.05) as made:
        yield made


@pytest.fixture
def stored(service: str, agent: str) -> Stored:
    """The runs of the test's agent, as the service has them; oldest first."""

    def read() -> list[dict[str, Any]]:
        with Client(url=service, agent=agent) as reader:
            return list(reader.runs())[::-1]

    return read


@pytest.fixture
def script(agent: str) -> Script:
    """Runs Python code in a process of its own, with the client and the test's agent."""

    def run(code: str, url: str, *arguments: str, **variables: str) -> Any:
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            env=environment(url, agent, **variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
