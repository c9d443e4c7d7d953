"""Limits of a token: of requests and of questions a minute, counted for the whole service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from chalice.app import Chalice
from pymongo.database import Database

from chalicelib.access.stored_tokens import create_token, limit_token
from chalicelib.database import connection as mongo
from tests.lambda_client import LambdaClient

Document = dict[str, Any]
AGENTS, METRICS = "/api/v1/agents", "/api/v1/metrics"
TRACES = "/v1/traces"


@pytest.fixture(autouse=True)
def minute(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Sets the clock by which is counted: a minute, and a second in it."""

    def set_clock(minute: int, second: int) -> None:
        instant = datetime(2026, 3, 1, 12, minute, second, tzinfo=UTC)
        monkeypatch.setattr("chalicelib.access.limits.now", lambda: instant)

    set_clock(0, 50)
    return set_clock


@pytest.fixture
def client_of(locked_app: Chalice) -> Callable[..., LambdaClient]:
    def make(**limits: int) -> LambdaClient:
        token = create_token("ci", "admin", project=None, expires_at=None, limits=limits)
        return LambdaClient(locked_app, {"authorization": f"Bearer {token}"})

    return make


def test_the_limit_of_requests_holds_until_the_next_minute(
    client_of: Callable[..., LambdaClient], minute: Callable[[int, int], None]
) -> None:
    client = client_of(requests=3)
    statuses = [client.get(path).status for path in (AGENTS, METRICS, AGENTS, AGENTS)]
    assert statuses == [200, 200, 200, 429]
    refused = client.get(METRICS)
    assert (refused.json["code"], refused.headers["Retry-After"]) == ("rate_limited", "10")
    assert "may send 3 requests a minute" in refused.json["detail"]
    minute(1, 0)
    assert client.get(AGENTS).status == 200


def test_questions_have_a_limit_of_their_own(client_of: Callable[..., LambdaClient]) -> None:
    client = client_of(questions=2)
    statuses = [client.get(path).status for path in (METRICS, AGENTS, METRICS, METRICS, AGENTS)]
    assert statuses == [200, 200, 200, 429, 200]
    assert "2 questions about metrics a minute" in client.get(METRICS).json["detail"]


def test_several_processes_count_together(
    client_of: Callable[..., LambdaClient], database: Database[Document]
) -> None:
    client = client_of(requests=2)
    for expected in (200, 200, 429):
        mongo.forget()
        assert client.get(AGENTS).status == expected
    [used] = database["token_uses"].find()
    assert (used["requests"], "questions" in used) == (3, False)
    assert used["expires_at"].minute == 10


def test_exporters_are_told_to_come_back_within_half_a_minute(
    client_of: Callable[..., LambdaClient], minute: Callable[[int, int], None]
) -> None:
    minute(0, 1)
    client = client_of(requests=1)
    answers = [client.post(TRACES, {"resourceSpans": []}) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 429]
    assert answers[1].headers["Retry-After"] == "29"
    assert "a minute" in answers[1].json["message"]


def test_a_token_without_limits_costs_nothing(
    client_of: Callable[..., LambdaClient], database: Database[Document]
) -> None:
    client = client_of()
    assert client.get(METRICS).status == 200
    assert "token_uses" not in database.list_collection_names() or (
        database["token_uses"].count_documents({}) == 0
    )


def test_a_changed_limit_is_known_once_the_token_is_looked_up_again(
    client_of: Callable[..., LambdaClient],
) -> None:
    client = client_of(requests=1)
    assert [client.get(AGENTS).status for _ in range(2)] == [200, 429]
    assert limit_token("ci", {})
    mongo.forget()
    assert client.get(AGENTS).status == 200


def test_where_nothing_can_be_counted_the_request_is_served(
    client_of: Callable[..., LambdaClient], database: Database[Document]
) -> None:
    client = client_of(requests=1)
    database.command("collMod", "token_uses", validator={"_id": "nothing"})
    assert [client.get(AGENTS).status for _ in range(3)] == [200, 200, 200]
