"""The service under measurement: the Lambda handler on a database of a mongod of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bson import ObjectId

from app import app
from chalicelib.access import create_token
from chalicelib.database import client, collection, database, ensure_indexes
from chalicelib.database.names import TOKENS
from chalicelib.registry import find_agent, find_version
from management.database import choose_database
from management.mongod import Mongod
from tests.lambda_client import LambdaClient

DATA = Path(__file__).parents[1] / ".data" / "bench"
VERSION = "1"
_CONTEXT = SimpleNamespace(aws_request_id="benchmark")


@contextmanager
def running_mongod() -> Iterator[str]:
    """The connection string of a mongod whose data outlive it, so that fixtures load once."""
    DATA.mkdir(parents=True, exist_ok=True)
    with Mongod(DATA) as mongod:
        yield mongod.uri


class Service:
    """The handler on one database, called with a token, as a deployed stage asks for."""

    def __init__(self, uri: str, name: str, *, empty: bool = False) -> None:
        os.environ["AUTH_MODE"] = "token"
        choose_database(uri, name)
        if empty:
            client().drop_database(name)
        ensure_indexes(database())
        collection(TOKENS).delete_many({})
        token = create_token("benchmark", "admin", project=None, expires_at=None)
        self._client = LambdaClient(app, {"authorization": f"Bearer {token}"})

    def event(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """API Gateway's event of a request, made ahead of `call` so as not to be timed."""
        return self._client.event(method, path, body, headers)

    def call(self, event: dict[str, Any], status: int = 200) -> dict[str, Any]:
        """The handler's answer, which must have this status."""
        answer: dict[str, Any] = app(event, _CONTEXT)
        assert answer["statusCode"] == status, answer["body"]
        return answer

    def route_of(self, method: str, path: str) -> tuple[str, str]:
        """The method and the route's path, as the route table has them."""
        return method, self.event(method, path)["requestContext"]["resourcePath"]

    def add_version(self, agent: str, version: str = VERSION, *, project: str = "benchmark") -> str:
        """Register an agent and a version of it; the path of that version's runs."""
        path = f"/api/v1/agents/{agent}"
        for address, body in (
            (f"{path}/register", {"project": project}),
            (f"{path}/versions", {"version": version}),
        ):
            answer = self._client.post(address, body)
            assert answer.status in (200, 201), answer.text
        return f"{path}/versions/{version}/runs"

    @staticmethod
    def ids_of(agent: str, version: str = VERSION) -> tuple[ObjectId, ObjectId]:
        """The ids of an agent and of its version."""
        found = find_agent(agent)
        return found["_id"], find_version(found, version)["_id"]
