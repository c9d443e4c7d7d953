"""Processes that run the Lambda handler, one request at a time each, and can be killed.

They are forked from a server that has imported the app already, so that each starts as fast as
a warm function. The test process only sends requests and keeps what is answered.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Self

from app import app, rollup
from chalicelib.database import connection as mongo
from tests.api_contract import check_answer
from tests.lambda_client import SCHEDULED_EVENT, Answer, LambdaClient

# No answer takes as long, not even one of a process that waits for a slow database.
PATIENCE_S = 60

_ROLL_UP = ("ROLL UP", "", None)

_starting = multiprocessing.get_context("forkserver")
_starting.set_forkserver_preload([__name__])


class LostConnectionError(Exception):
    """The process ended before it had answered."""


@dataclass(frozen=True)
class Deployment:
    """A database to serve, and the limits in seconds that differ from the service's own."""

    uri: str
    database: str
    limits: Mapping[str, float] = field(default_factory=dict)

    def launch(self) -> LambdaProcess:
        return LambdaProcess(self)


class LambdaProcess:
    """One warm execution environment."""

    def __init__(self, deployment: Deployment) -> None:
        self._line, theirs = multiprocessing.Pipe()
        arguments = (theirs, deployment.uri, deployment.database, dict(deployment.limits))
        self._process = _starting.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        # Only the process has its end now, so that this one sees it closed when that dies.
        theirs.close()

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def post(self, path: str, body: Any) -> Answer:
        return self.request("POST", path, body)

    def request(self, method: str, path: str, body: Any = None) -> Answer:
        self.begin(method, path, body)
        return self.answer()

    def begin(self, method: str, path: str, body: Any = None) -> None:
        """Send a request without waiting for its answer."""
        try:
            self._line.send((method, path, body))
        except OSError as error:
            raise LostConnectionError from error

    def answer(self) -> Answer:
        """The answer to what was begun, held against the API document.

        Raises LostConnectionError when the process died.
        """
        try:
            assert self._line.poll(PATIENCE_S), "the function does not answer"
            method, route, answer = self._line.recv()
        except (EOFError, OSError) as error:
            raise LostConnectionError from error
        check_answer(method, route, answer.status, answer.headers, answer.text)
        assert isinstance(answer, Answer)
        return answer

    def has_answered(self) -> bool:
        return self._line.poll()

    def roll_up(self) -> int:
        """Run the scheduled function; how many hours it recomputed."""
        self._line.send(_ROLL_UP)
        hours = self._line.recv()
        assert isinstance(hours, int)
        return hours

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def freeze(self) -> None:
        """Stop it as Lambda does between two requests."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it as Lambda does when its time is up, whatever it is doing."""
        self._process.kill()
        self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._line.close()

    def _signal(self, number: int) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)


def _serve(
    line: Connection[Any, Any], uri: str, database: str, limits: Mapping[str, float]
) -> None:
    for name in ("MONGODB_SECRET_ID", "AUTH_MODE", "CORS_ORIGINS", "RUNS_TTL_DAYS"):
        os.environ.pop(name, None)
    os.environ |= {"MONGODB_URI": uri, "MONGODB_DATABASE": database}
    # In Lambda the driver asks after its servers now and then instead of listening to them.
    os.environ["AWS_EXECUTION_ENV"] = "AWS_Lambda_python3.11"
    for name, seconds in limits.items():
        setattr(mongo, name, seconds)
    client = LambdaClient(app)
    while True:
        try:
            method, path, body = line.recv()
        except EOFError:
            return
        if method == _ROLL_UP[0]:
            line.send(rollup(SCHEDULED_EVENT, None))
            continue
        route = client.event(method, path)["requestContext"]["resourcePath"]
        line.send((method, route, client.request(method, path, body)))
