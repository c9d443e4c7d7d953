"""`manage.py token` against a real database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from chalice.app import Chalice
from click.testing import CliRunner, Result
from pymongo.database import Database

from chalicelib.access.token_text import is_token
from chalicelib.values.instants import format_instant, now
from manage import manage
from management.mongod import Mongod
from management.tokens import parse_expiry
from tests.lambda_client import LambdaClient

Run = Callable[..., Result]


@pytest.fixture
def run(locked_app: Chalice, mongod: Mongod, database: Database[dict[str, Any]]) -> Run:
    """Runs `manage.py token …` on the test's database."""

    def invoke(*arguments: str) -> Result:
        target = ["--mongo-uri", mongod.uri, "--db-name", database.name]
        return CliRunner().invoke(manage, ["token", *arguments, *target])

    return invoke


@pytest.fixture
def get_agents(locked_app: Chalice) -> Callable[[str], int]:
    client = LambdaClient(locked_app)
    return lambda token: client.get("/api/v1/agents", authorization=f"Bearer {token}").status


def test_a_created_token_works_and_is_all_that_a_script_catches(
    run: Run, get_agents: Callable[[str], int]
) -> None:
    made = run("create", "--name", "ci", "--scope", "read")
    assert made.exit_code == 0
    token = made.stdout.removesuffix("\n")
    assert is_token(token)
    assert get_agents(token) == 200
    assert "every project, until it is revoked" in made.stderr


def test_the_first_token_needs_no_index_command(
    run: Run, database: Database[dict[str, Any]]
) -> None:
    database.drop_collection("tokens")
    assert run("create", "--name", "ci", "--scope", "read").exit_code == 0
    again = run("create", "--name", "ci", "--scope", "admin")
    assert again.exit_code == 2
    assert "a token is named 'ci' already" in again.stderr
    assert again.stdout == ""


def test_tokens_are_listed_with_what_they_may_do_and_never_shown_again(run: Run) -> None:
    made = [
        run("create", "--name", "b", "--scope", "read", "--project", "billing"),
        run("create", "--name", "a", "--scope", "admin", "--expires", "9999-12-31"),
    ]
    listed = run("list").stdout
    words = [line.split()[:3] for line in listed.splitlines()]
    assert words == [
        ["name", "scope", "project"],
        ["a", "admin", "(every)"],
        ["b", "read", "billing"],
    ]
    assert "9999-12-31T00:00:00Z" in listed
    assert all(result.stdout.strip()[4:] not in listed for result in made)


def test_a_revoked_token_is_gone(run: Run, get_agents: Callable[[str], int]) -> None:
    token = run("create", "--name", "ci", "--scope", "read").stdout.strip()
    assert run("revoke", "ci").exit_code == 0
    assert get_agents(token) == 401
    again = run("revoke", "ci")
    assert again.exit_code == 2
    assert "no token is named 'ci'" in again.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--name", "ci"],
        ["--scope", "read"],
        ["--name", "", "--scope", "read"],
        ["--name", " ", "--scope", "read"],
        ["--name", "a\nb", "--scope", "read"],
        ["--name", "x" * 201, "--scope", "read"],
        ["--name", "ci", "--scope", "public"],
        ["--name", "ci", "--scope", "read", "--project", ""],
        ["--name", "ci", "--scope", "read", "--expires", ""],
        ["--name", "ci", "--scope", "read", "--expires", "90"],
        ["--name", "ci", "--scope", "read", "--expires", "0d"],
        ["--name", "ci", "--scope", "read", "--expires", "-1d"],
        ["--name", "ci", "--scope", "read", "--expires", "2020-01-01"],
        ["--name", "ci", "--scope", "read", "--expires", "2030-02-30"],
        ["--name", "ci", "--scope", "read", "--expires", "2030-01-01T00:00:00"],
    ],
)
def test_what_cannot_be_a_token_is_not_made(
    arguments: list[str], run: Run, database: Database[dict[str, Any]]
) -> None:
    refused = run("create", *arguments)
    assert refused.exit_code == 2
    assert "Error:" in refused.stderr
    assert database["tokens"].find_one() is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-12-31", "2030-12-31T00:00:00Z"),
        ("2030-12-31T12:00:00+02:00", "2030-12-31T10:00:00Z"),
        ("999999d", None),
        ("90 d", None),
        ("\N{ARABIC-INDIC DIGIT NINE}d", None),
    ],
)
def test_expiry_texts(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="RFC 3339"):
            parse_expiry(text)
    else:
        assert format_instant(parse_expiry(text)).startswith(expected)


def test_days_count_from_now() -> None:
    before = now()
    assert before <= parse_expiry("90d") - timedelta(days=90) <= now()


def test_a_database_that_does_not_answer_is_one_line(
    app: Chalice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.database.connection.SERVER_SELECTION_TIMEOUT_S", 0.05)
    monkeypatch.setenv("MONGODB_URI", "mongodb://user:secret@127.0.0.1:1")
    monkeypatch.setenv("MONGODB_DATABASE", "nothing")
    refused = CliRunner().invoke(manage, ["token", "list"])
    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1
    assert "secret" not in refused.output
