"""No request takes the process anywhere near the memory that its function has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.database.indexes import ensure_indexes
from management.mongod import Mongod

ROOT = Path(__file__).parents[3]
MOST_MB = 512


@pytest.mark.timeout(600)
def test_every_route_stays_small_at_its_largest_input(
    mongod: Mongod, database: Database[dict[str, Any]]
) -> None:
    ensure_indexes(database)
    module = "tests.integration.http.memory_process"
    asked = subprocess.run(
        [sys.executable, "-m", module, mongod.uri, database.name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr[-2000:]
    lines = [json.loads(line) for line in asked.stdout.splitlines()]
    assert len(lines) > 60
    too_much = [(what, peak) for what, _, peak in lines if peak > MOST_MB]
    assert too_much[:1] == [], "the first request to take more"
    failed = [(what, status) for what, status, _ in lines if status >= 500]
    assert failed == []
