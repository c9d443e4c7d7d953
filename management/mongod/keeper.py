"""An embedded mongod that ends by itself is started again, and the terminal says so."""

from __future__ import annotations

import signal
from threading import Event, Thread

import click

from management.mongod.process import Mongod
from management.mongod.program import MongodError

LOOK_EVERY_S = 0.2
LONGEST_WAIT_S = 30.0


class MongodKeeper:
    """Looks after a started mongod from `start` until `stop`, in a thread of its own.

    While it is away the service answers 503. It comes back with what was acknowledged, at the
    same address.
    """

    def __init__(self, mongod: Mongod) -> None:
        self._mongod = mongod
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="mongod-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Leave the mongod to the caller, who stops it next."""
        self._stopping.set()
        # Not longer: Linux ends a mongod with the thread that started it.
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            code = self._mongod.ended()
            if code is not None:
                click.echo(f"mongod ended ({describe_exit(code)}): starting it again", err=True)
                self._revive()

    def _revive(self) -> None:
        wait_s = 1.0
        while True:
            try:
                self._mongod.revive()
            except (MongodError, OSError) as error:
                click.echo(f"mongod does not start, next try in {wait_s:.0f} s: {error}", err=True)
            else:
                click.echo(f"mongod runs again, at {self._mongod.uri}", err=True)
                return
            if self._stopping.wait(wait_s):
                return
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


def describe_exit(code: int) -> str:
    """What the exit code of a child process says, in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"
