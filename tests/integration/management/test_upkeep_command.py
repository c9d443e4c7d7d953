"""`manage.py upkeep`: until nothing waits that can be done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from management.mongod import Mongod
from tests.integration.fleet import Fleet, QuietClient
from tests.integration.management.serving import run_command
from tests.integration.metrics_oracle import Run
from tests.integration.passing_time import let_marks_age, roll_up

pytestmark = pytest.mark.usefixtures("environment")
START = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = 60  # more than one round


@pytest.fixture
def fleet(environment: None, app: Chalice) -> Fleet:
    return Fleet(QuietClient(app))


@pytest.mark.parametrize("command", ["upkeep", "rollup"])
def test_every_hour_that_waits_is_counted(
    fleet: Fleet, mongod: Mongod, database: Database[dict[str, Any]], command: str
) -> None:
    fleet.post([Run(START + timedelta(hours=n)) for n in range(HOURS)])
    let_marks_age(database, 3600)
    fleet.post([Run(START + timedelta(days=40))])
    arguments = (command, f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")

    result = run_command(*arguments)

    assert result.exit_code == 0
    assert result.stdout == (
        f"{HOURS} hours counted.\n"
        "1 months of versions wait, most of them written to in the last 3 minutes:"
        " repeat it after that.\n"
    )
    assert "1/2" in result.stderr
    assert database["marks"].count_documents({}) == 1
    assert fleet.ask()["runs"] == HOURS + 1
    assert run_command(*arguments).stdout.startswith("0 hours counted.\n1 months")


def test_everything_can_be_counted_anew(
    fleet: Fleet, mongod: Mongod, database: Database[dict[str, Any]]
) -> None:
    """Whatever is stored is replaced by what the runs add up to."""
    fleet.post([Run(START + timedelta(hours=n)) for n in range(HOURS)])
    roll_up(database)
    database["tiles"].update_many({"_id.kind": "month"}, {"$set": {"exponent": 9}})
    arguments = (f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")
    assert run_command("upkeep", "--all", *arguments).stdout == f"{HOURS} hours counted.\n"
    assert database["tiles"].count_documents({"exponent": 9}) == 0
    assert fleet.ask()["runs"] == HOURS


def test_a_database_that_was_never_prepared_has_nothing_to_do(
    mongod: Mongod, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNS_TTL_DAYS", "30")
    result = run_command("upkeep", f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")
    assert (result.exit_code, result.stdout) == (0, "0 hours counted.\n")
    # It is what is asked for before runs may expire, so it must not ask for that itself.
    assert "runs_expiry" not in database["runs"].index_information()


def test_no_database_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.database.connection.SERVER_SELECTION_TIMEOUT_S", 0.3)
    result = run_command("upkeep", "--mongo-uri=mongodb://127.0.0.1:1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no usable database at mongodb://127.0.0.1:1" in result.stderr
