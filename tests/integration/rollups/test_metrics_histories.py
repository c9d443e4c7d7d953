"""The same totals at the end of any history: batches, retries, rollups, crashes and hold-ups.

In half of them the day of most runs ends meanwhile, by the database's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from chalice import Chalice
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pymongo.database import Database

from chalicelib.database.recent import Recent
from tests.integration.interruptions import crash
from tests.integration.passing_time import KINDS_OF_TILES, keep_in
from tests.integration.trials import (
    EARLY,
    HELD_UP_S,
    LATER,
    MIDNIGHT,
    Document,
    Service,
    make_service,
    one,
)

NEXT_DAY = MIDNIGHT + timedelta(hours=1, minutes=10)
# When a run says that it was created: in its reports in progress, and in the last one. However
# they are repeated and reordered, the same time stands in the end; None is the server's.
TIMES: dict[int, tuple[datetime | None, datetime | None]] = {
    1: (EARLY, EARLY),
    2: (EARLY, EARLY),
    3: (EARLY, LATER),
    4: (LATER, EARLY),
    5: (None, LATER),
    6: (None, EARLY),
    7: (EARLY, None),
    8: (None, None),
    9: (EARLY, NEXT_DAY),
    10: (NEXT_DAY, EARLY),
}
STAGES = ("queued", "running", "completed")

run_ids = st.sampled_from(sorted(TIMES))
reports = st.tuples(run_ids, st.sampled_from(STAGES))
batches = st.lists(reports, min_size=1, max_size=5)
commands = st.integers(1, 9)
of_work = st.integers(1, 25)
durations_s = st.sampled_from([0, 10, 100, 150, 200, HELD_UP_S])


def report_of(run_id: int, stage: str) -> Document:
    in_progress, finished = TIMES[run_id]
    if stage == "completed":
        return one(run_id, finished)
    known: Document = {"status": stage, "duration_us": None, "cost": None}
    return one(run_id, in_progress, **known)


class History(RuleBasedStateMachine):
    """What is acknowledged, or was repeated until it was, is what must stand."""

    def __init__(self, service: Service, patch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.service = service
        self.patch = patch
        self.sent: set[tuple[int, str]] = set()
        self.unanswered: list[tuple[int, str]] = []

    @initialize(is_over=st.booleans())
    def begin(self, *, is_over: bool) -> None:
        (self.service.begin if is_over else self.service.begin_before_midnight)([])

    def _send(self, batch: list[tuple[int, str]]) -> None:
        self.service.send([report_of(*item) for item in batch])
        self.sent.update(batch)

    @rule(batch=batches)
    def send(self, batch: list[tuple[int, str]]) -> None:
        self._send(batch)

    @rule(batch=batches, at=commands, seconds=durations_s)
    def send_and_be_held_up(self, batch: list[tuple[int, str]], at: int, seconds: float) -> None:
        with self.service.interrupted((at, partial(self.service.roll_up, seconds))):
            self._send(batch)

    @rule(batch=batches, at=commands, other=batches)
    def send_and_be_overtaken(
        self, batch: list[tuple[int, str]], at: int, other: list[tuple[int, str]]
    ) -> None:
        with self.service.interrupted((at, partial(self._send, other))):
            self._send(batch)

    @rule(batch=batches, held_up_at=commands, seconds=durations_s, at=commands)
    @precondition(lambda self: not self.unanswered)
    def send_and_crash(
        self, batch: list[tuple[int, str]], held_up_at: int, seconds: float, at: int
    ) -> None:
        events: dict[int, Callable[[], None]] = {
            held_up_at: partial(self.service.roll_up, seconds),
            at: crash,
        }
        self.unanswered = batch
        with self.service.interrupted(*events.items()):
            self._send(batch)
            self.unanswered = []

    @rule()
    @precondition(lambda self: self.unanswered)
    def repeat(self) -> None:
        self._send(self.unanswered)
        self.unanswered = []

    @rule(seconds=durations_s)
    def let_time_pass(self, seconds: float) -> None:
        self.service.clock.move_on(seconds)

    @rule()
    def begin_a_process(self) -> None:
        Recent.forget_all()

    @rule(seconds=durations_s)
    def roll_up(self, seconds: float) -> None:
        self.service.roll_up(seconds)

    @rule(seconds=durations_s, at=of_work, batch=batches)
    def roll_up_amid_writes(self, seconds: float, at: int, batch: list[tuple[int, str]]) -> None:
        def write_and_overtake() -> None:
            self._send(batch)
            self.service.roll_up(seconds)

        self.service.clock.move_on(seconds)
        with self.service.interrupted((at, write_and_overtake)):
            self.service.work()

    @rule(seconds=durations_s, at=of_work)
    def roll_up_amid_a_rollup(self, seconds: float, at: int) -> None:
        with self.service.interrupted((at, partial(self.service.roll_up, seconds))):
            self.service.work()

    @rule(kind=st.sampled_from(sorted(KINDS_OF_TILES)))
    def become_larger_or_smaller(self, kind: str) -> None:
        """As if there were more runs from now on than one tile holds, or fewer."""
        keep_in(kind, self.patch)

    @rule(seconds=durations_s, at=of_work)
    def roll_up_and_crash(self, seconds: float, at: int) -> None:
        self.service.clock.move_on(seconds)
        with self.service.interrupted((at, crash)):
            self.service.work()

    @rule()
    @precondition(lambda self: not self.unanswered)
    def ask(self) -> None:
        self._check()

    def teardown(self) -> None:
        if self.unanswered:
            self.repeat()
        self._check()
        for _ in range(3):  # hours, in which a day that was about to end is folded too
            self.service.roll_up()
            self._check()

    def _check(self) -> None:
        """Every run stands as its reports say, and every number is what they add up to."""
        stored = self.service.stored()
        stages: dict[int, set[str]] = {}
        for run_id, stage in self.sent:
            stages.setdefault(run_id, set()).add(stage)
        assert {i: run.status for i, run in stored.items()} == {
            i: max(some, key=STAGES.index) for i, some in stages.items()
        }
        for run_id, run in stored.items():
            created = created_of(run_id, stages[run_id])
            assert created is None or run.created == created
        self.service.check()


def created_of(run_id: int, stages: set[str]) -> datetime | None:
    """The time that stands after these reports in any order; None is one that the server chose."""
    in_progress, finished = TIMES[run_id]
    if stages == {"completed"}:
        return finished
    return (finished or in_progress) if "completed" in stages else in_progress


# Twelve steps can be read as they are; to make them fewer would take minutes.
HISTORIES = settings(
    max_examples=20,
    stateful_step_count=12,
    phases=[Phase.generate],
    derandomize=True,
    deadline=None,
)


def test_any_history_ends_in_the_same_runs_and_totals(
    app: Chalice, database: Database[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service(app, database, monkeypatch)
    run_state_machine_as_test(partial(History, service, monkeypatch), settings=HISTORIES)  # type: ignore[arg-type]
