"""A fleet to measure: runs posted through the API, and remembered as they should stand."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any, ClassVar
from urllib.parse import urlencode

from tests.integration.metrics_oracle import Run, text
from tests.lambda_client import LambdaClient

STATUSES = ("completed", "Success", "failed", "TIMEOUT", "running", "queued", "paused", "Résumé")
MODELS = ("opus", "sonnet", "haiku", "a.b/$c")
TOOLS = ("search", "browser", "shell", "")
VERSIONS = (
    ("billing", "invoicer", "1.0", "eu"),
    ("billing", "invoicer", "2.0", "us"),
    ("billing", "dunner", "1.0", None),
    ("support", "triage", "1.0", "eu"),
)


class QuietClient(LambdaClient):
    """A client whose answers nobody observes.

    To compare thousands of blocks with the API document takes longer than to make them.
    """

    observers: ClassVar[list[Any]] = []


@dataclass
class Fleet:
    """Posts runs with `client`; `runs` are all that it posted."""

    client: LambdaClient
    runs: list[Run] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _known: set[tuple[str, str]] = field(default_factory=set)

    def post(self, runs: Sequence[Run]) -> None:
        """Record the runs, in one batch for each of their versions."""
        versions: dict[tuple[str, str], list[Run]] = {}
        for run in runs:
            versions.setdefault((run.agent, run.version), []).append(run)
        for (agent, version), members in versions.items():
            self._register(members[0])
            body = {"runs": [report(run, next(self._ids)) for run in members]}
            answer = self.client.post(f"/api/v1/agents/{agent}/versions/{version}/runs", body)
            assert answer.status == 201, answer.text
            assert answer.json["created"] == len(members)
        self.runs += runs

    def ask(self, path: str = "/api/v1/metrics", **query: Any) -> dict[str, Any]:
        """A metrics route's answer; `start` and `end` are sent as `from` and `to`."""
        names = {"start": "from", "end": "to"}
        sent = {
            names.get(name, name): text(value) if isinstance(value, datetime) else value
            for name, value in query.items()
        }
        answer = self.client.get(f"{path}?{urlencode(sent)}")
        assert answer.status == 200, answer.text
        return dict(answer.json)

    def _register(self, run: Run) -> None:
        if (run.agent, run.version) in self._known:
            return
        self._known.add((run.agent, run.version))
        path = f"/api/v1/agents/{run.agent}"
        assert self.client.post(f"{path}/register", {"project": run.project}).status in (200, 201)
        body = {"version": run.version, "cluster": run.cluster}
        assert self.client.post(f"{path}/versions", body).status == 201


def report(run: Run, run_id: int) -> dict[str, Any]:
    """The run as a client sends it."""
    sent: dict[str, Any] = {"id": run_id, "created": text(run.created), "status": run.status}
    if run.duration_us is not None:
        sent["time_taken"] = f"{run.duration_us // 1_000_000}.{run.duration_us % 1_000_000:06}s"
    if run.cost is not None:
        sent["cost"] = float(run.cost)
    if run.initiator is not None:
        sent["initiator"] = run.initiator
    return sent | {"tools": list(run.tools), "models": list(run.models)}


def draw_runs(seed: int, number: int, start: datetime, end: datetime) -> list[Run]:
    """Runs of every kind, of several versions, spread over [start, end) to the millisecond."""
    chance = random.Random(seed)
    length_ms = (end - start) // timedelta(milliseconds=1)
    return [_draw(chance, start, length_ms) for _ in range(number)]


def _draw(chance: random.Random, start: datetime, length_ms: int) -> Run:
    project, agent, version, cluster = chance.choice(VERSIONS)
    status = chance.choice(STATUSES)
    return Run(
        created=start + timedelta(milliseconds=chance.randrange(length_ms)),
        status=status,
        duration_us=None if status == "queued" else round(chance.lognormvariate(16, 2)),
        cost=chance.choice((None, Decimal(0), Decimal(chance.randrange(1, 10**6)).scaleb(-5))),
        initiator=chance.choice((None, "", "cron", "ada@example.com")),
        tools=tuple(chance.choices([t for t in TOOLS if t], k=chance.randrange(4))),
        models=tuple(chance.choices(MODELS, k=chance.randrange(3))),
        project=project,
        agent=agent,
        version=version,
        cluster=cluster,
    )
