"""The programs whose files `manage.py import` reads, in their own environment (`make peers`)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
HERE = Path(__file__).parent
PATIENCE_S = 500

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Runs a script of this folder with the peers' Python."""
    if not PYTHON.exists():
        pytest.skip("Inspect AI and MLflow are not installed: 'make peers' does it")

    def run(script: str, *arguments: str) -> None:
        # Not from the repository, whose commit MLflow would take for the runs' version.
        copied = shutil.copy(HERE / script, tmp_path)
        settings = {"MLFLOW_ALLOW_FILE_STORE": "true", "HOME": str(tmp_path)}
        settings |= {"INSPECT_DISABLE_TELEMETRY": "1", "NO_PROXY": "*"}
        done = subprocess.run(
            [PYTHON, copied, *arguments],
            cwd=tmp_path,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    return run
