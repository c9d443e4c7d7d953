"""What makes `chalice local` start anew: a change of what it serves, and of nothing else.

Chalice watches every file of the project. So it would start anew, and cut off the requests that it
is answering, whenever Python caches a module that it compiled or a database writes into .data.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from chalice.cli.filewatch.stat import StatFileWatcher

SERVED = ("app.py", "chalicelib", ".chalice")
_CACHE = "__pycache__"


def watch_sources_only() -> None:
    """Have Chalice's watcher, which may be running already, look at what is served alone."""
    # Nothing public chooses the files.
    setattr(StatFileWatcher, "_single_pass_poll", _poll)  # noqa: B010


def modification_times(root: Path) -> dict[Path, int]:
    """When each served file was last written, in nanoseconds."""
    found = {}
    for path in _served_files(root):
        try:
            found[path] = path.stat().st_mtime_ns
        except FileNotFoundError:
            continue  # an editor replaced it at this moment
    return found


def _poll(watcher: StatFileWatcher, root: str, callback: Callable[[], None]) -> None:
    now = modification_times(Path(root))
    before = vars(watcher).setdefault("served", now)
    if now != before:
        vars(watcher)["served"] = now
        callback()


def _served_files(root: Path) -> Iterator[Path]:
    for name in SERVED:
        yield root / name
        for folder, folders, files in os.walk(root / name):
            folders[:] = [each for each in folders if each != _CACHE]
            yield from (Path(folder, file) for file in files)
