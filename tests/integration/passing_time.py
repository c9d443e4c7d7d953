"""Time that passes without waiting: marks come of age, and processes forget."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import UpdateOne
from pymongo.database import Database

from chalicelib.database.recent import Recent
from chalicelib.rollups import day_folding, marks
from chalicelib.rollups import hours as rollups

# Longer than any mark needs to come of age.
A_WHILE_S = marks.GRACE_S + 20
PATIENCE_S = 60


def roll_up(database: Database[dict[str, Any]]) -> int:
    """What the scheduled function does to every marked hour, when no write is under way."""
    older = {"$subtract": ["$marked_at", A_WHILE_S * 1000]}
    database["rollup_marks"].update_many({}, [{"$set": {"marked_at": older}}])
    Recent.forget_all()
    done = rollups.recompute_marked(PATIENCE_S)
    assert database["rollup_marks"].count_documents({}) == 0
    return done


def fold_days() -> int:
    """What the scheduled function does next: fold days; how many of versions it folded."""
    folded = day_folding.fold_days(PATIENCE_S)
    assert folded.is_done
    Recent.forget_all()
    return folded.days


class Clock:
    """The time of this process and of the database, moved on in the middle of anything.

    What was marked before keeps its time, so a process that was held up meanwhile finds
    everything as it would.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._ahead_s = 0.0
        patch.setattr(Recent, "now", staticmethod(self.now))
        patch.setattr(marks, "UpdateOne", self._update)
        for module in (rollups, day_folding):
            patch.setattr(module, "server_time", self._server_time)

    def now(self) -> float:
        return time.time() + self._ahead_s

    @property
    def ahead(self) -> timedelta:
        """How far it has been moved on in all."""
        return timedelta(seconds=self._ahead_s)

    def move_on(self, seconds: float = A_WHILE_S) -> None:
        self._ahead_s += seconds

    def set_to(self, instant: datetime) -> None:
        """Let it be that time for the database."""
        self._ahead_s = instant.timestamp() - time.time()

    def _server_time(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def _update(self, where: Any, change: dict[str, Any], *, upsert: bool) -> UpdateOne:
        """A mark as the database would write it at this clock's time."""
        assert change.pop("$currentDate") == {"marked_at": True}
        return UpdateOne(
            where, change | {"$set": {"marked_at": self._server_time()}}, upsert=upsert
        )
