"""The chain app → client → data: each test has a database, and the app's client, of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from app import app as the_app
from chalicelib.access.stored_tokens import TokenScope, create_token
from chalicelib.database import connection as mongo
from chalicelib.database.indexes import ensure_indexes
from management.mongod import Mongod
from tests.api_contract import check_answer
from tests.lambda_client import Answer, LambdaClient, segment

Document = dict[str, Any]
Report = Callable[..., Document]
ClientWith = Callable[..., LambdaClient]


@pytest.fixture(autouse=True, scope="session")
def contract() -> Iterator[None]:
    """Every answer that a test gets, in whatever test, is one that the API document promises."""

    def observe(event: Document, answer: Answer) -> None:
        request = event["requestContext"]
        route = (request["httpMethod"], request["resourcePath"])
        check_answer(*route, answer.status, answer.headers, answer.text)

    LambdaClient.observers.append(observe)
    yield
    LambdaClient.observers.remove(observe)


@contextmanager
def serve_database(mongod: Mongod, database: Database[Document]) -> Iterator[Chalice]:
    """The one app, on this database and with no other settings than that."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MONGODB_SECRET_ID", "AUTH_MODE", "CORS_ORIGINS", "RUNS_TTL_DAYS"):
            patch.delenv(name, raising=False)
        patch.setenv("MONGODB_URI", mongod.uri)
        patch.setenv("MONGODB_DATABASE", database.name)
        mongo.forget()
        ensure_indexes(database)
        yield the_app
        mongo.forget()


@pytest.fixture
def app(mongod: Mongod, database: Database[Document]) -> Iterator[Chalice]:
    """The one app, on this test's database."""
    with serve_database(mongod, database) as served:
        yield served


@pytest.fixture
def client(app: Chalice) -> LambdaClient:
    return LambdaClient(app)


@pytest.fixture
def locked_app(app: Chalice, monkeypatch: pytest.MonkeyPatch) -> Chalice:
    """The app as a deployed stage runs it: every caller needs a token."""
    monkeypatch.setenv("AUTH_MODE", "token")
    mongo.forget()
    return app


@pytest.fixture
def client_with(locked_app: Chalice) -> ClientWith:
    """Makes clients that send a token of their own: `client_with("read", project="billing")`."""
    names = count(1)

    def make(scope: TokenScope, project: str | None = None) -> LambdaClient:
        token = create_token(f"token-{next(names)}", scope, project=project, expires_at=None)
        return LambdaClient(locked_app, {"authorization": f"Bearer {token}"})

    return make


@pytest.fixture
def agent(client: LambdaClient) -> Document:
    """A registered agent, as the API answers it."""
    answer = client.post("/api/v1/agents/tester/register", {"project": "tests"})
    assert answer.status == 201
    return dict(answer.json)


@pytest.fixture
def version(client: LambdaClient, agent: Document) -> Document:
    """A version of `agent`, as the API answers it."""
    answer = client.post("/api/v1/agents/tester/versions", {"version": "1.0.2"})
    assert answer.status == 201
    return dict(answer.json)


@pytest.fixture
def runs_path(agent: Document, version: Document) -> str:
    """Where runs of `version` are posted and listed."""
    return f"/api/v1/agents/{segment(agent['name'])}/versions/{segment(version['version'])}/runs"


@pytest.fixture
def run_report() -> Report:
    """Makes valid reports, each of another run unless it is given an id."""
    ids = count(1)

    def make(**fields: Any) -> Document:
        return {
            "id": next(ids),
            "created": "2026-03-01T12:00:00Z",
            "status": "completed",
            "time_taken": "5m30s",
            "cost": 0.1,
        } | fields

    return make


@pytest.fixture
def stored(database: Database[Document]) -> Callable[[], dict[str, list[Document]]]:
    """Reads everything that is in the database: a refused request leaves it as it was."""

    def dump() -> dict[str, list[Document]]:
        names = database.list_collection_names()
        return {name: sorted(database[name].find(), key=repr) for name in names}

    return dump
