"""What a newcomer has: a fresh clone, and an environment with nothing in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
# What a newcomer has set: nothing of AWS's, nothing of ours.
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
T = TypeVar("T")


def clone(target: Path) -> Path:
    """The files that git has, or would take, as they are now: a clone of the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        if source.is_file() and not source.is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / name)
    return target


def environment(home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """A shell's after logging in, and these variables."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": str(home), **variables}


def program(name: str) -> str:
    """A command of the environment that the tests run in."""
    return str(Path(sys.executable).with_name(name))


@contextmanager
def running(
    command: list[str], folder: Path, log: Path, **variables: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The command, with what it says in `log`, until Ctrl-C in its terminal ends it."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder, variables),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def insist(
    ask: Callable[[], T], failures: tuple[type[Exception], ...], patience_s: float = PATIENCE_S
) -> T:
    """What it answers once it does. Raises its last failure when patience ends."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return ask()
        except failures:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process and those that it started: they are the session that it leads."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(PATIENCE_S / 3)
        except subprocess.TimeoutExpired:
            continue
    process.wait(PATIENCE_S)
