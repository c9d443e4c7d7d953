"""Delivering what other processes, or a fuller moment of this one, left in the spool."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from agent_metrics.delivery import Delivery, Outcome
from agent_metrics.errors import UnreachableError
from agent_metrics.notices import Notices
from agent_metrics.settings import Target
from agent_metrics.spool import Spool, read_segment

LOOK_EVERY_S = 60.0
BATCH_RUNS = 1_000


class Leftovers:
    """Segments that nobody holds: looked for at the start, when told, and now and then."""

    def __init__(self, spool: Spool | None, delivery: Delivery, notices: Notices) -> None:
        self._spool = spool
        self._delivery = delivery
        self._notices = notices
        # True until a look has shown that there is nothing.
        self.may_exist = spool is not None
        self._look_again_at = 0.0

    def expect(self) -> None:
        """There may be something now."""
        self.may_exist = self._spool is not None

    def deliver(self, count: Callable[[Outcome], None]) -> None:
        """Deliver every segment that nobody holds, and remove it.

        Raises UnreachableError when it has to be tried again later.
        """
        if self._spool is None:
            return
        if not self.may_exist and time.monotonic() < self._look_again_at:
            return
        self._spool.let_go_of_marked()
        while self._deliver_one(count):
            pass
        self.may_exist = False
        self._look_again_at = time.monotonic() + LOOK_EVERY_S

    def _deliver_one(self, count: Callable[[Outcome], None]) -> bool:
        spool = cast("Spool", self._spool)
        with spool.left_behind() as path:
            if path is None:
                return False
            self.may_exist = True
            try:
                for target, lines in self._batches(path):
                    count(self._send(target, lines))
            except OSError as error:
                self._notices.say("unreadable", f"{path} cannot be read: {error.strerror}")
                return False
            os.unlink(path)
            return True

    def _send(self, target: Target, lines: list[bytes]) -> Outcome:
        try:
            return self._delivery.send(target, lines)
        except UnreachableError as error:
            # A fault that is about one of these runs would keep the others here for ever.
            if error.is_fault and len(lines) > 1:
                middle = len(lines) // 2
                first = self._send(target, lines[:middle])
                return first.plus(self._send(target, lines[middle:]))
            if error.is_fault:
                self._notices.say("given up", f"given up: {error}")
                return Outcome(0, 1)
            raise

    def _batches(self, path: str) -> Iterator[tuple[Target, list[bytes]]]:
        """The runs of a segment by version, the last report of each run alone."""
        waiting: dict[Target, dict[Any, bytes]] = {}
        for found in read_segment(path):
            if found is None:
                self._notices.say("torn", f"a line of {path} was torn by a crash, and is left out")
                continue
            target, line, run_id = found
            runs = waiting.setdefault(target, {})
            runs[run_id] = line
            if len(runs) >= BATCH_RUNS:
                yield target, list(waiting.pop(target).values())
        for target, runs in waiting.items():
            yield target, list(runs.values())
