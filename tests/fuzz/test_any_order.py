"""Any order, repetition, batching and interleaving of reports, corrections and deletions.

After every step the stored runs, the metrics and Prometheus's counters are what a plain oracle of
the contract's sentences says, whatever upkeep has counted by then.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pymongo.database import Database

from tests.fuzz.contract_oracle import Document, Expected, outcome_of
from tests.fuzz.effort import FACTOR, search
from tests.fuzz.service import Service
from tests.integration.metrics_oracle import check_block
from tests.integration.passing_time import roll_up
from tests.lambda_client import segment

IDS: list[Any] = [1, "a/b", "12.0"]
_TODAY = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
EARLY, LATE, LATEST = (f"{_TODAY - timedelta(hours=h):%Y-%m-%dT%H:%M:%SZ}" for h in (7, 5, 2))
REPORTS: list[Document] = [
    {"status": "queued", "created": EARLY, "initiator": "ci", "task_id": "007"},
    {"status": "running", "created": EARLY, "initiator": "cron", "cost": 0.1, "models": ["m"]},
    {"status": "running", "metadata": {"a": 1}, "created": LATE, "cost": 0.15},
    {"status": "shelved", "cost": 0.2, "time_taken": 9, "error": "?"},
    {"status": "completed", "cost": 0.3, "time_taken": 2},
    {"status": "completed", "outcome": "failed", "created": LATE, "input_tokens": 5},
    {"status": "completed", "score": 0.5, "tools": ["t"], "cost": 0.3},
    {"status": "failed", "cost": 0.4, "time_taken": 3},
]
CORRECTIONS: list[Document] = [
    {"cost": 7.0},
    {"cost": None, "time_taken": None},
    {"outcome": "failed"},
    {"outcome": None, "status": "running"},
    {"status": "completed", "created": LATEST},
    {"created": EARLY, "initiator": "zoe", "score": -1.0},
]
_NEVER_SAID: Document = {"tools": [], "models": []}

ids = st.sampled_from(IDS)
told = st.tuples(ids, st.sampled_from(range(len(REPORTS))))
batches = st.lists(told, min_size=1, max_size=6)
Told = tuple[Any, int]


class AnyOrder(RuleBasedStateMachine):
    def __init__(self, service: Service, database: Database[Document]) -> None:
        super().__init__()
        self.client, self.database = service.client, database
        self.path = service.add_version()
        self.expected = {run_id: Expected() for run_id in IDS}
        self.counters: dict[str, float] = {}

    @rule(batch=batches)
    def report(self, batch: list[Told]) -> None:
        self._check_answer(batch, self._send(batch))

    @rule(run_id=ids, number=st.sampled_from(range(len(REPORTS))))
    def report_one(self, run_id: Any, number: int) -> None:
        answer = self.client.post(self.path, {"id": run_id} | REPORTS[number])
        status = self.expected[run_id].report(REPORTS[number])
        assert (200 if answer.status == 201 else answer.status) == status, answer.text

    @rule(one=batches, other=batches)
    def report_at_once(self, one: list[Told], other: list[Told]) -> None:
        """What contradicts itself has no order, so only one of the two tells ends."""
        other = [item for item in other if item[1] < 4]
        if not other:
            return
        with ThreadPoolExecutor(1) as thread:
            sent = thread.submit(self._send, other)
            self._check_answer(one, self._send(one))
            self._check_answer(other, sent.result())

    @rule(run_id=ids, changes=st.sampled_from(CORRECTIONS))
    def correct(self, run_id: Any, changes: Document) -> None:
        """A run that has ended is counted already, and stays as it was counted."""
        before, run = self._counters(), self.expected[run_id]
        had_ended = run.is_there and outcome_of(run.fields()) != "in_progress"
        answer = self.client.patch(f"{self.path}/{segment(str(run_id))}", changes)
        assert answer.status == run.correct(changes), answer.text
        if had_ended:
            self._check_same(before)

    @rule(run_id=ids)
    def delete(self, run_id: Any) -> None:
        before = self._counters()
        answer = self.client.delete(f"{self.path}/{segment(str(run_id))}")
        assert answer.status == self.expected[run_id].delete(), answer.text
        self._check_same(before)

    @rule()
    def upkeep(self) -> None:
        roll_up(self.database)

    @invariant()
    def what_stands_is_what_was_told(self) -> None:
        runs = {run["id"]: run for run in self.client.get(self.path).json}
        there = {run_id: e for run_id, e in self.expected.items() if e.is_there}
        assert runs.keys() == there.keys()
        for run_id, expected in there.items():
            known = _NEVER_SAID | expected.fields()
            assert {name: runs[run_id].get(name) for name in known} == known, run_id
        made = [
            expected.run(datetime.fromisoformat(runs[run_id]["created"]))
            for run_id, expected in there.items()
        ]
        metrics = self.client.get(f"{self.path.removesuffix('/runs')}/metrics?stale_after=1ms")
        check_block(metrics.json, made, datetime.now(UTC))

    @invariant()
    def no_counter_falls(self) -> None:
        found = self._counters()
        for name in self.counters.keys() & found.keys():
            assert found[name] >= self.counters[name], name
        self.counters |= found

    def _send(self, batch: list[Told]) -> Document:
        runs = [{"id": run_id} | REPORTS[number] for run_id, number in batch]
        found: Document = self.client.post(self.path, {"runs": runs}).json
        return found

    def _check_answer(self, batch: list[Told], answer: Document) -> None:
        statuses = [self.expected[run_id].report(REPORTS[number]) for run_id, number in batch]
        codes = {409: "run_conflict", 410: "run_deleted"}
        refused = [(i, codes[status]) for i, status in enumerate(statuses) if status != 200]
        assert [(e["index"], e["code"]) for e in answer["errors"]] == refused

    def _counters(self) -> dict[str, float]:
        """Prometheus's of this version: how many runs ended, their costs and their durations."""
        version = f'version="{self.path.split("/")[-2]}"'
        lines = self.client.get("/metrics/prometheus").text.splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if version in line)
        kinds = ("_total{", "_bucket{", "_sum{", "_count{")
        return {name: float(n) for name, n in samples if any(kind in name for kind in kinds)}

    def _check_same(self, before: dict[str, float]) -> None:
        found = self._counters()
        assert {n: found[n] for n in before.keys() & found.keys()} == {
            n: before[n] for n in before.keys() & found.keys()
        }


def test_whatever_happens_the_same_runs_metrics_and_counters_stand(
    service: Service, database: Database[Document]
) -> None:
    phases = [Phase.generate] if FACTOR == 1 else [Phase.generate, Phase.shrink]
    run_state_machine_as_test(
        partial(AnyOrder, service, database),  # type: ignore[arg-type]
        settings=settings(search(9), stateful_step_count=16, phases=phases),
    )
