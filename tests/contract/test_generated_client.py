"""A client that nobody wrote: openapi-python-client makes it from the committed document."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from management.openapi import DOCUMENT
from tests.contract.conftest import Service

PACKAGE = "generated_client"
# Its own formatting of what it writes would only take time.
CONFIGURATION = f"post_hooks: []\npackage_name_override: {PACKAGE}\n"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the generated package is; making it warned of nothing."""
    directory = tmp_path_factory.mktemp("client")
    configuration = directory / "configuration.yaml"
    configuration.write_text(CONFIGURATION)
    made = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta=none"),
            *(f"--path={DOCUMENT}", f"--output-path={directory / PACKAGE}"),
            *(f"--config={configuration}", "--fail-on-warning"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return directory


@pytest.fixture
def client(package: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(package))
    kind = import_module(PACKAGE).AuthenticatedClient
    with kind(base_url=service.url, token=service.token) as connected:
        yield connected


def test_a_generated_client_registers_reports_and_reads_metrics(client: Any) -> None:
    models = import_module(f"{PACKAGE}.models")
    registration = models.AgentRegistration(project="clients")
    agent = _call(client, "agents.register_agent", "generated", body=registration)
    assert (agent.name, agent.project) == ("generated", "clients")
    added = models.VersionRegistration(version="1.0")
    version = _call(client, "versions.add_version", "generated", body=added)
    assert (version.version, version.agent_id) == ("1.0", agent.id)

    runs = [
        models.RunReport(id=number, status="completed", time_taken="2s", cost=0.25)
        for number in range(1, 5)
    ]
    batch = models.RunBatch(runs=runs)
    result = _call(client, "runs.record", "generated", "1.0", body=batch)
    assert (result.accepted, result.created, result.rejected) == (4, 4, 0)

    metrics = _call(client, "metrics.get_agent_metrics", "generated")
    assert (metrics.runs, metrics.success_rate) == (4, 1.0)
    assert (metrics.duration_ms.p50, metrics.cost.total) == (2000, 1)
    listed = _call(client, "runs.list_agent_runs", "generated", limit=2)
    assert len({run.id for run in listed}) == 2


def test_a_generated_client_reads_an_error(client: Any) -> None:
    problem = _call(client, "agents.get_agent", "nobody")
    assert (problem.status, problem.code) == (404, "agent_not_found")


def _call(client: Any, operation: str, *path: str, **parameters: Any) -> Any:
    """The parsed answer of an operation, named as `tag.operation_id`."""
    module = import_module(f"{PACKAGE}.api.{operation}")
    return module.sync(*path, client=client, **parameters)
