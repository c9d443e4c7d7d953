"""The real service as a process, and what tests ask of it without the client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parents[1] / "src"
ROOT = Path(__file__).parents[3]

NewId = Callable[..., Any]
Stored = Callable[[], "list[dict[str, Any]]"]
Script = Callable[..., "subprocess.CompletedProcess[str]"]


class ServiceProcess:
    """`manage.py serve` on a MongoDB of its own; can be stopped, and started on the same port."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> ServiceProcess:
        own = ROOT / ".venv" / "bin" / "python"
        clean = {k: v for k, v in os.environ.items() if k not in ("MONGODB_URI", "PYTHONPATH")}
        self._process = subprocess.Popen(
            [
                *(str(own) if own.exists() else sys.executable, "manage.py", "serve"),
                *(f"--port={self.port}", f"--embedded={self._directory}"),
            ],
            cwd=ROOT,
            env={**clean, "AUTH_MODE": "off", "ALLOWED_HOSTS": "metrics.invalid"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        if not first.startswith("API"):
            self.stop()
            raise AssertionError(f"the service does not start: {first!r}")
        assert self._process.stdout.readline()
        self.port = int(first.split(":")[2].partition("/")[0])
        return self

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with process:
                process.terminate()
                process.wait(30)


def environment(url: str, agent: str, **variables: str) -> dict[str, str]:
    """For processes that use the client."""
    own = {
        "PYTHONPATH": str(SOURCES),
        "AGENT_METRICS_URL": url,
        "AGENT_METRICS_AGENT": agent,
        "AGENT_METRICS_VERSION": "1",
    }
    return {**os.environ, **own, **variables}


def call(url: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Ask the service without the client; gives the status and the answer."""
    request = urllib.request.Request(
        f"{url}{path}",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read() or b"null")
