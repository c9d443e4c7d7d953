"""The examples of the API document are what the app answers, not what somebody wrote down.

`make openapi` records them; without RECORD_EXAMPLES this compares.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, ExecutionTimeout

from chalicelib.access.stored_tokens import limit_token
from chalicelib.database import connection as mongo
from chalicelib.database.indexes import AGENTS_BY_NAME
from chalicelib.database.retention import set_retention
from chalicelib.http import ENDPOINTS
from chalicelib.http.replies import render_problem
from chalicelib.openapi.examples import RECORDING
from chalicelib.openapi.problems import problems_of
from chalicelib.rollups.budget import Stored
from deployment.gateway import ANSWERS
from tests.integration.recording import AGENT, PRESENT, VERSION, record_session, settle
from tests.lambda_client import Answer, LambdaClient

ClientWith = Callable[..., LambdaClient]
Document = dict[str, Any]

DOCUMENTED = [route for route in ENDPOINTS if route.documented]
RUNS = f"{VERSION}/runs"
WATCH = {"name": "daily", "condition": {"type": "budget", "amount": 5, "period": "day"}}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's clock stands still."""
    monkeypatch.setattr("chalicelib.values.instants.to_storable", lambda _: PRESENT)


@pytest.fixture
def session(clock: None, client: LambdaClient) -> list[Document]:
    """The recorded session; its data are there for what follows."""
    return record_session(client)


def test_the_examples_are_what_the_app_answers(
    session: list[Document],
    client: LambdaClient,
    client_with: ClientWith,
    database: Database[Document],
) -> None:
    answers = refuse_callers(client_with)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTH_MODE", "off")
        mongo.forget()
        answers += refuse_malformed(client) + refuse_unknown(client) + refuse_invalid(client)
        answers += [refuse_expired(client, database), *fail(client, database)]
    documents = [answer.json for answer in answers] + answered_by_the_gateway()
    problems = {document["code"]: document for document in documents}
    recorded = settle({"exchanges": session, "problems": dict(sorted(problems.items()))})
    if os.environ.get("RECORD_EXAMPLES"):
        text = json.dumps(recorded, ensure_ascii=False, indent=1)
        RECORDING.write_text(text + "\n", "utf-8")
    assert json.loads(RECORDING.read_text("utf-8")) == recorded


def test_every_operation_and_every_error_has_an_example() -> None:
    recorded = json.loads(RECORDING.read_text("utf-8"))
    answered = {(e["operation"], e["status"], e["media_type"]) for e in recorded["exchanges"]}
    for route in DOCUMENTED:
        for status in route.answers:
            kinds = route.produces if status < 300 else route.produces[:1]
            for media_type in kinds if route.answers[status] is not None else ("",):
                assert (route.view.__name__, status, media_type.partition(";")[0]) in answered
        for problems in problems_of(route).values():
            assert {problem.code for problem in problems} <= recorded["problems"].keys()


def answered_by_the_gateway() -> list[Document]:
    problems = [ANSWERS["THROTTLED"], ANSWERS["DEFAULT_5XX"]]
    return [json.loads(render_problem(problem, "request-1").body) for problem in problems]


def refuse_malformed(client: LambdaClient) -> list[Answer]:
    register = f"{AGENT}/register"
    return [
        client.post(register, b'{"project": "shop"'),
        client.get("/api/v1/agents/%FF"),
        client.get("/api/v1/agents?limit=0&color=red"),
        client.get("/api/v1/agents?cursor=2"),
        client.get("/api/v1/metrics?tool=search&model=claude-sonnet"),
        client.get("/api/v1/metrics?group_by=model&tool=bash"),
        too_large(client),
        too_much(client),
        client.get(f"{RUNS}/%0A"),
        client.post(register, b"project=shop", content_type="application/x-www-form-urlencoded"),
        client.post(register, gzip.compress(b'{"project": "shop"}')[:-9], content_encoding="gzip"),
        client.post(RUNS, b" " * 5_000_001),
        client.request("PUT", "/api/v1/agents"),
        client.get("/api/v1/agents", host="metrics.example"),
        client.post(register, {"project": "shop"}, host="localhost", origin="https://app.example"),
    ]


def too_large(client: LambdaClient) -> Answer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.http.replies.can_be_carried", lambda text: "request_id" in text)
        return client.get("/api/v1/agents")


def too_much(client: LambdaClient) -> Answer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.rollups.budget._LEAST", 0)
        patch.setattr("chalicelib.rollups.budget._look", lambda: Stored(1_000, 900_000_000))
        patch.setattr("chalicelib.rollups.budget._count", lambda *_: 500)
        mongo.forget()
        return client.get("/api/v1/metrics?group_by=tool&from=2026-03-01&to=2026-03-03")


def refuse_unknown(client: LambdaClient) -> list[Answer]:
    return [
        client.get("/api/v1/agents/checkout"),
        client.get(f"{AGENT}/versions/1.5"),
        client.get(f"{RUNS}/1000000"),
        client.get("/api/v1/watches/69a57ac0c0ffee0000000001"),
    ]


def refuse_invalid(client: LambdaClient) -> list[Answer]:
    return [
        client.post(f"{AGENT}/register", {"project": "support"}),
        client.post(f"{AGENT}/versions", {"version": "1.4.2", "cluster": "us-east-1"}),
        client.post(RUNS, {"id": 4711, "status": "failed"}),
        report_deleted(client),
        client.post(f"{AGENT}/versions", {"version": "1.5", "region": "eu"}),
        client.post("/api/v1/agents/69a57ac0c0ffee0000000001/register", {"project": "shop"}),
        client.post(RUNS, {"id": 4716, "status": "completed", "cost": -1}),
        client.post(RUNS, {"runs": [{"status": "ok"}] * 10_001}),
        client.post("/api/v1/watches", {**WATCH, "agent": "checkout"}),
        too_many_watches(client),
    ]


def report_deleted(client: LambdaClient) -> Answer:
    report = {"id": 4799, "status": "completed"}
    client.post(RUNS, report)
    client.delete(f"{RUNS}/4799")
    return client.post(RUNS, report)


def too_many_watches(client: LambdaClient) -> Answer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.watches.stored_watches.MOST_WATCHES", 0)
        return client.post("/api/v1/watches", WATCH)


def refuse_callers(client_with: ClientWith) -> list[Answer]:
    bound = client_with("ingest", project="support")
    limited = client_with("read")
    limit_token("token-2", {"requests": 1})
    limited.get("/api/v1/agents")
    return [
        limited.get("/api/v1/agents"),
        LambdaClient(bound.app).get(AGENT),
        client_with("read").post(RUNS, {"status": "ok"}),
        bound.post(f"{AGENT}/register", {"project": "shop"}),
    ]


def refuse_expired(client: LambdaClient, database: Database[Document]) -> Answer:
    set_retention(database, 30)
    mongo.forget()
    return client.post(RUNS, {"id": 4717, "status": "ok", "created": "2026-01-01T00:00:00Z"})


def fail(client: LambdaClient, database: Database[Document]) -> list[Answer]:
    """What the service answers when something behind it is broken."""
    answers = []
    for broken in (RuntimeError("a bug"), ExecutionTimeout("slow"), ConnectionFailure("gone")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("chalicelib.registry.find_agent", raising(broken))
            answers.append(client.get(AGENT))
    database["agents"].drop_index(AGENTS_BY_NAME)
    return [*answers, client.get("/ready")]


def raising(error: Exception) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail
