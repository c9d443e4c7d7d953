"""The rollup function: how many runs it adds up in a second, in how much memory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from threading import Event, Thread

import psutil
from tqdm import tqdm

from app import rollup
from benchmarks.fixture import HOURS, mark_every_hour, name_of
from benchmarks.rows import Row, at_least, at_most
from chalicelib.database import collection
from chalicelib.database.names import MARKS
from tests.lambda_client import SCHEDULED_EVENT

_PERIOD_S = 0.1
_WARM_UP_SHARE = 0.25


def measure(runs: int) -> Iterator[Row]:
    """Recompute every hour of the fixture's agent, and fold its days; all is done afterwards."""
    rollup(SCHEDULED_EVENT, None)  # so that nothing else is left to do
    mark_every_hour(runs)
    watch = _Watch(f"rolling up {runs:,} runs")
    with watch:
        started = time.perf_counter()
        hours = 0
        while done := rollup(SCHEDULED_EVENT, None):
            hours += done
        seconds = time.perf_counter() - started
    assert hours >= HOURS, f"{hours} of {HOURS} hours of {name_of(runs)}"
    yield at_least(f"rollups of {runs:,} runs: runs a second", 100_000, runs / seconds)
    yield at_most(
        f"rollups of {runs:,} runs: peak memory after {_WARM_UP_SHARE:.0%} against up to it",
        1.1,
        watch.growth,
    )


class _Watch:
    """Shows a bar of the hours done, and remembers the process's memory by how far it was."""

    def __init__(self, title: str) -> None:
        self._bar = tqdm(total=HOURS, desc=title, unit="hour")
        self._ended = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._peaks = {False: 0, True: 0}

    @property
    def growth(self) -> float:
        """Peak memory after the warm-up as a multiple of the peak during it."""
        return self._peaks[True] / self._peaks[False]

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._bar.close()

    def _watch(self) -> None:
        process = psutil.Process(os.getpid())
        marks = collection(MARKS)
        while not self._ended.wait(_PERIOD_S):
            left = sum(len(mark["hours"]) for mark in marks.find({}, {"hours": 1}))
            self._bar.update(HOURS - left - self._bar.n)
            warm = self._bar.n > HOURS * _WARM_UP_SHARE
            self._peaks[warm] = max(self._peaks[warm], process.memory_info().rss)
        self._bar.update(HOURS - self._bar.n)
