"""The README's walkthrough, command by command as written, on what `make run` starts in a clone."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from management.mongod import free_port
from tests.entry.clones import ROOT, clone, environment, insist, running

PORT = "9999"
SECTIONS = ("## Walkthrough", "### Moving in")
# Fails the block where a command fails, and says what was answered.
_CURL = '#!/bin/sh\nexec {curl} --silent --show-error --fail-with-body --write-out "\\n" "$@"\n'


def blocks_of(section: str) -> list[str]:
    """The shell commands of a section of the README."""
    text = (ROOT / "README.md").read_text().split(f"\n{section}\n")[1]
    text = re.split(r"\n##+ ", text)[0]
    return re.findall(r"```bash\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A fresh clone in which `make run` installs and serves; the clone, and the port."""
    folder = clone(tmp_path_factory.mktemp("clone"))
    log = folder.parent / "make.log"
    port = str(free_port())
    with running(["make", f"PORT={port}", "run"], folder, log) as process:

        def ask() -> None:
            assert process.poll() is None, log.read_text()[-2000:]
            httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).raise_for_status()

        insist(ask, (httpx.HTTPError,), patience_s=600)
        yield folder, port


@pytest.mark.timeout(900)  # it installs what the service needs
def test_every_command_of_the_readme_does_what_it_says(
    service: tuple[Path, str], tmp_path: Path
) -> None:
    folder, port = service
    curl = subprocess.run(["which", "curl"], capture_output=True, text=True, check=True)
    (tmp_path / "curl").write_text(_CURL.format(curl=curl.stdout.strip()))
    (tmp_path / "curl").chmod(0o755)
    blocks = [block for section in SECTIONS for block in blocks_of(section)]
    assert sum(block.count("curl ") for block in blocks) >= 10
    # In one shell, as a person goes on in one.
    script = "\n".join(blocks).replace(f":{PORT}", f":{port}")
    script = script.replace("manage.py export", f"manage.py export --url=http://127.0.0.1:{port}")
    script = script.replace("manage.py import", f"manage.py import --url=http://127.0.0.1:{port}")
    settings = environment(folder, {})
    settings["PATH"] = f"{tmp_path}:{settings['PATH']}"

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    for promised in re.findall(r"^# (\{.*\})$", "\n".join(blocks), re.MULTILINE):
        assert promised in done.stdout
    address = f"http://127.0.0.1:{port}/api/v1/agents"
    metrics = httpx.get(f"{address}/my-agent/metrics", trust_env=False).json()
    assert (metrics["runs"], metrics["cost"]["total"]) == (3, 0.23)
    copied = httpx.get(f"{address}/my-copy/metrics", trust_env=False).json()
    assert (copied["runs"], copied["cost"]["total"]) == (3, 0.23)
