"""Which database the commands work on."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from chalicelib.config import ConfigurationError
from chalicelib.database import connection as mongo
from management.commands import index
from management.database import options as database

SECRET_URI = "mongodb://metrics:correct-horse@secret.example:27017/?tls=true"


@pytest.fixture(autouse=True)
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The databases that `index` prepared, instead of preparing them."""
    found: list[str] = []
    monkeypatch.setattr(index, "choose_database", lambda uri, name: None)
    monkeypatch.setattr(index, "prepare_database", lambda uri, _: found.append(uri))
    monkeypatch.setattr(database, "read_connection_string", lambda _: SECRET_URI)
    monkeypatch.setenv("MONGODB_SECRET_ID", "agent-metrics/test")
    monkeypatch.setenv("MONGODB_URI", "mongodb://environment.example")
    mongo.forget()
    return found


def test_the_secret_wins_over_the_variable_as_in_the_service(prepared: list[str]) -> None:
    result = CliRunner().invoke(index.index, [])
    assert prepared == [SECRET_URI]
    assert "secret.example" in result.output
    assert "correct-horse" not in result.output


def test_an_option_on_the_command_line_wins_over_the_secret(prepared: list[str]) -> None:
    CliRunner().invoke(index.index, ["--mongo-uri=mongodb://option.example"])
    assert prepared == ["mongodb://option.example"]


def test_without_a_secret_the_variable_counts(
    prepared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MONGODB_SECRET_ID")
    CliRunner().invoke(index.index, [])
    assert prepared == ["mongodb://environment.example"]


def test_a_secret_that_cannot_be_read_is_one_line(
    prepared: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> str:
        raise ConfigurationError("MONGODB_SECRET_ID: no such secret")

    monkeypatch.setattr(database, "read_connection_string", refuse)
    result = CliRunner().invoke(index.index, [])
    assert (result.exit_code, result.output) == (2, "Error: MONGODB_SECRET_ID: no such secret\n")
    assert not prepared
