"""Who uses a directory of an embedded mongod: one process at a time, and where it answers."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from management.mongod.program import MongodError

_FILE = "lock"


class DataLock:
    """Holds a directory for this process; the kernel lets go of it however the process ends."""

    def __init__(self, directory: Path) -> None:
        """Raises MongodError naming the process that holds it already."""
        self._file = (directory / _FILE).open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.readline().strip()
            self._file.close()
            raise MongodError(
                f"the data in {directory} are in use by process {holder or 'unknown'}:"
                " stop it first"
            ) from None
        self._write()

    def publish(self, uri: str) -> None:
        """Say to other processes where the mongod answers."""
        self._write(uri)

    def release(self) -> None:
        self._file.close()

    def _write(self, *more: str) -> None:
        self._file.truncate(0)
        self._file.write("\n".join((str(os.getpid()), *more)))
        self._file.flush()


def running_uri(directory: Path) -> str | None:
    """Where the mongod that keeps its data there answers now, or None when none does."""
    try:
        with (directory / _FILE).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().partition("\n")[2] or None
    except FileNotFoundError:
        pass
    return None
