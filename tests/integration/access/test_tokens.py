"""Tokens against a real database: looked up, remembered, expired, revoked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from chalice.app import Chalice
from pymongo.database import Database

from chalicelib.access import stored_tokens as store
from chalicelib.access.token_text import make_token
from chalicelib.database import connection as mongo
from chalicelib.database.names import Name
from chalicelib.database.recent import Recent
from chalicelib.values.instants import now
from tests.lambda_client import Answer, LambdaClient

Document = dict[str, Any]


@pytest.fixture
def get_agents(locked_app: Chalice) -> Callable[[str], Answer]:
    """Asks for the list of agents with a token."""
    client = LambdaClient(locked_app)
    return lambda token: client.get("/api/v1/agents", authorization=f"Bearer {token}")


@pytest.fixture
def token(locked_app: Chalice) -> str:
    return store.create_token("dashboard", "read", project=None, expires_at=None)


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the collections that the token store reached for."""
    reached: list[str] = []

    def collection(name: Name[Any]) -> Any:
        reached.append(name)
        return mongo.collection(name)

    monkeypatch.setattr(store, "collection", collection)
    return reached


def move_clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(Recent, "now", staticmethod(lambda: time.time() + seconds))


def test_a_stored_token_cannot_be_read_back(
    database: Database[Document], token: str, get_agents: Callable[[str], Answer]
) -> None:
    stored = database["tokens"].find_one({"name": "dashboard"})
    assert stored is not None
    assert token.removeprefix("amt_")[:64] not in str(stored)
    hashed = stored["_id"] + stored["verifier"]
    assert get_agents(token).status == 200
    assert get_agents("amt_" + hashed.hex()).status == 401


def test_half_a_hash_is_no_token(
    database: Database[Document], token: str, get_agents: Callable[[str], Answer]
) -> None:
    """What the look-up finds is compared again, in constant time."""
    database["tokens"].update_one({}, {"$set": {"verifier": bytes(16)}})
    assert get_agents(token).status == 401


def test_a_warm_process_does_not_look_a_token_up_again(
    token: str, get_agents: Callable[[str], Answer], lookups: list[str]
) -> None:
    assert [get_agents(token).status for _ in range(5)] == [200] * 5
    assert lookups == ["tokens", "tokens"]  # read, and its use noted


def test_a_token_that_is_none_is_looked_up_once(
    token: str, get_agents: Callable[[str], Answer], lookups: list[str]
) -> None:
    """A client that was left with a revoked token does not load the database."""
    wrong = make_token()
    assert get_agents(token).status == 200
    assert get_agents(wrong).status == 401
    lookups.clear()
    assert [get_agents(wrong).status for _ in range(5)] == [401] * 5
    assert lookups == []


def test_guesses_are_not_remembered_without_bound(
    token: str,
    get_agents: Callable[[str], Answer],
    lookups: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A guesser neither fills the memory nor pushes the real tokens out of it."""
    monkeypatch.setattr(store._refused, "_most", 10)
    assert get_agents(token).status == 200
    for _ in range(35):
        get_agents(make_token())
    assert len(store._refused._entries) <= 10
    lookups.clear()
    assert get_agents(token).status == 200
    assert lookups == []


def test_a_revoked_token_is_refused_once_the_process_has_forgotten_it(
    token: str, get_agents: Callable[[str], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the longest request, 29 s, that is within the promised minute."""
    assert get_agents(token).status == 200
    assert store.revoke_token("dashboard")
    move_clock(monkeypatch, store.REMEMBERED_S + 0.1)
    assert get_agents(token).status == 401
    assert store.REMEMBERED_S + 29 < 60


def test_a_name_is_free_again_after_its_token_was_revoked(token: str) -> None:
    store.revoke_token("dashboard")
    again = store.create_token("dashboard", "read", project=None, expires_at=None)
    assert store.find_token(again) is not None
    assert store.find_token(token) is None


def test_an_expired_token_is_refused_in_the_words_of_an_unknown_one(
    locked_app: Chalice, get_agents: Callable[[str], Answer]
) -> None:
    expired = store.create_token("old", "read", project=None, expires_at=now())
    answers = [get_agents(expired), get_agents(make_token())]
    assert [answer.status for answer in answers] == [401, 401]
    assert answers[0].json["detail"] == answers[1].json["detail"]
    assert answers[0].headers["WWW-Authenticate"] == answers[1].headers["WWW-Authenticate"]


def test_a_token_expires_while_the_process_remembers_it(
    locked_app: Chalice, get_agents: Callable[[str], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = now()
    expires_at = moment + timedelta(hours=1)
    token = store.create_token("soon", "read", project=None, expires_at=expires_at)
    assert get_agents(token).status == 200
    monkeypatch.setattr(store, "now", lambda: expires_at - timedelta(milliseconds=1))
    assert get_agents(token).status == 200
    monkeypatch.setattr(store, "now", lambda: expires_at)
    assert get_agents(token).status == 401


def test_two_tokens_never_share_a_name(token: str) -> None:
    with pytest.raises(store.TokenNameTakenError):
        store.create_token("dashboard", "admin", project=None, expires_at=None)


def test_the_list_holds_no_hash(token: str) -> None:
    (listed,) = store.list_tokens()
    assert listed.keys() == {"name", "scope", "project", "created_at", "expires_at", "limits"}


def test_a_token_that_cannot_be_looked_up_is_not_refused(
    token: str, get_agents: Callable[[str], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, which asks to retry: 401 would make clients throw a good token away."""
    monkeypatch.setattr(mongo, "SERVER_SELECTION_TIMEOUT_S", 0.05)
    monkeypatch.setenv("MONGODB_URI", "mongodb://127.0.0.1:1")
    mongo.forget()
    answer = get_agents(token)
    assert (answer.status, answer.json["code"]) == (503, "database_unavailable")
    assert answer.headers["Retry-After"] == "2"
    assert get_agents("amt_mistyped").status == 401


def test_a_stage_without_tokens_says_once_how_to_make_the_first(
    locked_app: Chalice, get_agents: Callable[[str], Answer], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "agent_metrics"):
        for _ in range(3):
            assert get_agents(make_token()).status == 401
    hints = [record for record in caplog.records if "manage.py token create" in record.message]
    assert len(hints) == 1


def test_a_stage_with_tokens_has_nothing_to_say_about_a_refusal(
    token: str, get_agents: Callable[[str], Answer], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "agent_metrics"):
        assert get_agents(make_token()).status == 401
    assert caplog.records == []


def test_the_log_names_the_token_and_never_holds_it(
    token: str, get_agents: Callable[[str], Answer], caplog: pytest.LogCaptureFixture
) -> None:
    unknown = make_token()
    with caplog.at_level(logging.DEBUG):
        get_agents(token)
        get_agents(unknown)
    names = [vars(record)["token"] for record in caplog.records if hasattr(record, "token")]
    assert names == ["dashboard", None]
    written = " ".join(str(vars(record)) for record in caplog.records)
    assert token[4:] not in written
    assert unknown[4:] not in written


def test_the_log_says_whose_token_lacked_a_scope(
    locked_app: Chalice, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = LambdaClient(locked_app, {"authorization": f"Bearer {token}"})
    with caplog.at_level(logging.INFO, "agent_metrics"):
        assert client.post("/api/v1/agents/a/register", {"project": "p"}).status == 403
    assert "refused: the token 'dashboard' lacks the scope 'ingest'" in caplog.messages


def test_a_token_in_the_address_is_refused_and_not_repeated(
    token: str, get_agents: Callable[[str], Answer], locked_app: Chalice
) -> None:
    """Addresses end up in logs and histories, so a token there never works."""
    client = LambdaClient(locked_app)
    for name in ("access_token", "token", "authorization"):
        path = f"/api/v1/agents?{name}={token}"
        assert client.get(path).status == 401
        answer = client.get(path, authorization=f"Bearer {token}")
        assert (answer.status, answer.json["code"]) == (400, "invalid_query")
        assert token not in answer.text


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
def test_the_header_is_found_in_any_case(name: str, token: str, locked_app: Chalice) -> None:
    answer = LambdaClient(locked_app).request(
        "GET", "/api/v1/agents", headers={name: f"Bearer {token}"}
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    "several",
    [
        {"Authorization": ["Bearer {}", "Bearer {}"]},
        {"Authorization": ["Basic eA==", "Bearer {}"]},
        {"Authorization": ["Bearer {}"], "authorization": ["Basic eA=="]},
    ],
)
def test_several_headers_are_refused(
    several: dict[str, list[str]], token: str, locked_app: Chalice
) -> None:
    """API Gateway hands the last one over beside the list of all: neither may be picked."""
    event = LambdaClient(locked_app).event("GET", "/api/v1/agents")
    event["headers"] = {"Authorization": f"Bearer {token}"}
    event["multiValueHeaders"] = {
        name: [value.format(token) for value in values] for name, values in several.items()
    }
    assert locked_app(event, None)["statusCode"] == 401
    event["multiValueHeaders"] = {"Authorization": [f"Bearer {token}"]}
    assert locked_app(event, None)["statusCode"] == 200


def test_a_browser_asks_for_permission_without_a_token(locked_app: Chalice) -> None:
    """A preflight never carries credentials."""
    answer = LambdaClient(locked_app).request("OPTIONS", "/api/v1/agents")
    assert answer.status == 204
