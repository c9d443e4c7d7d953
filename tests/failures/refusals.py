"""A mongod that is told how to fail, and a service on it with an agent for every test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from chalicelib.database import connection as mongo
from tests.failures.accounts import check_metrics
from tests.failures.replica_sets import Member
from tests.failures.senders import begin, draw_report
from tests.lambda_client import Answer, LambdaClient

REPORTS = [draw_report(number) for number in range(1, 41)]
# Some are new, some stored in this state, and some go on from the stored one.
BEFORE = [*map(begin, REPORTS[:10]), *REPORTS[10:20]]
# Soon enough for a test, and time enough for the driver to retry.
LIMIT_S = 0.3

# Method, path behind the agent's, body.
Request = tuple[str, str, Any]
POST_BATCH: Request = ("POST", "/versions/1/runs", {"runs": REPORTS})
POST_RUN: Request = ("POST", "/versions/1/runs", REPORTS[0])
REGISTER: Request = ("POST", "-2/register", {"project": "tests"})
ADD_VERSION: Request = ("POST", "/versions", {"version": "2"})
LIST_RUNS: Request = ("GET", "/versions/1/runs", None)
METRICS: Request = ("GET", "/metrics", None)

_names = count(1)


class Tenant:
    """One agent with a version and some runs; its requests meet a database that fails."""

    def __init__(self, client: LambdaClient, member: Member, patch: pytest.MonkeyPatch) -> None:
        self._client = client
        self._member = member
        self._patch = patch
        self.agent = f"/api/v1/agents/tenant-{next(_names)}"
        for request in (("POST", "/register", {"project": "tests"}), _ADD_FIRST_VERSION):
            assert self.send(request).status == 201
        assert self.send(("POST", "/versions/1/runs", {"runs": BEFORE})).status == 201

    def send(self, request: Request) -> Answer:
        method, path, body = request
        return self._client.request(method, f"{self.agent}{path}", body)

    @contextmanager
    def failing(self, *commands: str, mode: Any = "alwaysOn", **failure: Any) -> Iterator[None]:
        """Let these commands of the service fail for a while, as `failure` says."""
        data = {"failCommands": list(commands), "appName": "agent-metrics", **failure}
        with self._member.failing("failCommand", mode, **data):
            yield

    def send_in_vain(self, request: Request) -> None:
        """It has to be answered with 503."""
        with self._patch.context() as patch:
            patch.setattr(mongo, "REQUEST_TIMEOUT_S", LIMIT_S)
            answer = self.send(request)
        assert answer.status == 503, answer.text[:500]
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json["code"] in ("database_unavailable", "database_timeout")

    def settle(self, *requests: Request) -> None:
        """The client's retries succeed, and leave what they would have without the failure."""
        for request in requests:
            assert self.send(request).status in (200, 201)
        assert self.send(POST_BATCH).json["accepted"] == len(REPORTS)
        self.check_metrics()

    def check_metrics(self) -> None:
        check_metrics(self.send(METRICS).json, REPORTS)


_ADD_FIRST_VERSION: Request = ("POST", "/versions", {"version": "1"})
