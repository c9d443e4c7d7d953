"""The packages of the stages, made once for all of these tests."""

from __future__ import annotations

import fcntl
import json
import shutil
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from deployment.package import make_package


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of all the processes of pytest-xdist."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def package(shared: Path) -> Path:
    """A folder with sam.json and deployment.zip of stage prod."""
    return _make_once(shared / "package", "prod")


@pytest.fixture(scope="session")
def dev_package(shared: Path) -> Path:
    return _make_once(shared / "dev_package", "dev")


@pytest.fixture(scope="session")
def template(package: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((package / "sam.json").read_text())
    return document


@pytest.fixture(scope="session")
def task_root(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip as Lambda unpacks it, read-only."""
    folder = tmp_path_factory.mktemp("task")
    with ZipFile(package / "deployment.zip") as archive:
        archive.extractall(folder)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    folder.chmod(0o555)
    return folder


def _make_once(folder: Path, stage: str) -> Path:
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            making = folder.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            make_package(stage, making)
            making.rename(folder)
    return folder
