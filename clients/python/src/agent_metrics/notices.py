"""What the client says in the log: each thing once, so that a broken service is no flood."""

from __future__ import annotations

from contextlib import suppress

LOGGER = "agent_metrics"
_MOST_THINGS = 200


class Notices:
    """Remembers what it has said. Never raises, whatever handlers the host has."""

    def __init__(self) -> None:
        # Here and not above, because importing it is a good part of importing this package.
        import logging

        self._logger = logging.getLogger(LOGGER)
        self._said: set[str] = set()

    def say(self, key: str, sentence: str) -> None:
        """Log the sentence, unless something under this key was logged before."""
        if key in self._said or len(self._said) >= _MOST_THINGS:
            return
        self._said.add(key)
        with suppress(Exception):
            self._logger.warning("%s", sentence)
