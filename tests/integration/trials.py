"""A service that can be interrupted, in a time that can be moved on: see test_metrics_crashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from bson import ObjectId
from chalice import Chalice
from pymongo.database import Database

from chalicelib.rollups import upkeep
from chalicelib.runs import recording as ingest
from tests.integration.fleet import QuietClient, report
from tests.integration.interruptions import Crash, Interruptions, listen
from tests.integration.metrics_oracle import Run, check_answer, cut, divide, text
from tests.integration.passing_time import PATIENCE_S, Clock
from tests.lambda_client import LambdaClient

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
END = START + timedelta(days=1)
# Whole days, which are read from rollups of days where there are any.
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = (MIDNIGHT - timedelta(days=1), MIDNIGHT + timedelta(days=1))
# An agent that says nothing of it was created now, which is another hour after each hold-up.
NOW = START + timedelta(hours=3, minutes=20)
HELD_UP_S = 3700
Document = dict[str, Any]


@dataclass
class Service:
    """A version of its own for each trial, and what may go wrong with it."""

    client: LambdaClient
    database: Database[Document]
    clock: Clock
    interruptions: Interruptions
    _versions: Iterator[int] = field(default_factory=lambda: count(1))
    _path: str = ""
    _version_id: ObjectId = field(default_factory=ObjectId)
    _began: timedelta = timedelta()

    def begin(self, batches: list[list[Document]]) -> None:
        """A new version that these batches were sent to, long ago and rolled up since."""
        self._began = self.clock.ahead
        name = next(self._versions)
        agent = "/api/v1/agents/tester"
        self.client.post(f"{agent}/register", {"project": "tests"})
        added = self.client.post(f"{agent}/versions", {"version": f"v{name}"})
        self._version_id = ObjectId(added.json["id"])
        self._path = f"{agent}/versions/v{name}"
        for batch in batches:
            self.send(batch)
        self.roll_up()

    def begin_before_midnight(self, batches: list[list[Document]]) -> None:
        """The same, but the day of the runs is about to end by the database's clock."""
        self.clock.set_to(MIDNIGHT - timedelta(hours=12))
        self.begin(batches)
        self.clock.set_to(MIDNIGHT - timedelta(minutes=10))

    def now(self) -> datetime:
        return NOW + self.clock.ahead - self._began

    def send(self, batch: list[Document]) -> None:
        answer = self.client.post(f"{self._path}/runs", {"runs": batch})
        assert answer.status in (200, 201, 207), answer.text

    def roll_up(self, held_up_s: float = HELD_UP_S) -> None:
        self.clock.move_on(held_up_s)
        self.work()

    def work(self) -> None:
        """What the scheduled function does."""
        upkeep.count_marked(PATIENCE_S)

    def stored(self) -> dict[int, Run]:
        """The runs of the trial as they are stored, by id."""
        found = self.database["runs"].find({"_id.v": self._version_id})
        return {run["_id"]["id"]: _run_of(run) for run in found}

    def ask(self) -> Any:
        """The metrics of the trial's version, all in one."""
        return self.client.get(f"{self._path}/metrics?stale_after=1ms").json

    def check(self) -> None:
        """Every number is what the stored runs add up to."""
        runs = list(self.stored().values())
        groups = divide(runs, "initiator")
        answer = self._ask(START, END, "interval=hour&group_by=initiator")
        check_answer(answer, runs, cut(START, END, "hour", "UTC"), stale_before=END, groups=groups)
        answer = self._ask(*DAYS, "group_by=initiator")
        check_answer(answer, runs, stale_before=DAYS[1], groups=groups)

    def _ask(self, start: datetime, end: datetime, query: str) -> Any:
        range_ = f"from={text(start)}&to={text(end)}&stale_after=1ms"
        return self.client.get(f"{self._path}/metrics?{range_}&{query}").json

    @contextmanager
    def interrupted(self, *events: tuple[int, Callable[[], object]]) -> Iterator[None]:
        """Let things happen before the n-th command within; a crash ends the block."""
        try:
            with self.interruptions.at(dict(events)):
                yield
        except Crash:
            pass


def make_service(app: Chalice, database: Database[Document], patch: pytest.MonkeyPatch) -> Service:
    clock = Clock(patch)
    service = Service(QuietClient(app), database, clock, listen(patch))
    patch.setattr(ingest, "now", service.now)
    return service


def _run_of(document: Document) -> Run:
    cost = document.get("cost")
    return Run(
        document["created"],
        document["status"],
        document.get("duration_us"),
        None if cost is None else Decimal(repr(cost)),
        document.get("initiator"),
        models=tuple(document["models"]),
    )


EARLY, LATER = START + timedelta(hours=1, minutes=5), START + timedelta(hours=6, minutes=55)


def one(run_id: int, created: datetime | None = EARLY, **fields: Any) -> Document:
    """A report of a finished run, unless `status` says otherwise."""
    sent: Document = {
        "duration_us": 1_000_000 * run_id,
        "cost": Decimal(run_id),
        "initiator": "cron",
    }
    made = report(Run(created or NOW, **(sent | {"models": ("opus",)} | fields)), run_id)
    if created is None:
        del made["created"]
    return made


def running(run_id: int, created: datetime | None = EARLY) -> Document:
    return one(run_id, created, status="running", duration_us=None, cost=None)
