"""What `export` writes, `import` takes back: to the same runs, and so to the same metrics."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chalice import Chalice

from tests.integration.management.serving import run_command, serve
from tests.lambda_client import LambdaClient

AGENT = "/api/v1/agents/coder"
FORMATS = ("csv", "ndjson", "parquet")
# Of another agent or another recording, or what says how a run came to be.
_NOT_COMPARED = ("agent", "agent_id", "version_id", "recorded_at", "truncated")
RUNS: list[dict[str, Any]] = [
    {
        "id": 1,
        "status": "completed",
        "time_taken": "5m30s",
        "cost": 0.1,
        "created": "2026-03-01T12:00:36Z",
    },
    {"id": -2, "status": "failed", "time_taken": 1.5, "created": "2026-03-01T12:00:36.125Z"},
    {"id": "astropy__astropy-12907.trial-3", "status": "completed", "outcome": "failed"},
    {"id": "=1+1", "status": "=cmd()", "initiator": "@ann", "error": '-1\n"quoted", and\r\nmore'},
    {"id": "+x", "status": "ok", "initiator": "'tis", "tools": ["=a", "b,c"], "models": ["m"]},
    {"id": 6, "status": "running", "initiator": "", "metadata": {"k": "=1", "n": 1, "b": True}},
    {
        "id": 2**63 - 1,
        "task_id": "t-1",
        "status": "ok",
        "input_tokens": 100,
        "output_tokens": 10,
        "cache_read_input_tokens": 50,
        "score": -0.25,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    },
    {"id": 8, "status": "what's that?", "error": "x" * 5000},
    {"id": 12, "status": "ok", "task_id": 7, "score": 1},
    {"id": "12.0", "status": "1.0", "task_id": "007", "initiator": "1e3", "trace_id": "0012"},
    {"id": "007", "status": "ok", "task_id": "12.0", "tools": ["1", "2.0"], "error": "12.0"},
    {"id": "1e3", "status": "null", "task_id": "nan", "metadata": {"v": "1.0", "w": 1.0}},
    {"id": " 12 ", "status": "ok", "task_id": "-5.0", "initiator": "NaN", "models": ["null"]},
    {"id": "9223372036854775808", "status": "ok", "task_id": "1_0", "time_taken": "90s"},
]


@pytest.fixture
def client(app: Chalice) -> LambdaClient:
    """A client of a service with RUNS of `coder` in two versions."""
    client = LambdaClient(app)
    client.post(f"{AGENT}/register", {"project": "tests"})
    for version in ("1.0", "=2"):
        client.post(f"{AGENT}/versions", {"version": version})
    runs = [{"created": "2026-03-01T13:00:00Z"} | run for run in RUNS]
    assert client.post(f"{AGENT}/versions/1.0/runs", {"runs": runs}).json["created"] == len(runs)
    assert client.post(f"{AGENT}/versions/%3D2/runs", runs[0]).status == 201
    return client


@pytest.fixture
def url(app: Chalice, client: LambdaClient) -> Iterator[str]:
    with serve(app) as address:
        yield address


def runs_of(client: LambdaClient, agent: str) -> list[dict[str, Any]]:
    runs = client.get(f"/api/v1/agents/{agent}/runs").json
    kept = [{k: v for k, v in run.items() if k not in _NOT_COMPARED} for run in runs]
    return sorted(kept, key=lambda run: (run["version"], repr(run["id"])))


def export(url: str, out: Path, form: str) -> Path:
    result = run_command("export", "coder", f"--url={url}", f"--out={out}", f"--format={form}")
    assert result.exit_code == 0, result.output
    return out


@pytest.mark.parametrize("form", FORMATS)
def test_what_goes_out_comes_back_the_same(
    client: LambdaClient, url: str, tmp_path: Path, form: str
) -> None:
    file = export(url, tmp_path / f"runs.{form}", form)

    result = run_command("import", str(file), f"--url={url}", "--agent=copy")

    assert result.exit_code == 0, result.output
    assert f"{len(RUNS) + 1} runs: {len(RUNS) + 1} created" in result.output
    assert runs_of(client, "copy") == runs_of(client, "coder")
    metrics = [client.get(f"/api/v1/agents/{name}/metrics").json for name in ("copy", "coder")]
    for answer in metrics:
        answer.pop("last_run", None)
    assert metrics[0] == metrics[1]


@pytest.mark.parametrize("form", FORMATS)
def test_taking_it_back_where_it_came_from_changes_nothing(
    client: LambdaClient, url: str, tmp_path: Path, form: str
) -> None:
    before = runs_of(client, "coder")
    file = export(url, tmp_path / f"runs.{form}", form)

    result = run_command("import", str(file), f"--url={url}")

    assert result.exit_code == 0, result.output
    assert f"{len(RUNS) + 1} runs: 0 created, 0 updated, {len(RUNS) + 1} unchanged" in result.output
    assert runs_of(client, "coder") == before


def test_no_cell_is_a_formula_and_times_have_one_shape(url: str, tmp_path: Path) -> None:
    file = export(url, tmp_path / "runs.csv", "csv")
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))

    texts = [v for row in rows for k, v in row.items() if k not in ("id", "score")]
    assert [v for v in texts if v.startswith(("=", "+", "-", "@", "\t"))] == []
    assert {row["id"] for row in rows} >= {"-2", "'=1+1", "'+x", "9223372036854775807"}
    assert {len(row["created"]) for row in rows} == {len("2026-03-01T12:00:36.125Z")}
    assert "2026-03-01T12:00:36.000Z" in {row["created"] for row in rows}


def test_columns_stay_where_they_are(url: str, tmp_path: Path) -> None:
    """Programs count them: a new field is a new last column."""
    header = export(url, tmp_path / "runs.csv", "csv").read_text().splitlines()[0]
    assert header == (
        "id,task_id,agent_id,agent,version_id,version,created,status,outcome,time_taken,"
        "duration_ms,initiator,tools,models,cost,recorded_at,input_tokens,output_tokens,error,"
        "metadata,cache_read_input_tokens,cache_creation_input_tokens,reasoning_output_tokens,"
        "score,trace_id,truncated,corrected"
    )


def test_a_table_comes_in_through_standard_input(url: str, client: LambdaClient) -> None:
    table = "when,result,what\n1772366400,true,a\n1772370000,false,b\n"
    options = ["--agent=piped", "--format=csv", "--set=version=7", "--map=created=when"]
    options += ["--map=outcome=result", "--map=metadata.what=what", f"--url={url}"]
    done = subprocess.run(
        [sys.executable, "manage.py", "import", "-", *options],
        input=table,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    runs = client.get("/api/v1/agents/piped/versions/7/runs").json
    assert [(r["outcome"], r["metadata"], r["created"]) for r in runs] == [
        ("failed", {"what": "b"}, "2026-03-01T13:00:00Z"),
        ("succeeded", {"what": "a"}, "2026-03-01T12:00:00Z"),
    ]


def test_a_dry_run_shows_the_first_runs_and_every_fault_and_sends_nothing(
    url: str, client: LambdaClient, tmp_path: Path
) -> None:
    file = tmp_path / "runs.csv"
    file.write_text("version,status,cost,extra\n1,ok,0.5,x\n1,ok,-1,x\n1,,1,x\n")

    result = run_command("import", str(file), "--agent=dry", f"--url={url}", "--dry-run")

    assert result.exit_code == 1
    shown, summary, *faults = result.output.splitlines()
    assert shown == '{"agent": "dry", "version": "1", "run": {"status": "ok", "cost": 0.5}}'
    assert summary == "1 runs could be sent, 2 could not. Nothing was sent."
    assert "(line 3)" in faults[0]
    assert "no status: use --map" in faults[1]
    assert faults[-1] == "columns not used: extra"
    assert client.get("/api/v1/agents/dry").status == 404


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.csv", "--agent=a"], "cannot be read: No such file"),
        (["README.md", "--agent=a", "--map=price=x"], "FIELD is one of "),
        (["README.md", "--agent=a", "--from=inspect", "--map=id=x"], "use --set"),
        (["missing", "--from=inspect"], "no file or folder"),
        (["README.md", "--from=inspect"], "no complete log of Inspect"),
        (["missing", "--from=mlflow"], "no MLflow store"),
        (["README.md", "--from=mlflow"], "no MLflow store"),
        (["docs", "--from=mlflow"], "no experiments"),
        (["pyproject.toml", "--from=swe-bench", "--report=README.md"], "no report of SWE-bench"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(url: str, arguments: list[str], said: str) -> None:
    result = run_command("import", *arguments, f"--url={url}")

    assert result.exit_code == 2
    assert said in result.output.replace("\n", " ")
    assert "Traceback" not in result.output
