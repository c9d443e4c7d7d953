"""One process under load: the handler, and a client that calls it all the time."""

from __future__ import annotations

import os
import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

import psutil

from app import app, rollup
from benchmarks.reports import draw_reports
from management.database import choose_database
from tests.lambda_client import SCHEDULED_EVENT, Answer, LambdaClient

BATCH = 50
# After this part of the time memory is measured first: everything has been used by then.
WARM = 0.25
ROLLUP_EVERY_S = 60
_IDS_OF_A_PROCESS = 10**10
_BYTES_PER_MB = 1_000_000


class Work(NamedTuple):
    """What a process is to do: at most `requests`, for at most `seconds`."""

    number: int
    uri: str
    database: str
    token: str
    paths: list[str]
    seconds: float
    requests: int


@dataclass
class Record:
    """What came of it: seconds by kind of request, failures, runs that were new, memory."""

    seconds: defaultdict[str, array[float]] = field(
        default_factory=lambda: defaultdict(_empty_column)
    )
    failures: Counter[str] = field(default_factory=Counter)
    new_runs: int = 0
    warm_mb: float = 0
    end_mb: float = 0

    @property
    def requests(self) -> int:
        return sum(map(len, self.seconds.values()))


class Caller:
    """Draws requests at random, in the shares of KINDS, and sends one after the other."""

    def __init__(self, work: Work) -> None:
        os.environ["AUTH_MODE"] = "token"
        choose_database(work.uri, work.database)
        self._client = LambdaClient(app, {"authorization": f"Bearer {work.token}"})
        self._work = work
        self._random = Random(work.number)
        self._last_batch: tuple[str, Any] | None = None
        self.record = Record()

    def run(self) -> Record:
        """Call until the time, or the number of requests, is up."""
        started = time.monotonic()
        warm_at, end_at = (started + part * self._work.seconds for part in (WARM, 1))
        next_rollup = min(started + ROLLUP_EVERY_S, warm_at)
        for _ in range(self._work.requests):
            now = time.monotonic()
            if now > end_at:
                break
            if not self.record.warm_mb and now > warm_at:
                self.record.warm_mb = _memory_mb()
            if self._work.number == 0 and now > next_rollup:
                next_rollup += ROLLUP_EVERY_S
                self._time(SCHEDULED, lambda: rollup(SCHEDULED_EVENT, None))
            self._call()
        self.record.end_mb = _memory_mb()
        return self.record

    def post_batch(self, path: str) -> Answer:
        self._last_batch = (path, {"runs": self._draw(BATCH)})
        return self._client.post(*self._last_batch)

    def repeat_batch(self, path: str) -> Answer:
        """What a client does that has not heard the answer."""
        if self._last_batch is None:
            return self.post_batch(path)
        return self._client.post(*self._last_batch)

    def post_run(self, path: str) -> Answer:
        return self._client.post(path, self._draw(1)[0])

    def get(self, path: str) -> Answer:
        return self._client.get(path)

    def _draw(self, number: int) -> list[dict[str, Any]]:
        """New runs, under ids that no other process draws."""
        offset = self._work.number * _IDS_OF_A_PROCESS
        reports = draw_reports(number, self._random.getrandbits(32))
        return [report | {"id": report["id"] + offset} for report in reports]

    def _call(self) -> None:
        (kind,) = self._random.choices(KINDS, SHARES)
        path = self._random.choice(self._work.paths)
        answer: Answer = self._time(kind.name, lambda: kind.call(self, path))
        if answer.status not in (200, 201):
            self.record.failures[f"{kind.name}: {answer.status} {answer.text[:200]}"] += 1
        elif kind.writes:
            counts = answer.json
            self.record.new_runs += counts["created"] if "accepted" in counts else 1

    def _time(self, name: str, action: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = action()
        self.record.seconds[name].append(time.perf_counter() - started)
        return result


class Kind(NamedTuple):
    """A kind of request: of a hundred, `share` are of it. `call` is given a version's runs."""

    name: str
    share: int
    call: Callable[[Caller, str], Answer]
    writes: bool = False


def _get(address: str) -> Callable[[Caller, str], Answer]:
    """Asks for an address in which {runs}, {version} and {agent} stand for those it is given."""

    def call(caller: Caller, path: str) -> Answer:
        version = path.removesuffix("/runs")
        agent = version.partition("/versions/")[0]
        return caller.get(address.format(runs=path, version=version, agent=agent))

    return call


KINDS = [
    Kind(f"batch of {BATCH}", 5, Caller.post_batch, writes=True),
    Kind(f"batch of {BATCH}, repeated", 2, Caller.repeat_batch, writes=True),
    Kind("one run", 45, Caller.post_run, writes=True),
    Kind("version's runs", 12, _get("{runs}?limit=100")),
    Kind("agent's failed runs", 6, _get("{agent}/runs?outcome=failed&limit=100")),
    Kind("agents", 10, _get("/api/v1/agents")),
    Kind("version's metrics", 8, _get("{version}/metrics")),
    Kind("agent's metrics by hour", 6, _get("{agent}/metrics?interval=hour")),
    Kind("fleet's metrics by agent", 3, _get("/api/v1/metrics?group_by=agent")),
    Kind("tiles", 3, _get("/api/v1/ui/stats")),
]
SHARES = [kind.share for kind in KINDS]
SCHEDULED = "scheduled rollup"


def _empty_column() -> array[float]:
    return array("d")


def _memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / _BYTES_PER_MB
