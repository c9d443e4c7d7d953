"""A fleet whose runs are kept for some days, and a clock by which they grow old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.database import retention
from chalicelib.database.indexes import ensure_indexes
from chalicelib.database.recent import Recent
from tests.integration.fleet import Fleet, QuietClient

DAYS = 30
NOW = datetime(2026, 6, 1, 12, 34, 56, tzinfo=UTC)
Data = Database[dict[str, Any]]
SetNow = Callable[[datetime], None]


@pytest.fixture
def set_now(monkeypatch: pytest.MonkeyPatch) -> SetNow:
    """Moves the clock by which runs are old; to NOW at first."""

    def set_to(instant: datetime) -> None:
        monkeypatch.setattr(retention, "now", lambda: instant)

    set_to(NOW)
    return set_to


@pytest.fixture
def fleet(app: Chalice, database: Data, set_now: SetNow) -> Fleet:
    """A fleet whose runs are kept for DAYS."""
    keep_for(database, DAYS)
    return Fleet(QuietClient(app))


def keep_for(database: Data, days: int | None) -> None:
    ensure_indexes(database, days)
    Recent.forget_all()
