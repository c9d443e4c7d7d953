"""Something that happens between two commands that the app sends to the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from chalicelib.database import connection as mongo

_HANDSHAKES = frozenset({"hello", "isMaster", "ismaster", "ping", "endSessions"})


class Crash(BaseException):
    """The end of the process: no `except Exception` sees it, as none sees a power cut."""


class Interruptions(CommandListener):
    """Calls what `at` was given right before a command is sent; nothing interrupts that itself."""

    def __init__(self) -> None:
        self.seen = 0
        self._planned: dict[int, Callable[[], object]] = {}
        self._failures: list[Exception] = []
        self._idle = True

    @contextmanager
    def at(self, planned: dict[int, Callable[[], object]]) -> Iterator[None]:
        """Do these things before the first, second, … command from now on."""
        self.seen, self._planned, self._idle = 0, planned, False
        try:
            yield
        finally:
            self._idle = True
            # The driver would only print what goes wrong within a listener.
            if self._failures:
                raise self._failures.pop()

    def started(self, event: CommandStartedEvent) -> None:
        if self._idle or event.command_name in _HANDSHAKES:
            return
        self.seen += 1
        act = self._planned.get(self.seen)
        if act is None:
            return
        self._idle = True
        try:
            act()
        except Exception as error:
            self._failures.append(error)
            raise Crash from error
        finally:
            self._idle = False

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Not needed: it is as well before the next command."""

    def failed(self, event: CommandFailedEvent) -> None:
        """As `succeeded`."""


def listen(patch: pytest.MonkeyPatch) -> Interruptions:
    """Interruptions of every client that the app makes from now on."""
    interruptions = Interruptions()
    patch.setattr(mongo, "_Client", partial(mongo._Client, event_listeners=[interruptions]))
    mongo.forget()
    return interruptions


def crash() -> None:
    raise Crash
