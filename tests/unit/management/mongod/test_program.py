"""Which mongod is taken, and what a person is told where none runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from management.mongod import MongodError, find_mongod
from management.mongod import program as mongod_program

MISSING = "echo 'mongod: error while loading shared libraries: {}: cannot open' >&2; exit 127"
VERSION = "echo 'db version v{}'"


@pytest.fixture(autouse=True)
def only_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No wheel, and a PATH with nothing but what the test puts there and a shell."""
    monkeypatch.setattr(mongod_program, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    find_mongod.cache_clear()
    yield
    find_mongod.cache_clear()


def put_mongod(directory: Path, script: str) -> Path:
    program = directory / "mongod"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def test_the_one_on_path_is_taken(tmp_path: Path) -> None:
    program = put_mongod(tmp_path, VERSION.format("8.0.4"))

    assert find_mongod() == program


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (MISSING.format("libcurl.so.4"), "apt-get install libcurl4"),
        (MISSING.format("libssl.so.3"), "apt-get install libssl3"),
        (MISSING.format("libodd.so.1"), "the package of libodd.so.1"),
        (VERSION.format("4.4.29"), "too old"),
        ("kill -ILL $$", "AVX"),
        ("exit 3", "code 3"),
    ],
)
def test_one_that_does_not_run_says_why_in_one_line(tmp_path: Path, script: str, told: str) -> None:
    put_mongod(tmp_path, script)

    with pytest.raises(MongodError, match=told) as caught:
        find_mongod()
    assert "\n" not in str(caught.value)
    assert "MONGODB_URI" in str(caught.value)


def test_none_at_all_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MongodError, match="install MongoDB 6 or newer, or name a database"):
        find_mongod()


def test_a_missing_run_bit_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = put_mongod(tmp_path, VERSION.format("6.0.5"))
    program.chmod(0o644)
    monkeypatch.setattr(mongod_program, "_candidates", lambda: [program])

    assert find_mongod() == program
    assert program.stat().st_mode & 0o111


def test_where_the_run_bit_cannot_be_set_a_copy_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = put_mongod(tmp_path, VERSION.format("6.0.5"))
    program.chmod(0o644)

    def refuse(self: Path, mode: int) -> None:
        if self == program:
            raise PermissionError

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    copied = mongod_program._copy_to_cache(program)
    assert copied.stat().st_mode & 0o111

    monkeypatch.setattr(Path, "chmod", refuse)
    monkeypatch.setattr(mongod_program, "_candidates", lambda: [program])
    assert find_mongod() == copied
