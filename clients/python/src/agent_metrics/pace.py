"""When to send next: not each run alone, and not at once again what has just failed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from agent_metrics.errors import UnreachableError

LONGEST_WAIT_S = 60.0
LONGEST_HURRIED_WAIT_S = 1.0
LONGEST_ASKED_WAIT_S = 3600.0
_FIRST_WAIT_S = 0.5


class Pace:
    """Waits that grow from half a second to a minute, with jitter; longer if the service asks."""

    def __init__(self) -> None:
        self.not_before = 0.0
        self._failures = 0
        self._is_asked_to_wait = False

    def put_off(self, error: UnreachableError, *, is_hurried: bool = False) -> None:
        """Wait before the next try; while somebody waits for it, not for long."""
        most = LONGEST_HURRIED_WAIT_S if is_hurried else LONGEST_WAIT_S
        longest = min(most, _FIRST_WAIT_S * 2.0 ** min(self._failures, 10))
        self._failures += 1
        wait = random.uniform(longest / 2, longest)
        self._is_asked_to_wait = error.retry_after_s is not None
        if error.retry_after_s is not None:
            wait = max(wait, min(error.retry_after_s, LONGEST_ASKED_WAIT_S))
        self.not_before = time.monotonic() + wait

    def succeed(self) -> None:
        self.not_before, self._failures, self._is_asked_to_wait = 0.0, 0, False

    def hurry(self) -> None:
        """Try again at once, unless the service itself has asked for the wait."""
        if not self._is_asked_to_wait:
            self.not_before = 0.0


class Heartbeats:
    """Reports that are due every so many seconds, until they are stopped."""

    def __init__(self) -> None:
        self._beats: dict[int, tuple[float, float, Callable[[], None]]] = {}

    def start(self, key: int, every_s: float, report: Callable[[], None]) -> None:
        self._beats[key] = (time.monotonic() + every_s, every_s, report)

    def stop(self, key: int) -> None:
        self._beats.pop(key, None)

    def next_due(self) -> float | None:
        return min((due for due, _, _ in list(self._beats.values())), default=None)

    def report(self) -> None:
        """Make the reports that are due."""
        now = time.monotonic()
        for key, (due, every_s, report) in list(self._beats.items()):
            if due <= now and key in self._beats:
                self._beats[key] = (now + every_s, every_s, report)
                report()
