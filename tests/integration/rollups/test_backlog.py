"""For how long the oldest mark has waited: what the alarm on the backlog looks at."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from app import rollup
from chalicelib.rollups import backlog_age, counting
from tests.integration.fleet import Fleet, QuietClient
from tests.integration.metrics_oracle import Run
from tests.integration.passing_time import let_marks_age
from tests.lambda_client import SCHEDULED_EVENT

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def _fail(_: counting.Month) -> int:
    raise RuntimeError("a bug")


def test_what_cannot_be_counted_grows_old_and_is_logged(
    app: Chalice,
    database: Database[Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert backlog_age() == 0
    Fleet(QuietClient(app)).post([Run(NOON)])
    assert backlog_age() < 60
    let_marks_age(database, seconds=3_000)
    monkeypatch.setattr(counting.Month, "count", _fail)
    with caplog.at_level(logging.INFO):
        rollup(SCHEDULED_EVENT, None)
    (line,) = [record for record in caplog.records if record.message == "upkeep"]
    assert 3_000 <= line.__dict__["backlog_s"] < 3_060
    monkeypatch.undo()
    database["marks"].update_many({}, {"$unset": {"aside": ""}})
    assert rollup(SCHEDULED_EVENT, None) == 1
    assert backlog_age() == 0
