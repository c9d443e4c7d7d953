"""What became of the reports, counted."""

from __future__ import annotations

import threading
from typing import NamedTuple

from agent_metrics.delivery import Outcome


class Stats(NamedTuple):
    """What became of the reports of this process so far.

    A run has two reports, of its start and of its end. A start that is overtaken by its end goes
    with it, and counts as delivered.
    """

    recorded: int
    delivered: int
    refused: int
    dropped: int
    waiting: int


class Accounts:
    """Counts that many threads add to."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._recorded = 0
        self._delivered = 0
        self._refused = 0
        self._dropped = 0
        self._lost_at_last_look = 0

    def record(self) -> None:
        with self._lock:
            self._recorded += 1

    def drop(self) -> None:
        with self._lock:
            self._dropped += 1

    def settle(self, outcome: Outcome) -> None:
        with self._lock:
            self._delivered += outcome.delivered
            self._refused += outcome.refused

    def has_lost(self) -> bool:
        """Whether any was dropped or refused since this was asked the last time."""
        with self._lock:
            lost = self._dropped + self._refused
            before, self._lost_at_last_look = self._lost_at_last_look, lost
            return lost > before

    def stats(self, waiting: int) -> Stats:
        with self._lock:
            return Stats(self._recorded, self._delivered, self._refused, self._dropped, waiting)
