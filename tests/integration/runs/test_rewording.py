"""Runs of an older release have the outcome that their status means now, and no counter falls."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.runs import outcome_of_run, reword_outcomes, rewording
from tests import database_v1

Document = dict[str, Any]


@pytest.fixture
def old(app: Any, database: Database[Document]) -> list[Document]:
    runs = database_v1.documents("runs")
    database["runs"].insert_many(runs)
    return runs


def test_outcomes_are_rewritten_in_rounds_that_may_stop(
    database: Database[Document], old: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewording, "_RUNS_A_ROUND", 20)
    rounds = 0
    while reword_outcomes(0):
        rounds += 1
    assert rounds > 5
    before = {str(run["_id"]): run for run in old}
    changed = 0
    run: Any
    for run in database["runs"].find():
        was = before[str(run["_id"])]
        assert run["outcome"] == outcome_of_run(run)
        if run["outcome"] == was["outcome"]:
            assert run == was
            continue
        changed += 1
        assert (run["counted"]["outcome"], was["outcome"]) == ("other", "other")
        assert run["counted"].get("cost") == was.get("cost")
    assert changed > 50


def test_repeating_it_changes_nothing(database: Database[Document], old: list[Document]) -> None:
    while reword_outcomes(60):
        pass
    stored = list(database["runs"].find())
    database["upgrades"].delete_many({})
    while reword_outcomes(60):
        pass
    assert list(database["runs"].find()) == stored
    assert reword_outcomes(60) == 0
