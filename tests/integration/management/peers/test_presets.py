"""Runs of other programs, as these programs themselves write them."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from chalice import Chalice
from click.testing import Result

from management.mongod import free_port
from tests.integration.management.peers.conftest import PYTHON, Write
from tests.integration.management.serving import run_command, serve
from tests.lambda_client import LambdaClient

# MLflow makes its tables in a hundred steps, and its server starts slowly on a busy machine.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def client(app: Chalice) -> LambdaClient:
    return LambdaClient(app)


@pytest.fixture
def url(app: Chalice) -> Iterator[str]:
    with serve(app) as address:
        yield address


def load(url: str, *arguments: str) -> Result:
    result = run_command("import", *arguments, f"--url={url}")
    assert result.exit_code == 0, result.output
    return result


def runs_of(client: LambdaClient, path: str) -> dict[Any, dict[str, Any]]:
    return {run["task_id"] or run["status"]: run for run in client.get(path).json}


def test_inspect_logs_become_runs_with_scores_tokens_and_verdicts(
    write: Write, url: str, client: LambdaClient, tmp_path: Path
) -> None:
    write("write_inspect.py", str(tmp_path / "logs"))
    packed, plain = sorted(tmp_path.joinpath("logs").iterdir())
    assert (packed.suffix, plain.suffix) == (".eval", ".json")

    for log in (packed, plain):
        assert "2 runs: 2 created" in load(url, str(log), "--from=inspect").output
    repeated = load(url, str(tmp_path / "logs"), "--from=inspect").output
    assert "4 runs: 0 created, 0 updated, 4 unchanged" in repeated

    runs = client.get("/api/v1/agents/arithmetic/versions/mockllm%2Fmodel/runs").json
    assert len(runs) == 4
    right = [run for run in runs if run["task_id"] == "first"]
    wrong = [run for run in runs if run["task_id"] == 2]
    assert {(run["outcome"], run["score"]) for run in right} == {("succeeded", 1.0)}
    assert {(run["outcome"], run["score"]) for run in wrong} == {("failed", 0.0)}
    for run in runs:
        tokens = (run["input_tokens"], run["output_tokens"], run["cache_read_input_tokens"])
        assert tokens == (100, 10, 40)
        assert run["models"] == ["mockllm/model"]
        assert run["duration_ms"] is not None


@pytest.mark.parametrize("kind", ["folder", "sqlite"])
def test_an_mlflow_store_becomes_runs(
    write: Write, url: str, client: LambdaClient, tmp_path: Path, kind: str
) -> None:
    store = f"sqlite:///{tmp_path}/mlflow.db" if kind == "sqlite" else str(tmp_path / "mlruns")
    write("write_mlflow.py", store)

    assert "2 runs: 2 created" in load(url, store, "--from=mlflow").output
    assert "2 unchanged" in load(url, store, "--from=mlflow").output
    assert_mlflow_runs(client)


def test_an_mlflow_server_is_asked_for_its_runs(
    write: Write, url: str, client: LambdaClient, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/mlflow.db"
    write("write_mlflow.py", store)
    port = free_port()
    command = [str(PYTHON.with_name("mlflow")), "server", "--backend-store-uri", store]
    command += ["--host=127.0.0.1", f"--port={port}", "--workers=1"]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/health")
        source = f"http://127.0.0.1:{port}"
        assert "2 runs: 2 created" in load(url, source, "--from=mlflow").output
    finally:
        server.terminate()
        server.wait()
    assert_mlflow_runs(client)


def assert_mlflow_runs(client: LambdaClient) -> None:
    (good,) = client.get("/api/v1/agents/coder/versions/1.2/runs").json
    expected = {"outcome": "succeeded", "cost": 0.25, "score": 0.9, "input_tokens": 1200}
    assert good | expected == good
    assert good["models"] == ["m1"]
    assert good["metadata"] == {"model": "m1", "version": "1.2", "temperature": "0.5"}
    (bad,) = client.get("/api/v1/agents/coder/versions/unversioned/runs").json
    assert (bad["outcome"], bad["cost"]) == ("failed", 0.5)


def wait_for(address: str) -> None:
    deadline = time.monotonic() + 300
    while True:
        try:
            httpx.get(address, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


@pytest.mark.parametrize("form", ["lines", "list", "object"])
def test_swe_bench_predictions_get_their_verdicts_from_the_report(
    url: str, client: LambdaClient, tmp_path: Path, form: str
) -> None:
    instances = [f"django__django-{number}" for number in (1, 2, 3, 4)]
    predictions = [
        {"instance_id": name, "model_name_or_path": "agent-7b", "model_patch": "diff"}
        for name in instances
    ]
    file, report = tmp_path / "preds.jsonl", tmp_path / "report.json"
    file.write_text(
        {
            "lines": "\n".join(map(json.dumps, predictions)),
            "list": json.dumps(predictions),
            "object": json.dumps({p["instance_id"]: p for p in predictions}),
        }[form]
    )
    report.write_text(
        json.dumps(
            {
                "resolved_ids": instances[:1],
                "unresolved_ids": instances[1:2],
                "error_ids": instances[2:3],
                "submitted_ids": instances,
            }
        )
    )

    load(url, str(file), "--from=swe-bench", "--agent=solver")
    # The verdicts may come later, and are taken once.
    load(url, str(file), "--from=swe-bench", "--agent=solver", f"--report={report}")
    again = load(url, str(file), "--from=swe-bench", "--agent=solver", f"--report={report}")

    assert "4 unchanged" in again.output
    runs = runs_of(client, "/api/v1/agents/solver/versions/agent-7b/runs")
    assert [runs[name]["outcome"] for name in instances] == ["succeeded", *["failed"] * 3]
