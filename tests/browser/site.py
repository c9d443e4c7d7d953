"""The service as a process of its own, for a browser to visit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from management.mongod import Mongod

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90
_SETTINGS = ("MONGODB_SECRET_ID", "PORT", "CORS_ORIGINS", "RUNS_TTL_DAYS", "AGENT_METRICS_TOKEN")


@dataclass(frozen=True)
class Site:
    """Where the service answers, and the database that it reads."""

    url: str
    mongo_uri: str
    database: str

    def get(self, path: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{path}", timeout=PATIENCE_S)
        return answer.raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        answer = httpx.post(f"{self.url}/api/v1/{path}", json=body, timeout=PATIENCE_S)
        return answer.raise_for_status().json()

    def manage(self, *arguments: str) -> str:
        """What `manage.py` says to standard output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=_environment(self.mongo_uri, self.database, "off"),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=True,
        )
        return done.stdout


@contextmanager
def running_site(mongod: Mongod, database: str, auth_mode: str = "off") -> Iterator[Site]:
    """`manage.py serve` on a free port and this database, until the end of the `with`."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port=0"],
        cwd=ROOT,
        env=_environment(mongod.uri, database, auth_mode),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            first_line = process.stdout.readline()
            assert first_line.startswith("API"), f"it ended: {process.poll()}"
            process.stdout.readline()
            url = first_line.split()[1].removesuffix("/api/v1/agents")
            yield Site(url, mongod.uri, database)
        finally:
            process.terminate()


def _environment(uri: str, database: str, auth_mode: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
    ours = {"MONGODB_URI": uri, "MONGODB_DATABASE": database, "AUTH_MODE": auth_mode}
    return {**kept, **ours}
