"""Folding columns of runs is counting one run after the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.metrics.block import Block, counters_of
from chalicelib.metrics.folding import fold, rows_of
from chalicelib.values.instants import to_ms
from chalicelib.values.outcomes import outcome_of
from tests.unit.metrics.samples import add_run

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
NAMES = (
    *("created_ms", "status", "outcome", "reported_outcome", "duration_us", "cost"),
    *("tokens", "score", "counted", "initiator", "tools"),
)

runs = st.fixed_dictionaries(
    {
        "created": st.integers(0, 10**6).map(lambda s: START + timedelta(seconds=s)),
        "status": st.sampled_from(["Done", "failed", "running", "odd word", "timed out"]),
        "reported_outcome": st.none() | st.sampled_from(["failed", "in_progress", "other"]),
        "duration_us": st.none() | st.integers(0, 10**9),
        "cost": st.none() | st.floats(1e-12, 1e6) | st.integers(0, 5),
        "tokens": st.none() | st.lists(st.none() | st.integers(0, 99), min_size=5, max_size=5),
        "score": st.none() | st.floats(-1, 1),
        "initiator": st.none() | st.sampled_from(["ci", "cron"]),
        "tools": st.lists(st.sampled_from(["grep", "edit"]), max_size=3),
    }
)


def columns_of(sample: list[dict[str, Any]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in NAMES}
    for run in sample:
        known = {"created_ms": to_ms(run["created"]), "outcome": outcome_now(run)} | run
        for name, column in columns.items():
            column.append(known.get(name))
    return columns


def outcome_now(run: dict[str, Any]) -> Any:
    return run.get("reported_outcome") or (run.get("status") and outcome_of(run["status"]))


def block_of_runs(sample: list[dict[str, Any]]) -> Block:
    block = Block()
    for run in sample:
        known = {n: run[n] for n in ("duration_us", "cost", "tokens", "score")}
        add_run(block, outcome_now(run), run["created"], **known)
    return block


@given(st.lists(runs, min_size=1, max_size=12))
@settings(deadline=None, max_examples=60)
def test_folding_is_counting_one_by_one(sample: list[dict[str, Any]]) -> None:
    columns = columns_of(sample)
    rows = rows_of(columns)
    (total,) = fold(rows, columns["status"], "total").values()
    assert total == block_of_runs(sample)
    by_initiator = fold(rows, columns["initiator"], "initiator")
    for initiator, block in by_initiator.items():
        alike = [run for run in sample if run["initiator"] == initiator]
        assert block.to_json() == block_of_runs(alike).to_json()
    by_tool = fold(rows, columns["tools"], "tool")
    for tool, block in by_tool.items():
        alike = [
            run for run in sample if tool in run["tools"] or (tool, run["tools"]) == (None, [])
        ]
        assert block.runs == len(alike)


def ended(**fields: Any) -> dict[str, Any]:
    return {"created": START, "status": "done", "duration_us": 5_000_000, "cost": 1.5} | fields


DELETED = {"created": START, "status": None}
AS_SUCCEEDED = {"outcome": "succeeded", "cost": 1.5, "duration_us": 5_000_000}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(DELETED, id="deleted"),
        pytest.param(ended(status="failed", cost=99.0), id="corrected"),
        pytest.param(ended(cost=None, duration_us=None), id="made unknown"),
        pytest.param(ended(status="running"), id="in progress again"),
        pytest.param(ended(outcome="succeeded", counted=None), id="as it was"),
    ],
)
def test_counters_keep_what_was_counted(changed: dict[str, Any]) -> None:
    other = ended(status="failed")
    sample = [{"counted": AS_SUCCEEDED} | changed, other]
    columns = columns_of(sample)
    (total,) = fold(rows_of(columns), columns["status"], "total").values()
    before = columns_of([ended(), other])
    (expected,) = fold(rows_of(before), before["status"], "total").values()
    counters, wanted = counters_of(total), counters_of(expected)
    assert (counters.succeeded, counters.failed, counters.other) == (1, 1, 0)
    assert counters.costs.ended == 3
    assert counters.costs.unknown == 0
    assert counters.durations.sum_us == wanted.durations.sum_us
    assert {b: n for b, n in counters.durations.histogram.items() if n} == (
        wanted.durations.histogram
    )


def test_a_deleted_run_counts_nowhere_else() -> None:
    columns = columns_of([DELETED | {"counted": AS_SUCCEEDED}, DELETED])
    rows = rows_of(columns)
    (total,) = fold(rows, columns["status"], "total").values()
    assert total.to_json() == Block().to_json()
    assert fold(rows, columns["status"], "status") == {}


def test_what_an_older_release_called_other_stays_counted_so() -> None:
    columns = columns_of([ended(status="Finished", outcome="other")])
    (total,) = fold(rows_of(columns), columns["status"], "total").values()
    assert (total.succeeded, total.other) == (1, 0)
    counters = counters_of(total)
    assert (counters.succeeded, counters.other) == (0, 1)
