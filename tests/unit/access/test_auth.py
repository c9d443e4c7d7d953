from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib import config
from chalicelib.access import authentication as auth
from chalicelib.access.authentication import GRANTS, Principal, authenticate
from chalicelib.access.token_text import make_token
from chalicelib.config import Settings
from chalicelib.errors import Forbidden, Unauthorized

TOKEN = "amt_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefa77cac63"
DOCUMENT = {
    "name": "ci",
    "scope": "read",
    "project": "billing",
    "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    "expires_at": None,
}


@pytest.fixture(autouse=True)
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands for the database, which knows TOKEN alone: every token that it was asked for."""
    asked: list[str] = []

    def find_token(text: str) -> dict[str, Any] | None:
        asked.append(text)
        return DOCUMENT if text == TOKEN else None

    monkeypatch.setattr(auth, "settings", lambda: Settings(auth_mode="token"))
    monkeypatch.setattr(auth, "find_token", find_token)
    monkeypatch.setattr(auth, "any_token", lambda: True)
    return asked


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {TOKEN}",
        f"bearer {TOKEN}",
        f"BEARER {TOKEN}",
        f"Bearer    {TOKEN}",
        f" \tBearer {TOKEN} \t",
    ],
)
def test_the_scheme_is_read_in_any_case_with_any_spacing(header: str) -> None:
    assert authenticate([header], "read") == Principal("ci", "billing", frozenset({"read"}))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [""],
        ["   "],
        [TOKEN],
        ["Basic dXNlcjpwYXNzd29yZA=="],
        [f"Bearer{TOKEN}"],
        [f"Token {TOKEN}"],
        [f"B\N{LATIN SMALL LETTER E WITH ACUTE}arer {TOKEN}"],
        [f"Bearer\N{NO-BREAK SPACE}{TOKEN}"],
    ],
)
def test_a_request_without_a_token_is_told_how_to_send_one(headers: list[str]) -> None:
    """RFC 6750: the challenge holds no error code when no token was sent."""
    with pytest.raises(Unauthorized, match="Authorization: Bearer amt_") as refused:
        authenticate(headers, "read")
    assert refused.value.headers["WWW-Authenticate"] == 'Bearer realm="agent-metrics"'


MALFORMED = [
    "Bearer",
    "Bearer ",
    "Bearer amt_",
    f"Bearer {TOKEN[:-1]}",
    f"Bearer {TOKEN}0",
    f"Bearer {TOKEN} {TOKEN}",
    f"Bearer {TOKEN},Bearer {TOKEN}",
    f"Bearer {TOKEN}\n",
    f"Bearer {TOKEN}\0",
    f"Bearer \t{TOKEN}",
    f'Bearer "{TOKEN}"',
    f"Bearer AMT_{TOKEN.removeprefix('amt_')}",
    "Bearer amt_" + "\N{ARABIC-INDIC DIGIT ONE}" * 72,
    "Bearer amt_" + "f" * 1_000_000,
    "Bearer " + " " * 1_000_000,
    "Bearer amt_\udcff\ud800",
]


@pytest.mark.parametrize("header", MALFORMED, ids=range(len(MALFORMED)))
def test_what_cannot_be_a_token_costs_no_query(header: str, looked_up: list[str]) -> None:
    with pytest.raises(Unauthorized):
        authenticate([header], "read")
    assert looked_up == []


def test_malformed_and_unknown_tokens_are_refused_in_the_same_words() -> None:
    refusals = set()
    for header in [f"Bearer {make_token()}", *MALFORMED]:
        with pytest.raises(Unauthorized) as refused:
            authenticate([header], "read")
        refusals.add((refused.value.detail, str(refused.value.headers)))
    assert len(refusals) == 1
    assert 'error="invalid_token"' in refusals.pop()[1]


@pytest.mark.parametrize(
    "headers", [[f"Bearer {TOKEN}"] * 2, [f"Bearer {TOKEN}", "Basic eA=="], ["", f"Bearer {TOKEN}"]]
)
def test_several_headers_are_refused_whichever_is_right(headers: list[str]) -> None:
    with pytest.raises(Unauthorized, match="one Authorization header") as refused:
        authenticate(headers, "read")
    assert 'error="invalid_request"' in refused.value.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("held", "needed", "granted"),
    [
        ("ingest", "ingest", True),
        ("ingest", "read", False),
        ("ingest", "admin", False),
        ("read", "ingest", False),
        ("read", "read", True),
        ("read", "admin", False),
        ("admin", "ingest", True),
        ("admin", "read", True),
        ("admin", "admin", True),
        ("a word that nobody knows", "read", False),
    ],
)
def test_scopes(
    held: str, needed: auth.Scope, granted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "find_token", lambda _: DOCUMENT | {"scope": held})
    if granted:
        assert authenticate([f"Bearer {TOKEN}"], needed).name == "ci"
        return
    with pytest.raises(Forbidden, match=f"needs a token of scope '{needed}'") as refused:
        authenticate([f"Bearer {TOKEN}"], needed)
    assert f'error="insufficient_scope", scope="{needed}"' in str(refused.value.headers)


def test_a_public_route_looks_at_no_token(looked_up: list[str]) -> None:
    assert authenticate(["Bearer nonsense"], "public") == Principal()
    assert looked_up == []


def test_no_scope_grants_what_nobody_defined() -> None:
    """`public` is not something that a token holds."""
    assert set().union(*GRANTS.values()) == {"ingest", "read", "admin"}


def test_with_auth_off_everybody_may_do_everything(
    monkeypatch: pytest.MonkeyPatch, looked_up: list[str]
) -> None:
    monkeypatch.setattr(auth, "settings", lambda: Settings(auth_mode="off"))
    assert authenticate([], "admin") == Principal()
    assert looked_up == []


@pytest.mark.parametrize(
    ("environment", "mode"),
    [
        ({}, "off"),
        ({"AWS_LAMBDA_FUNCTION_NAME": "agent-metrics-dev"}, "token"),
        ({"AWS_LAMBDA_FUNCTION_NAME": "agent-metrics-dev", "AUTH_MODE": " "}, "token"),
        ({"AWS_LAMBDA_FUNCTION_NAME": "agent-metrics-dev", "AUTH_MODE": "off"}, "off"),
        ({"AUTH_MODE": "token"}, "token"),
    ],
)
def test_only_a_process_outside_of_lambda_starts_open(
    environment: dict[str, str], mode: str
) -> None:
    assert Settings.from_environment(environment).auth_mode == mode


@pytest.mark.parametrize("text", ["none", "OFF", "Token", "false", "0"])
def test_a_mistyped_auth_mode_stops_the_service_rather_than_opening_it(text: str) -> None:
    with pytest.raises(config.ConfigurationError, match="AUTH_MODE"):
        Settings.from_environment({"AUTH_MODE": text})
