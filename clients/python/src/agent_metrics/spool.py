"""The queue on disk: what is recorded survives the process, and another one delivers it.

Each process appends to segments of its own, files of one JSON document a line. A segment is
locked while its process lives; one that nobody holds was left behind, and whoever finds it
delivers it. A segment is removed once all of it was delivered, so that after a crash some runs
may be sent twice; the service takes them once.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from agent_metrics.settings import Target

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SUFFIX = ".jsonl"
SEGMENT_BYTES = 4 * 1024 * 1024
SUPPORTED = fcntl is not None


class Segment:
    """A file that this process appends to, with how many of its lines are not settled."""

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self.size = 0
        self.unsettled = 0
        # Some of its lines are nowhere else: it is to be delivered from the file.
        self.holds_more = False
        self.is_open = True


class Spool:
    """A directory of segments. Every method is safe in threads; none waits for another process."""

    def __init__(self, directory: str, most_bytes: int) -> None:
        """Raises OSError when the directory cannot be made."""
        self.directory = directory
        self._most_bytes = most_bytes
        self._lock = threading.RLock()
        self._current: Segment | None = None
        os.makedirs(directory, mode=0o700, exist_ok=True)
        self._others_bytes = self._measure()

    def write(self, target: Target, line: bytes) -> Segment:
        """Append a run; it is with the operating system when this returns. Raises OSError."""
        to = json.dumps(target, ensure_ascii=True).encode()
        whole = b'{"to":%s,"run":%s}\n' % (to, line)
        with self._lock:
            segment = self._writable(len(whole))
            written = os.write(segment.descriptor, whole)
            if written < len(whole):  # the disk is full: take the torn line back
                os.ftruncate(segment.descriptor, segment.size)
                raise OSError("the disk is full")
            segment.size += written
            segment.unsettled += 1
            return segment

    def settle(self, segment: Segment) -> None:
        """One line of it needs no more keeping; with the last one the file is emptied."""
        with self._lock:
            segment.unsettled -= 1
            if segment.unsettled or segment.holds_more or not segment.is_open:
                return
            if segment is self._current:
                with suppress(OSError):
                    os.ftruncate(segment.descriptor, 0)
                    segment.size = 0
            else:
                self._remove(segment)

    def mark(self, segment: Segment) -> None:
        """One line of it is nowhere else: it is to be delivered from the file."""
        with self._lock:
            segment.holds_more = True
            if segment is not self._current:
                self._release(segment)

    def let_go_of_marked(self) -> None:
        """Have what was marked found among the segments that nobody holds."""
        with self._lock:
            if self._current is not None and self._current.holds_more:
                self._release(self._current)
                self._current = None

    def close(self) -> None:
        """Let go of the current segment, with what is in it; an empty one is removed."""
        with self._lock:
            segment, self._current = self._current, None
            if segment is None:
                return
            if segment.size:
                self._release(segment)
            else:
                self._remove(segment)

    def forget(self) -> None:
        """In a forked child: the segment is the parent's."""
        self._lock = threading.RLock()
        if self._current is not None:
            with suppress(OSError):
                os.close(self._current.descriptor)
        self._current = None

    @contextmanager
    def left_behind(self) -> Iterator[str | None]:
        """A segment that nobody holds, locked meanwhile; None when there is none."""
        for path in self.paths():
            descriptor = _lock(path)
            if descriptor is None:
                continue
            try:
                yield path
            finally:
                os.close(descriptor)
            return
        yield None

    def paths(self) -> list[str]:
        """All segments, oldest first."""
        with suppress(OSError):
            names = sorted(name for name in os.listdir(self.directory) if name.endswith(SUFFIX))
            return [os.path.join(self.directory, name) for name in names]
        return []

    def _writable(self, size: int) -> Segment:
        current = self._current
        if current is not None and current.size and current.size + size > SEGMENT_BYTES:
            self._others_bytes = self._measure()
            if current.holds_more:
                self._release(current)
            self._current = current = None
        if self._others_bytes + (current.size if current else 0) + size > self._most_bytes:
            self._others_bytes = self._measure() - (current.size if current else 0)
            if self._others_bytes + (current.size if current else 0) + size > self._most_bytes:
                raise OSError(f"{self.directory} holds as much as it may already")
        if current is None:
            current = self._current = self._make()
        return current

    def _make(self) -> Segment:
        name = f"{uuid4().hex}{SUFFIX}.new"
        path = os.path.join(self.directory, name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        descriptor = os.open(path, flags, 0o600)
        # Locked before it has a name that others look for.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        final = os.path.join(self.directory, f"{time.time_ns():020d}-{os.getpid()}-{name[:-4]}")
        os.rename(path, final)
        return Segment(final, descriptor)

    def _measure(self) -> int:
        size = 0
        for path in self.paths():
            with suppress(OSError):
                size += os.path.getsize(path)
        return size

    def _remove(self, segment: Segment) -> None:
        with suppress(OSError):
            os.unlink(segment.path)
        self._release(segment)

    @staticmethod
    def _release(segment: Segment) -> None:
        if segment.is_open:
            segment.is_open = False
            with suppress(OSError):
                os.close(segment.descriptor)


def read_segment(path: str) -> Iterator[tuple[Target, bytes, Any] | None]:
    """Each line as target, run and the run's id; None for one that was torn by a crash.

    Raises OSError.
    """
    with open(path, "rb") as lines:
        for line in lines:
            yield _read_line(line)


def _read_line(line: bytes) -> tuple[Target, bytes, Any] | None:
    try:
        found = json.loads(line)
        agent, version, project, cluster, tools, models, deployment = found["to"]
        target = Target(agent, version, project, cluster, tuple(tools), tuple(models), deployment)
        run = found["run"]
        return target, json.dumps(run, ensure_ascii=False).encode("utf-8", "replace"), run["id"]
    except (ValueError, KeyError, TypeError):
        return None


def _lock(path: str) -> int | None:
    """A descriptor that holds the file's lock, or None where somebody else does."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # It may have been delivered and removed between the two calls.
        if os.fstat(descriptor).st_nlink:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None
