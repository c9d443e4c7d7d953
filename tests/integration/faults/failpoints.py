"""A fault at the n-th write that the service sends to its database, whichever that is.

The writes are counted where the driver sends its commands, so none can be forgotten in a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from pymongo.errors import AutoReconnect
from pymongo.synchronous.bulk import _Bulk
from pymongo.synchronous.pool import Connection

from tests.integration.interruptions import Crash

WRITES = ("insert", "update", "delete", "findAndModify", "drop")
# The process ends before the write, or after it; the connection breaks before it or when it is
# done; or the process is held up before it, for longer than marks live, while others go on.
Fault = Literal["killed before", "killed after", "lost before", "lost after", "held up"]
FAULTS: tuple[Fault, ...] = (
    *("killed before", "killed after", "lost before"),
    *("lost after", "held up"),
)


@dataclass
class FailPoints:
    """Listens to the writes; what is within `at` meets a fault at its n-th one."""

    hold_up: Callable[[], object]
    seen: list[str] = field(default_factory=list)
    _planned: tuple[int, Fault] | None = None
    _is_idle: bool = True

    @contextmanager
    def at(self, number: int, fault: Fault | None) -> Iterator[None]:
        """Count the writes from now on; a fault of None only counts them."""
        self.seen.clear()
        self._planned, self._is_idle = (number, fault) if fault else None, False
        try:
            yield
        finally:
            self._is_idle = True

    def send(self, command: str, collection: Any, send: Callable[[], Any]) -> Any:
        if self._is_idle or command not in WRITES:
            return send()
        self.seen.append(f"{command} {collection}")
        if self._planned is None or len(self.seen) != self._planned[0]:
            return send()
        return self._fail(self._planned[1], send)

    def _fail(self, fault: Fault, send: Callable[[], Any]) -> Any:
        self._is_idle = True  # the process is dead, or waits
        if fault == "held up":
            self.hold_up()
        if fault == "killed before":
            raise Crash
        if fault == "lost before":
            raise AutoReconnect("made up")
        done = send()
        if fault == "killed after":
            raise Crash
        if fault == "lost after":
            raise AutoReconnect("made up")
        return done


def install(patch: pytest.MonkeyPatch, hold_up: Callable[[], object]) -> FailPoints:
    """Fail points in every connection that there is."""
    points = FailPoints(hold_up)
    command, write_command = Connection.command, _Bulk.write_command

    def send(self: Connection, name: str, spec: Any, *others: Any, **options: Any) -> Any:
        kind = next(iter(spec))
        run = lambda: command(self, name, spec, *others, **options)  # noqa: E731
        return points.send(kind, spec[kind], run)

    def send_bulk(self: _Bulk, context: Any, cmd: Any, *others: Any) -> Any:
        kind = next(iter(cmd))
        run = lambda: write_command(self, context, cmd, *others)  # noqa: E731
        return points.send(kind, cmd[kind], run)

    patch.setattr(Connection, "command", send)
    patch.setattr(_Bulk, "write_command", send_bulk)
    return points
