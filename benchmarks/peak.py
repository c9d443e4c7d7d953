"""How much memory this process takes at most while something goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psutil

_PERIOD_S = 0.02


class Peak:
    """`bytes` resident at most so far."""

    def __init__(self) -> None:
        self.bytes = 0


@contextmanager
def peak_of() -> Iterator[Peak]:
    peak, ended, process = Peak(), Event(), psutil.Process(os.getpid())

    def watch() -> None:
        while not ended.wait(_PERIOD_S):
            peak.bytes = max(peak.bytes, process.memory_info().rss)

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
