"""A machine that no wheel with a mongod fits: it is said at the installation and at the start."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from management.mongod import program as mongod_program
from management.mongod.program import find_mongod
from tests.entry.clones import ROOT, environment
from tests.integration.management.serving import run_command

# It makes an environment whose pip finds no wheel for mongod; `serve` says that it was reached.
PYTHON = """#!/bin/sh
case "$*" in
*venv*--clear*)
    mkdir -p .venv/bin
    echo 'case "$*" in *requirements-mongod.txt) echo no wheel >&2; exit 1;; esac' > .venv/bin/pip
    echo 'echo "reached: $*"' > .venv/bin/python
    chmod +x .venv/bin/*;;
esac
"""
WHAT_TO_DO = "install MongoDB 6 or newer"


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", f"PYTHON={folder}/python", *arguments]
    variables = environment(folder, {})
    return subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )


def test_the_installation_goes_on_and_says_what_to_install(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements-run.txt", "requirements-mongod.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)

    done = make(tmp_path, "run")

    assert done.returncode == 0, done.stderr
    assert WHAT_TO_DO in done.stdout
    assert "MONGODB_URI" in done.stdout
    assert "reached: manage.py serve --port=9999 --embedded=.data" in done.stdout
    assert WHAT_TO_DO not in make(tmp_path, "run").stdout  # it is installed now


@pytest.mark.parametrize("command", ["token list", "index", "upkeep"])
def test_a_command_that_needs_one_says_what_to_do(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongod_program, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    find_mongod.cache_clear()
    try:
        result = run_command(*command.split(), f"--embedded={tmp_path}")
    finally:
        find_mongod.cache_clear()

    assert result.exit_code == 2, result.output
    assert f"no mongod here: {WHAT_TO_DO}" in result.output
    assert "MONGODB_URI" in result.output
    assert "Traceback" not in result.output
