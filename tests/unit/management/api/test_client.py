"""Patience, and what ends it."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from management.api.client import TRIES, ApiClient, ApiError, ApiUnreachableError


class Script:
    """A service that gives these answers in turn, and then the last one again."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, token: str | None = None) -> ApiClient:
        transport = httpx.MockTransport(self)
        return ApiClient("http://service", token, transport=transport, sleep=self.waits.append)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_passing_refusal_is_retried_after_the_time_asked_for(status: int) -> None:
    busy = httpx.Response(status, headers={"Retry-After": "7"})
    script = Script(busy, httpx.Response(201, json={"id": "1"}))

    assert script.client().register_agent("agent", "project") == {"id": "1"}
    assert script.waits == [7.0]


def test_a_lost_connection_is_retried_with_growing_pauses() -> None:
    lost = httpx.ConnectError("connection refused")
    script = Script(lost, lost, lost, httpx.Response(201, json={}))

    script.client().register_agent("agent", "project")

    assert script.waits == sorted(script.waits)
    assert len(script.waits) == 3


def test_patience_ends() -> None:
    script = Script(httpx.Response(503, headers={"Retry-After": "100000"}))

    with pytest.raises(ApiUnreachableError, match="it answers 503"):
        script.client().register_agent("agent", "project")
    assert len(script.requests) == TRIES
    assert max(script.waits) <= 30


def test_the_first_look_is_not_repeated() -> None:
    """Whoever forgot to start the service should not wait half a minute to be told so."""
    script = Script(httpx.ConnectError("connection refused"))

    with pytest.raises(ApiUnreachableError, match="connection refused"):
        script.client().check()
    assert script.waits == []


def test_a_refusal_says_what_the_service_said() -> None:
    script = Script(httpx.Response(401, json={"code": "unauthorized", "detail": "send a token"}))

    with pytest.raises(ApiError, match="unauthorized: send a token"):
        script.client().register_agent("agent", "project")
    assert len(script.requests) == 1


def test_an_answer_that_is_no_problem_document_is_still_an_error() -> None:
    script = Script(httpx.Response(500, text="<html>oops</html>"))

    with pytest.raises(ApiError, match="status 500"):
        script.client().register_agent("agent", "project")


@pytest.mark.parametrize("status", [201, 200, 409])
def test_a_version_that_exists_is_as_good_as_a_new_one(status: int) -> None:
    script = Script(httpx.Response(status, json={"code": "version_conflict", "detail": "differs"}))

    script.client().add_version("agent", {"version": "1.0"})


def test_names_are_encoded_as_one_segment_of_the_path() -> None:
    script = Script(httpx.Response(404, json={}))

    assert script.client().find_agent("a/b %ü") is None
    assert script.requests[0].url.raw_path == b"/api/v1/agents/a%2Fb%20%25%C3%BC"


@pytest.mark.parametrize(("token", "header"), [("amt_secret", "Bearer amt_secret"), (None, None)])
def test_the_token_is_sent_where_there_is_one(token: str | None, header: str | None) -> None:
    script = Script(httpx.Response(200, json={"status": "ok"}))

    script.client(token).check()

    assert script.requests[0].headers.get("Authorization") == header


def test_a_batch_that_was_refused_run_by_run_is_an_answer() -> None:
    script = Script(httpx.Response(422, json={"accepted": 0, "errors": []}))

    assert script.client().add_runs("agent", "1.0", [{"id": 1}]) == {"accepted": 0, "errors": []}
    assert json.loads(script.requests[0].content) == {"runs": [{"id": 1}]}


Call = Callable[[ApiClient], object]


@pytest.mark.parametrize("call", [lambda c: c.check(), lambda c: c.find_agent("a")])
def test_an_answer_of_another_service_is_an_error(call: Call) -> None:
    script = Script(httpx.Response(403, text="forbidden"))

    with pytest.raises(ApiError):
        call(script.client())
