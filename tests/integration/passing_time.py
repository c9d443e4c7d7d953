"""Time that passes without waiting: marks come of age, and processes forget."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import UpdateOne
from pymongo.database import Database

from chalicelib.database.recent import Recent
from chalicelib.rollups import counting, marks, upkeep

# Longer than any mark needs to come of age.
A_WHILE_S = marks.GRACE_S + 20
PATIENCE_S = 60


def let_marks_age(database: Database[dict[str, Any]], seconds: float = A_WHILE_S) -> None:
    """Let every mark be older by this; by default so old that no write is under way."""
    milliseconds = round(seconds * 1000)
    older = {"k": "$$this.k", "v": {"$subtract": ["$$this.v", milliseconds]}}
    hours = {"$arrayToObject": {"$map": {"input": {"$objectToArray": "$hours"}, "in": older}}}
    oldest = {"$subtract": ["$oldest", milliseconds]}
    database["marks"].update_many({}, [{"$set": {"hours": hours, "oldest": oldest}}])
    Recent.forget_all()


def roll_up(database: Database[dict[str, Any]]) -> int:
    """What the scheduled function does to every marked hour, when no write is under way."""
    let_marks_age(database)
    done = upkeep.count_marked(PATIENCE_S)
    assert database["marks"].count_documents({}) == 0
    return done


# How runs may be kept, and how many rows a month's tile and a day's hold at most for that.
KINDS_OF_TILES = {"months": (4_000, 2_000), "days": (1, 2_000), "blocks": (1, 1)}


def keep_in(kind: str, patch: pytest.MonkeyPatch) -> None:
    """Let runs be kept in tiles of this kind, as if there were as many as that takes."""
    most_a_month, most_a_day = KINDS_OF_TILES[kind]
    patch.setattr(counting, "ROWS_A_MONTH", most_a_month)
    patch.setattr(counting, "ROWS_A_DAY", most_a_day)


class Clock:
    """The time of this process and of the database, moved on in the middle of anything.

    What was marked before keeps its time, so a process that was held up meanwhile finds
    everything as it would.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._ahead_s = 0.0
        # By how much the database's clock is wrong.
        self.server_ahead_s = 0.0
        patch.setattr(Recent, "now", staticmethod(self.now))
        patch.setattr(marks, "UpdateOne", self._update)
        patch.setattr(upkeep, "_server_clock", self._server_time)

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
        return datetime.fromtimestamp(self.now() + self.server_ahead_s, UTC)

    def _update(self, where: Any, change: Any, **options: Any) -> UpdateOne:
        """A mark as the database would write it at this clock's time."""
        return UpdateOne(where, self._at_this_time(change), **options)

    def _at_this_time(self, change: Any) -> Any:
        if change == "$$NOW":
            return self._server_time()
        if isinstance(change, dict):
            return {name: self._at_this_time(value) for name, value in change.items()}
        return [self._at_this_time(each) for each in change] if isinstance(change, list) else change
