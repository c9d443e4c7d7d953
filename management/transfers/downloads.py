"""A file that is fetched page by page, and goes on where it was interrupted.

Beside the file that is asked for are its parts while they come: `FILE.part`, whole pages only,
and `FILE.part.json`, which says how long that is and where the next page is. The file itself
appears at once and complete.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any


class DownloadError(Exception):
    """Why the parts that are there cannot be gone on with; the text says what to do."""


@dataclass(slots=True)
class State:
    """What there is already: `size` bytes with `runs` runs; `address` of what comes next."""

    source: dict[str, Any]
    address: str | None
    size: int = 0
    runs: int = 0


@dataclass(slots=True)
class Download:
    """The parts of a file while it is fetched; see `open_download`."""

    target: Path
    state: State
    part: Path
    state_file: Path
    file: IO[bytes]

    def add(self, content: bytes, runs: int, following: str | None) -> None:
        """Keep a page, so that it is never fetched again."""
        self.file.write(content)
        self.file.flush()
        os.fsync(self.file.fileno())
        self.state.size += len(content)
        self.state.runs += runs
        self.state.address = following
        # Only now: what it speaks of is on the disk.
        fresh = self.state_file.with_name(f"{self.state_file.name}.new")
        fresh.write_text(json.dumps(asdict(self.state)), "utf-8")
        fresh.replace(self.state_file)

    def finish(self, made: Path | None = None) -> None:
        """Put the parts, or what was made of them, in the place of the file."""
        (made or self.part).replace(self.target)
        for left in (self.state_file, self.part):
            left.unlink(missing_ok=True)


@contextmanager
def open_download(target: Path, source: dict[str, Any], address: str) -> Iterator[Download]:
    """What there is of `target` already, or nothing yet, to be fetched from `address` on.

    `source` says what is fetched: parts of anything else are refused. Raises DownloadError, and
    OSError where files cannot be written.
    """
    part = target.with_name(f"{target.name}.part")
    state_file = target.with_name(f"{target.name}.part.json")
    with part.open("ab") as file:
        _lock(file, part)
        state = _read_state(state_file) or State(source, address)
        if state.source != source:
            raise DownloadError(
                f"{part} is of another export, which was not finished: repeat that one,"
                f" remove {part} and {state_file}, or choose another file"
            )
        if state.size > part.stat().st_size:
            state = State(source, address)
        # What follows is of a page that was not kept as a whole.
        file.truncate(state.size)
        yield Download(target, state, part, state_file, file)


def _lock(file: IO[bytes], part: Path) -> None:
    """Keep other processes out for as long as the file is open."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DownloadError(f"another process is writing {part}") from None
    # Opened before another process was done with it, it may be the finished file by now.
    with suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(file.fileno()), part.stat()):
            return
    raise DownloadError(f"another process has just finished {part}")


def _read_state(state_file: Path) -> State | None:
    with suppress(OSError, ValueError, TypeError):
        return State(**json.loads(state_file.read_text("utf-8")))
    return None
