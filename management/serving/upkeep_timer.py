"""What AWS's scheduler does for the deployed service: upkeep, every minute."""

from __future__ import annotations

import logging
from threading import Event, Thread

from pymongo.errors import PyMongoError

from chalicelib.upkeep import run_upkeep

PERIOD_S = 60

log = logging.getLogger(__name__)


class UpkeepTimer:
    """Works in the background from `start` until `stop`, which waits for a round to end."""

    def __init__(self) -> None:
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.wait(PERIOD_S):
            try:
                run_upkeep(PERIOD_S)
            except PyMongoError as error:
                # The marks stay, so the next round does it; until then runs are read instead.
                log.warning("upkeep put off: %s", type(error).__name__)
