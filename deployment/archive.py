"""The zip that Lambda unpacks: pruned, compiled, and the same bytes for the same files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# Where Lambda unpacks it: what tracebacks name, so that nothing is corrected at each import.
TASK_ROOT = "/var/task"
# What no import of ours reaches: metadata, the sources of extensions, type information, PyMongo's
# file store, pydantic's predecessor and its plugin for mypy.
DROPPED_FOLDERS = ("gridfs", "pydantic/v1", "*.dist-info")
DROPPED_FILES = ("*.c", "*.h", "*.pyi", "py.typed", "pydantic/mypy.py")
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644
_UNIX = 3


class ArchiveError(Exception):
    """The zip cannot be made; the text says why."""


def rebuild(source: Path, target: Path) -> None:
    """Write `target` from Chalice's zip `source`. Raises ArchiveError."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with ZipFile(source) as plain:
            plain.extractall(folder)
        _prune(folder)
        _compile(folder)
        _write(folder, target)


def _prune(folder: Path) -> None:
    for pattern in DROPPED_FOLDERS:
        for dropped in folder.glob(pattern):
            for path in _files(dropped):
                path.unlink()
    for pattern in DROPPED_FILES:
        for path in folder.rglob(pattern):
            path.unlink()


def _compile(folder: Path) -> None:
    """Add the bytecode: Lambda's disk is read-only, so each cold start would compile anew.

    Checked by nothing ("unchecked-hash"): neither the clock nor the sources are looked at. An
    interpreter of its own, without site-packages and with a fixed hash seed, because bytecode
    shows which strings its maker had met before.
    """
    command = [sys.executable, "-S", "-s", "-m", "compileall", "-q", "-f"]
    command += ["--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(folder), "-p", TASK_ROOT, str(folder)]
    done = subprocess.run(
        command, env={"PYTHONHASHSEED": "0"}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ArchiveError(f"a module does not compile: {done.stdout or done.stderr}")


def _write(folder: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with ZipFile(target, "w") as archive:
        for path in _files(folder):
            entry = ZipInfo(path.relative_to(folder).as_posix(), _TIMESTAMP)
            entry.compress_type = ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = _MODE << 16
            archive.writestr(entry, path.read_bytes(), compresslevel=9)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
