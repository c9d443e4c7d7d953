"""What is shipped: typed, without dependencies, for every Python that it names."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from running import SOURCES

import agent_metrics
from agent_metrics.connection import USER_AGENT

FOLDER = SOURCES.parent


def test_the_version_is_the_same_everywhere() -> None:
    settings = (FOLDER / "pyproject.toml").read_text("utf-8")
    (version,) = re.findall(r'^version = "(.+)"', settings, re.MULTILINE)
    assert agent_metrics.__version__ == version
    assert USER_AGENT.endswith(f"/{version}")


@pytest.mark.skipif(sys.version_info < (3, 10), reason="there is no list of the standard library")
def test_only_the_standard_library_is_imported() -> None:
    known = {*sys.stdlib_module_names, "agent_metrics"}
    for path in (SOURCES / "agent_metrics").rglob("*.py"):
        allowed = known | ({"pytest"} if path.name == "pytest_plugin.py" else set())
        allowed |= {"pandas"} if path.name == "reading.py" else set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= allowed, path


def test_a_wheel_and_an_sdist_are_built(tmp_path: Path) -> None:
    pytest.importorskip("build")
    pytest.importorskip("setuptools", minversion="77")
    # Of a copy: what a build leaves beside the sources looks like an installed package.
    copy = shutil.copytree(FOLDER, tmp_path / "copy")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", f"--outdir={tmp_path}", str(copy)],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("agent_metrics-*-py3-none-any.whl")
    assert len(list(tmp_path.glob("agent_metrics-*.tar.gz"))) == 1
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [name for name in names if name.endswith("METADATA")]
        described = archive.read(metadata).decode()
    assert "agent_metrics/py.typed" in names
    assert "agent_metrics/commands/gate.py" in names
    assert not any("test" in name.rpartition("/")[2].replace("pytest", "") for name in names)
    assert "Requires-Python: >=3.9" in described
    assert [line for line in described.splitlines() if line.startswith("Requires-Dist")] == [
        'Requires-Dist: pandas; extra == "pandas"'
    ]
