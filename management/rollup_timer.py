"""What AWS's scheduler does for the deployed service: recompute rollups every minute."""

from __future__ import annotations

import logging
from threading import Event, Thread

from pymongo.errors import PyMongoError

from chalicelib import telemetry
from chalicelib.answers import advance_totals
from chalicelib.rollups import fold_days, recompute_marked
from chalicelib.runs import remove_deleted
from chalicelib.watches import look_after

PERIOD_S = 60

log = logging.getLogger(__name__)


class RollupTimer:
    """Recomputes in the background from `start` until `stop`, which waits for a round to end."""

    def __init__(self) -> None:
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="rollups", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.wait(PERIOD_S):
            try:
                telemetry.look_after_traces(PERIOD_S)
                recompute_marked(PERIOD_S, then=advance_totals)
                fold_days(PERIOD_S)
                look_after(PERIOD_S)
                remove_deleted(PERIOD_S)
            except PyMongoError as error:
                # The marks stay, so the next round does it; until then runs are read instead.
                log.warning("rollups put off: %s", type(error).__name__)
