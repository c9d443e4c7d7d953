"""What is committed in static/ is what web/ builds."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def test_the_committed_pages_are_the_build_of_their_sources() -> None:
    is_ready = shutil.which("node") and (ROOT / "node_modules" / "esbuild").is_dir()
    if not is_ready and not os.environ.get("CI"):
        pytest.skip("Node.js or its packages are missing; CI has them")
    done = subprocess.run(
        ["node", "web/build.mjs", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
