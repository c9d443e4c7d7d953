"""What the documentation must not leave out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import app  # noqa: F401 - registers the routes
from chalicelib.config import Settings
from chalicelib.errors import Problem
from chalicelib.http import ENDPOINTS
from chalicelib.wire.models import RunReport
from manage import manage

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs" / "api.md").read_text()
README = (ROOT / "README.md").read_text()


def _problems(kind: type[Problem] = Problem) -> Iterator[type[Problem]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _problems(narrower)


@pytest.mark.parametrize("route", [f"{e.method} {e.path}" for e in ENDPOINTS])
def test_every_route_is_in_the_api_document(route: str) -> None:
    assert f"| {route} |" in API


@pytest.mark.parametrize("code", sorted({problem.code for problem in _problems()}))
def test_every_error_code_is_in_the_api_document(code: str) -> None:
    assert f"`{code}`" in API


@pytest.mark.parametrize("field", RunReport.__annotations__)
def test_every_field_of_a_run_is_in_the_api_document(field: str) -> None:
    assert f"`{field}`" in API


@pytest.mark.parametrize("setting", [name.upper() for name in Settings._fields])
def test_every_setting_is_in_the_readme(setting: str) -> None:
    assert f"| `{setting}` |" in README


@pytest.mark.parametrize("command", sorted(manage.commands))
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"| `{command}" in README
