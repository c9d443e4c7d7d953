"""The bounded queue between the host and the thread that sends."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, NamedTuple

from agent_metrics.encoding import encode
from agent_metrics.settings import Target
from agent_metrics.spool import Segment

_UNWRITTEN_BYTES = 500


class Item(NamedTuple):
    """One report: whose, its line of JSON, and where on disk it is as well.

    A start is written down only once it is sent: most often its end overtakes it before that.
    """

    target: Target
    line: bytes | dict[str, Any]
    run_id: object
    is_start: bool = False
    segment: Segment | None = None
    serial: int = 0


class Outbox:
    """Reports that are not settled yet: waiting here, or under way.

    Full, it gives up reports of starts first, because the report of the end says all they said.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        # Reentrant: a signal handler of the host may report in the middle of a report.
        self._lock = threading.RLock()
        self._starts: deque[Item] = deque()
        self._others: deque[Item] = deque()
        self._under_way: list[Item] = []
        self._bytes = 0

    def __len__(self) -> int:
        """How many are not settled."""
        return len(self._starts) + len(self._others) + len(self._under_way)

    @property
    def waiting(self) -> int:
        """How many can be taken."""
        return len(self._starts) + len(self._others)

    def put(self, item: Item) -> list[Item]:
        """Take it in; gives back what had to be given up for it, perhaps itself."""
        size = _size(item)
        with self._lock:
            given_up: list[Item] = []
            while not self._fits(size):
                if item.is_start or not self._starts:
                    return [*given_up, item]
                given_up.append(self._starts.popleft())
                self._bytes -= _size(given_up[-1])
            self._bytes += size
            (self._starts if item.is_start else self._others).append(item)
            return given_up

    def take(self, most: int, most_bytes: int) -> list[Item]:
        """The next ones to send, starts before ends; they count until they are settled."""
        taken: list[Item] = []
        size = 0
        with self._lock:
            for waiting in (self._starts, self._others):
                while waiting and len(taken) < most:
                    size += _size(waiting[0]) + 1
                    if taken and size > most_bytes:
                        break
                    taken.append(waiting.popleft())
            self._under_way += taken
        return taken

    def settle(self, items: list[Item]) -> None:
        """They are delivered, refused or given up: forget them."""
        settled = set(map(id, items))
        with self._lock:
            self._under_way = [item for item in self._under_way if id(item) not in settled]
            self._bytes -= sum(map(_size, items))

    def holds_any_until(self, serial: int) -> bool:
        """Whether one of this serial number or a lower one is not settled."""
        with self._lock:
            oldest = [items[0].serial for items in (self._starts, self._others) if items]
            oldest += [item.serial for item in self._under_way]
            return min(oldest, default=serial + 1) <= serial

    def holds_more_than_disk(self) -> bool:
        """Whether some of what waits is nowhere on disk."""
        with self._lock:
            waiting = (self._starts, self._others, self._under_way)
            return any(item.segment is None for items in waiting for item in items)

    def _fits(self, size: int) -> bool:
        return len(self) < self._most and self._bytes + size <= self._most_bytes


class Batch:
    """Reports of one version that are under way, with how often the service failed at them."""

    def __init__(self, target: Target, items: list[Item]) -> None:
        self.target = target
        self.items = items
        self.lines = [written(item) for item in items]
        self.faults = 0


def batches_of(items: list[Item]) -> tuple[list[Item], list[Batch]]:
    """The starts whose end is among the items as well, and the others by version."""
    ended = {item.run_id for item in items if not item.is_start}
    overtaken = []
    by_target: dict[Target, list[Item]] = {}
    for item in items:
        if item.is_start and item.run_id in ended:
            overtaken.append(item)
        else:
            by_target.setdefault(item.target, []).append(item)
    return overtaken, [Batch(target, found) for target, found in by_target.items()]


def written(item: Item) -> bytes:
    """Its line of JSON. A start that cannot be written says that it started, and no more."""
    if isinstance(item.line, bytes):
        return item.line
    try:
        return encode(item.line)
    except Exception:
        return encode({"id": str(item.run_id), "status": item.line["status"]})


def _size(item: Item) -> int:
    return len(item.line) if isinstance(item.line, bytes) else _UNWRITTEN_BYTES
