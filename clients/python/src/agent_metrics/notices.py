"""What the client says in the log: each thing once, so that a broken service is no flood."""

from __future__ import annotations

import logging
from contextlib import suppress

LOGGER = logging.getLogger("agent_metrics")
_MOST_THINGS = 200


class Notices:
    """Remembers what it has said. Never raises, whatever handlers the host has."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def say(self, key: str, sentence: str, *, level: int = logging.WARNING) -> None:
        """Log the sentence, unless something under this key was logged before."""
        if key in self._said or len(self._said) >= _MOST_THINGS:
            return
        self._said.add(key)
        with suppress(Exception):
            LOGGER.log(level, "%s", sentence)
