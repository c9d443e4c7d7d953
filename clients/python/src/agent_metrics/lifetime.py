"""What outlives a client: forks, and the end of the process."""

from __future__ import annotations

import atexit
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_metrics.sender import Sender

_senders: set[Sender] = set()
_is_registered = False
_finalized_in = 0


def look_after(sender: Sender) -> None:
    """Flush it at the end of the process, and begin anew with it in forked children."""
    global _is_registered  # noqa: PLW0603 - the interpreter's hooks are one for the process
    _senders.add(sender)
    if not _is_registered:
        _is_registered = True
        atexit.register(_flush_at_exit)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_after_fork)


def let_go(sender: Sender) -> None:
    """It has ended, with nothing waiting."""
    _senders.discard(sender)


def look_after_children() -> None:
    """Children of multiprocessing end without atexit; they have finalizers of their own."""
    global _finalized_in  # noqa: PLW0603
    process = sys.modules.get("multiprocessing.process")
    if process is None or _finalized_in == os.getpid():
        return
    with suppress(Exception):
        if process.parent_process() is not None:
            from multiprocessing.util import Finalize

            _finalized_in = os.getpid()
            Finalize(None, _flush_at_exit, exitpriority=0)


def _flush_at_exit() -> None:
    started = time.monotonic()
    for sender in list(_senders):
        spent = time.monotonic() - started
        with suppress(Exception):
            sender.flush(max(0.0, sender.exit_timeout_s - spent))
            sender.let_go_of_disk()


def _after_fork() -> None:
    for sender in list(_senders):
        with suppress(Exception):
            sender.after_fork()
