"""An environment for each framework, made once and kept: they want things of each other's."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
KEPT = Path(os.environ.get("FRAMEWORKS_DIR", ROOT / ".data" / "frameworks"))
_INSTALL_S = 1200


def python_of(name: str) -> Path:
    """The interpreter of an environment with requirements/NAME.txt in it."""
    wanted = FOLDER / "requirements" / f"{name}.txt"
    folder = KEPT / name
    python = folder / "bin" / "python"
    if _is_stale(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", "-r", str(wanted))
        _stamp(folder, wanted)
    return python


def node_folder() -> Path:
    """A folder with node_modules as node/package.json wants them."""
    wanted = FOLDER / "node" / "package.json"
    folder = KEPT / "node"
    if _is_stale(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(wanted, folder)
        _run("npm", "install", "--silent", "--no-audit", "--no-fund", cwd=folder)
        _stamp(folder, wanted)
    for program in (FOLDER / "node").glob("*.mjs"):
        shutil.copy(program, folder)
    return folder


def _is_stale(folder: Path, wanted: Path) -> bool:
    stamp = folder / "made_for"
    return not stamp.exists() or stamp.read_text() != _digest(wanted)


def _stamp(folder: Path, wanted: Path) -> None:
    (folder / "made_for").write_text(_digest(wanted))


def _digest(wanted: Path) -> str:
    return hashlib.sha256(wanted.read_bytes()).hexdigest()


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=_INSTALL_S, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
