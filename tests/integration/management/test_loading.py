"""`manage.py import` and `demo` against the service, as real processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo.database import Database

from management.mongod import Mongod, free_port
from tests.integration.management.conftest import Command, Manage


@pytest.fixture
def service(manage: Manage, mongod: Mongod, database: Database[dict[str, Any]]) -> Command:
    command = manage(
        *("serve", "--port=0", f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")
    )
    command.wait_until_it_serves()
    return command


def write_runs(path: Path, count: int, **fields: Any) -> Path:
    lines = [
        {"version": f"1.{number % 3}", "run": {"id": number, "status": "completed"} | fields}
        for number in range(1, count + 1)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_file_loaded_twice_is_stored_once(
    service: Command, manage: Manage, tmp_path: Path
) -> None:
    file = write_runs(tmp_path / "runs.jsonl", 40, created="2026-03-01T12:00:00Z")
    load = ("import", str(file), "--agent=a/b", f"--url={service.url}", "--batch-size=7")

    code, out, err = manage(*load).finish()
    assert (code, out) == (
        0,
        "40 runs: 40 created, 0 updated, 0 unchanged, 0 superseded, 0 refused\n",
    )
    assert "40/40" in err

    code, out, _ = manage(*load).finish()
    assert (code, out) == (
        0,
        "40 runs: 0 created, 0 updated, 40 unchanged, 0 superseded, 0 refused\n",
    )
    assert len(httpx.get(f"{service.url}/api/v1/agents/a%2Fb/runs").json()) == 40


def test_what_is_refused_is_said_by_line_and_the_rest_is_stored(
    service: Command, manage: Manage, tmp_path: Path
) -> None:
    file = write_runs(tmp_path / "runs.jsonl", 6)
    lines = file.read_text().splitlines()
    lines[1] = "{nope"
    lines[3] = json.dumps({"version": "1.0", "run": {"id": 4, "status": "ok", "cost": -1}})
    file.write_text("\n".join(lines))

    code, out, err = manage("import", str(file), "--agent=a", f"--url={service.url}").finish()

    assert code == 1
    assert "6 runs: 4 created, 0 updated, 0 unchanged, 0 superseded, 2 refused" in out
    assert "(line 2)" in out
    assert "cost" in out
    assert "(line 4)" in out
    assert "Traceback" not in err


def test_runs_without_an_id_or_a_time_are_stored_once_too(
    service: Command, manage: Manage, tmp_path: Path
) -> None:
    file = write_runs(tmp_path / "runs.jsonl", 5, id=None)
    load = ("import", str(file), "--agent=a", f"--url={service.url}")

    assert "5 created" in manage(*load).finish()[1]
    assert "5 unchanged" in manage(*load).finish()[1]


def test_the_project_of_an_agent_stays_unless_it_is_named(
    service: Command, manage: Manage, tmp_path: Path
) -> None:
    file = write_runs(tmp_path / "runs.jsonl", 1)
    load = ("import", str(file), "--agent=a", f"--url={service.url}")

    assert manage(*load, "--project=billing").finish()[0] == 0
    assert manage(*load).finish()[0] == 0
    code, _, err = manage(*load, "--project=support").finish()

    assert httpx.get(f"{service.url}/api/v1/agents/a").json()["project"] == "billing"
    assert code == 2
    assert "agent_conflict" in err


def test_no_service_is_one_line_at_once(manage: Manage, tmp_path: Path) -> None:
    file = write_runs(tmp_path / "runs.jsonl", 1)
    url = f"http://127.0.0.1:{free_port()}"

    code, out, err = manage("import", str(file), "--agent=a", f"--url={url}").finish()

    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "make run" in err


def test_the_demo_loads_once_and_is_unchanged_when_repeated(
    service: Command, manage: Manage
) -> None:
    load = ("demo", "--runs=300", f"--url={service.url}")

    code, out, err = manage(*load).finish()
    assert code == 0
    assert " 0 refused" in out
    assert "%|" in err

    code, again, _ = manage(*load).finish()
    assert code == 0
    assert int(again.split()[6]) > 0.95 * int(out.split()[2])
    agents = httpx.get(f"{service.url}/api/v1/agents").json()
    assert len({agent["project"] for agent in agents}) == 3
