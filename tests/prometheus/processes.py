"""The service and Prometheus as processes, stopped at the end of a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
SCRAPE_S = 2
PATIENCE_S = 60


@contextmanager
def running(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@contextmanager
def service(uri: str, port: int) -> Iterator[str]:
    """Where the service answers, on a database named by its connection string."""
    serve = ("manage.py", "serve", f"--port={port}", f"--mongo-uri={uri}")
    url = f"http://127.0.0.1:{port}"
    with running(sys.executable, *serve, MONGODB_DATABASE="scraped"):
        wait_for(lambda: answers(f"{url}/ready"))
        yield url


@contextmanager
def prometheus(program: str, folder: Path, target: int, port: int) -> Iterator[Prometheus]:
    """Prometheus with one target, which it scrapes every two seconds."""
    jobs = [
        {
            "job_name": "agent-metrics",
            "metrics_path": "/metrics/prometheus",
            "static_configs": [{"targets": [f"127.0.0.1:{target}"]}],
        }
    ]
    settings = {"global": {"scrape_interval": f"{SCRAPE_S}s"}, "scrape_configs": jobs}
    config = folder / "prometheus.yml"
    config.write_text(json.dumps(settings))  # JSON is YAML
    options = (f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}")
    with running(program, f"--config.file={config}", *options):
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(f"{url}/-/ready"))
        yield Prometheus(url)


class Prometheus:
    """Its HTTP API."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, query: str) -> dict[str, float]:
        """The values of an instant query by agent, or under "" where there is none."""
        found = self._get("query", query=query)["result"]
        return {s["metric"].get("agent", ""): float(s["value"][1]) for s in found}

    def units(self) -> dict[str, str]:
        metadata: dict[str, list[dict[str, str]]] = self._get("metadata")
        return {name: entries[0]["unit"] for name, entries in metadata.items()}

    def _get(self, path: str, **query: str) -> Any:
        answer = httpx.get(f"{self._url}/api/v1/{path}", params=query).json()
        assert answer["status"] == "success", answer
        return answer["data"]


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def wait_for(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(SCRAPE_S / 4)
