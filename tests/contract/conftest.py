"""The service as a process of its own, locked, with the data that the document's examples name."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from chalicelib.openapi.examples import recording
from management.mongod import Mongod

ROOT = Path(__file__).parents[2]
DATABASE = "contract"
START_TIMEOUT_S = 60


class Service(NamedTuple):
    """Where it is, and a token of the scope `admin`."""

    url: str
    token: str


@pytest.fixture(scope="session")
def service(mongod: Mongod, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    log = tmp_path_factory.mktemp("service") / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            _manage(mongod, "serve", "--port=0"),
            cwd=ROOT,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            started = Service(_address(process), _make_token(mongod))
            _seed(started)
            yield started
        finally:
            process.terminate()
    assert "Traceback" not in log.read_text()


def _manage(mongod: Mongod, *arguments: str) -> list[str]:
    database = [f"--mongo-uri={mongod.uri}", f"--db-name={DATABASE}"]
    return [sys.executable, "manage.py", *arguments, *database]


def _environment() -> dict[str, str]:
    """Without settings of the machine that runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "AUTH_MODE": "token"}


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    first_line = process.stdout.readline()
    url = first_line.split()[1].removesuffix("/api/v1/agents")
    assert httpx.get(f"{url}/ready", timeout=START_TIMEOUT_S).status_code == 200
    return url


def _make_token(mongod: Mongod) -> str:
    made = subprocess.run(
        _manage(mongod, "token", "create", "--name=contract", "--scope=admin"),
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return next(word for word in made.stdout.split() if word.startswith("amt_"))


def _seed(service: Service) -> None:
    """Send what the recorded session sent, so that the document's examples lead somewhere."""
    with httpx.Client(
        base_url=service.url, headers={"Authorization": f"Bearer {service.token}"}
    ) as client:
        for exchange in recording()["exchanges"]:
            operation, path = exchange["operation"], exchange["path"]
            # A watch has another id here than when it was recorded, and the agent that is changed
            # there is there for that alone.
            if exchange["request"] is None or operation in ("change_watch", "change_agent"):
                continue
            method = "PATCH" if operation.startswith(("correct_", "change_")) else "POST"
            sent = client.request(method, path, json=exchange["request"])
            assert sent.status_code == exchange["status"]
            if exchange["operation"] == "add_version":
                client.post(exchange["path"], json={"version": "1.4.1"})
