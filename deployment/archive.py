"""The zip that Lambda unpacks: pruned, compiled, and the same bytes for the same files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# Where Lambda unpacks it: what tracebacks name, so that nothing is corrected at each import.
TASK_ROOT = "/var/task"
# What no import of ours reaches: metadata, the sources of extensions, type information, PyMongo's
# file store, pydantic's predecessor and its plugin for mypy.
DROPPED_FOLDERS = ("gridfs", "pydantic/v1", "*.dist-info")
DROPPED_FILES = ("*.c", "*.h", "*.pyi", "py.typed", "pydantic/mypy.py")
# What is ours keeps its sources, so that the lines of a traceback are in the log. Of libraries the
# bytecode stands in the sources' place: a sixth less to fetch and unpack at each cold start.
OURS = ("app.py", "chalicelib")
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
    """Add the bytecode: Lambda's disk is read-only, so each cold start would compile anew."""
    ours = [folder / name for name in OURS if (folder / name).exists()]
    others = [path for path in sorted(folder.iterdir()) if path not in ours]
    _run_compiler(folder, ours)
    _run_compiler(folder, others, "-b")
    for path in others:
        for source in [path] if path.is_file() else path.rglob("*.py"):
            if source.suffix == ".py":
                source.unlink()


def _run_compiler(folder: Path, paths: Sequence[Path], *options: str) -> None:
    """Compile these; with `-b` to where the source is, and not beside it.

    Checked by nothing ("unchecked-hash"): neither the clock nor the sources are looked at. An
    interpreter of its own, without site-packages and with a fixed hash seed, because bytecode
    shows which strings its maker had met before.
    """
    if not paths:
        return
    command = [sys.executable, "-S", "-s", "-m", "compileall", "-q", "-f", *options]
    command += ["--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(folder), "-p", TASK_ROOT, *map(str, paths)]
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
