"""`manage.py index` and how long runs are kept: it says what changes, and asks before runs go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.values.instants import now
from management.mongod import Mongod
from tests.integration.fleet import Fleet, QuietClient
from tests.integration.management.serving import run_command
from tests.integration.metrics_oracle import Run
from tests.integration.passing_time import roll_up

pytestmark = pytest.mark.usefixtures("environment")


def test_it_changes_how_long_runs_are_kept_only_where_it_is_told_to(
    environment: None,
    app: Chalice,
    mongod: Mongod,
    database: Database[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def index(days: str, *options: str) -> tuple[int, str]:
        monkeypatch.setenv("RUNS_TTL_DAYS", days)
        where = (f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")
        result = run_command("index", *where, *options)
        return result.exit_code, result.output

    def in_force() -> int | None:
        return (database["retention"].find_one({}) or {}).get("days")

    Fleet(QuietClient(app)).post([Run(now() - timedelta(days=days)) for days in (1, 40, 50)])
    roll_up(database)
    assert "kept for ever" in index("")[1]
    code, said = index("30")
    assert code == 2
    assert "2 runs are older than that" in said
    assert "--delete-runs" in said
    assert in_force() is None
    assert "90 days, no longer for ever" in index("90")[1]
    assert "90 days, as before" in index("90")[1]
    code, said = index("")
    assert (code, in_force()) == (0, 90)
    assert "kept for 90 days, as before: RUNS_TTL_DAYS is not set" in said
    assert "30 days, no longer 90 days" in index("30", "--delete-runs")[1]
    assert in_force() == 30
    assert "kept for ever" in index("", "--keep-for-ever")[1]
    assert in_force() is None
