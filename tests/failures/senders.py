"""Clients that report runs as they should: each batch again until it is acknowledged."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

from tests.failures.lambda_processes import Deployment, LambdaProcess, LostConnectionError
from tests.lambda_client import Answer

AGENT = "/api/v1/agents/tester"
BATCH = 40
# A member that mistrusts another one does not replicate from it for a minute.
PATIENCE_S = 90
# Instead of Retry-After, which is meant for clients that are in no hurry.
RETRY_S = 0.1

Report = dict[str, Any]


def draw_report(number: int) -> Report:
    """The finished run of this number; costs and durations are such that their sums are exact."""
    return {
        "id": number,
        "created": f"2026-03-01T{number % 24:02}:{number % 60:02}:00Z",
        "status": "completed" if number % 5 else "failed",
        "time_taken": number % 30 + 0.5,
        "cost": number % 8 / 8,
    }


def begin(report: Report) -> Report:
    """What is reported of the run when it begins."""
    return {"id": report["id"], "created": report["created"], "status": "running"}


def draw_batches() -> Iterator[list[Report]]:
    """In each batch runs that begin, those that the batch before began, and older ones again."""
    for start in count(1, BATCH):
        numbers = range(start - 2 * BATCH, start + BATCH)
        older, begun, new = (
            [draw_report(number) for number in numbers[at : at + BATCH] if number > 0]
            for at in (0, BATCH, 2 * BATCH)
        )
        yield [*older, *begun, *map(begin, new)]


def insist(function: LambdaProcess, path: str, body: Any) -> Answer:
    """Post it until it is acknowledged; any answer but success or 503 is an error."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer = function.post(path, body)
        if answer.status in (200, 201):
            return answer
        assert answer.status == 503, answer.text[:500]
        assert int(answer.headers["Retry-After"]) > 0
        assert time.monotonic() < deadline, f"not acknowledged within {PATIENCE_S} s"
        time.sleep(RETRY_S)


class Sender:
    """One client; what it talks to is launched anew whenever it dies."""

    def __init__(
        self, deployment: Deployment, path: str, batches: Iterable[list[Report]] | None = None
    ) -> None:
        self.path = path
        self.acknowledged: list[list[Report]] = []
        self.function: LambdaProcess = deployment.launch()
        self._deployment = deployment
        self._batches = iter(batches or draw_batches())

    def send_until(self, stop: threading.Event) -> None:
        """Send batch after batch; any answer but success or a request to retry is an error."""
        while not stop.is_set():
            self.send_next()

    def send_next(self) -> None:
        batch = next(self._batches)
        answer = self._send(batch)
        assert answer.json["accepted"] == len(batch)
        self.acknowledged.append(batch)

    def close(self) -> None:
        self.function.kill()

    def _send(self, batch: list[Report]) -> Answer:
        while True:
            try:
                return insist(self.function, self.path, {"runs": batch})
            except LostConnectionError:
                self.function = self._deployment.launch()


class Traffic:
    """Senders at work, one in each thread."""

    def __init__(self, senders: list[Sender], working: list[Future[None]]) -> None:
        self._senders = senders
        self._working = working

    def await_batches(self, number: int = 3) -> None:
        """Wait until every sender has had as many more batches acknowledged."""
        goals = [(sender, len(sender.acknowledged) + number) for sender in self._senders]
        deadline = time.monotonic() + PATIENCE_S
        while any(len(sender.acknowledged) < goal for sender, goal in goals):
            for ended in self._working:
                if ended.done():
                    ended.result()
            assert time.monotonic() < deadline, "the senders make no progress"
            time.sleep(0.02)


@contextmanager
def traffic(senders: list[Sender]) -> Iterator[Traffic]:
    """Let the senders work meanwhile; raises what went wrong with any of them."""
    stop = threading.Event()
    with ThreadPoolExecutor(len(senders)) as pool:
        working = [pool.submit(sender.send_until, stop) for sender in senders]
        try:
            yield Traffic(senders, working)
        finally:
            stop.set()
        for ended in working:
            ended.result()


def add_versions(function: LambdaProcess, *versions: str) -> list[str]:
    """Register an agent with these versions; the paths of their runs."""
    insist(function, f"{AGENT}/register", {"project": "tests"})
    for version in versions:
        insist(function, f"{AGENT}/versions", {"version": version})
    return [f"{AGENT}/versions/{version}/runs" for version in versions]
