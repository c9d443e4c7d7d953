"""Every pinned package is pinned to the files that were seen when it was pinned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK_FILES = [
    "requirements.txt",
    "requirements-aws.txt",
    "requirements-run.txt",
    "requirements-mongod.txt",
    "requirements-dev.txt",
    "requirements-peers.txt",
]
_PIN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^\s;]+)(?: ; [^\\]+?)?"
    r"(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)


def read_pins(text: str) -> dict[str, tuple[str, str]]:
    """Name to (version, hashes). Raises ValueError for a line that pins no file."""
    lines = (line.split(" #")[0].rstrip() for line in text.replace("\\\n", "").splitlines())
    pins = {}
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _PIN.fullmatch(re.sub(r"\s+", " ", line))
        if match is None:
            raise ValueError(f"no exact version with hashes: {line[:80]}")
        pins[match["name"]] = (match["version"], match["hashes"])
    return pins


@pytest.mark.parametrize("name", LOCK_FILES)
def test_every_requirement_has_one_version_and_hashes(name: str) -> None:
    pins = read_pins((ROOT / name).read_text())
    wanted = (ROOT / name).with_suffix(".in").read_text()
    direct = re.findall(r"^([a-z][a-z0-9-]*)", wanted, re.MULTILINE)
    assert set(direct) <= pins.keys()


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("requirements.txt", "requirements-run.txt"),
        ("requirements-run.txt", "requirements-dev.txt"),
        ("requirements-aws.txt", "requirements-dev.txt"),
    ],
)
def test_the_tests_run_with_what_is_deployed_and_what_people_run(part: str, whole: str) -> None:
    """Which also means that auditing the development pins audits those too."""
    pins = [read_pins((ROOT / name).read_text()) for name in (part, whole)]
    assert pins[0].items() <= pins[1].items()


@pytest.mark.parametrize("name", LOCK_FILES)
def test_no_host_of_packages_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=sha256:", ""), re.MULTILINE)


@pytest.mark.parametrize(
    "line",
    [
        "click",
        "click==8.1.0",
        "click>=8.1.0 --hash=sha256:" + "0" * 64,
        "click==8.1.0 --hash=md5:" + "0" * 32,
        "click==8.1.0 --hash=sha256:" + "0" * 63,
        "-e .",
        "git+ssh://example.com/click",
        "--index-url https://example.com/simple",
        "--trusted-host example.com",
    ],
)
def test_a_looser_line_would_be_noticed(line: str) -> None:
    pinned = f"anyio==4.0.0 \\\n    --hash=sha256:{'0' * 64}\n    # via httpx\n"
    assert read_pins(pinned).keys() == {"anyio"}
    with pytest.raises(ValueError, match="no exact version with hashes"):
        read_pins(pinned + line)
