from __future__ import annotations

import json
import statistics
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.values.outcomes import OUTCOMES, Outcome
from tests.unit.metrics.samples import add_run

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
Run = tuple[
    Outcome, datetime, int | None, float | None, tuple[int | None, ...] | None, float | None
]
counts = st.none() | st.integers(0, 2**63 - 1)

runs = st.tuples(
    st.sampled_from(OUTCOMES),
    st.integers(0, 10**9).map(lambda seconds: START + timedelta(seconds=seconds)),
    st.none() | st.integers(0, 32_000_000_000_000),
    st.none() | st.just(0.0) | st.floats(1e-12, 1e12),
    st.none() | st.tuples(*[counts] * 5),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
samples = st.lists(runs, max_size=15)


def block_of_runs(sample: list[Run], stale: int = 0) -> Block:
    block = Block(stale=stale)
    for outcome, created, duration_us, cost, tokens, score in sample:
        add_run(
            block, outcome, created, duration_us=duration_us, cost=cost, tokens=tokens, score=score
        )
    return block


def test_an_empty_block_has_counts_of_zero_and_nulls() -> None:
    assert Block().to_json() == {
        "runs": 0,
        "by_outcome": {"succeeded": 0, "failed": 0, "in_progress": 0, "other": 0},
        "stale": 0,
        "rated": 0,
        "success_rate": None,
        "success_rate_interval": None,
        "duration_ms": {
            **dict.fromkeys(("mean", "min", "max", "p50", "p90", "p95", "p99")),
            "count": 0,
            "method": "exact",
            "relative_error": 0,
        },
        "cost": {"total": None, "in_progress": None, "mean": None, "known": 0, "unknown": 0},
        "tokens": {
            **dict.fromkeys(("input", "output", "cache_read_input", "cache_creation_input")),
            **dict.fromkeys(("reasoning_output", "total", "mean", "cache_read_share")),
            "known": 0,
            "unknown": 0,
        },
        "score": {"count": 0, **dict.fromkeys(("mean", "stddev", "min", "max"))},
        "first_run": None,
        "last_run": None,
    }


def test_a_block_says_what_its_runs_were() -> None:
    block = block_of_runs(
        [
            ("succeeded", START + timedelta(seconds=1.5), 2_000_000, 0.25, (7, 2, 5, None, 0), 0.5),
            ("succeeded", START, 1_000_000, None, (3, None, None, None, None), -1.5),
            ("failed", START + timedelta(hours=1), 4_000_000, 0.5, None, None),
            ("in_progress", START, 9_000_000, 2.0, (1, 1, 1, 1, 1), 9.0),
            ("other", START, None, 0.0, (None, None, 4, None, None), None),
        ],
        stale=1,
    )
    found = block.to_json()
    low, high = found.pop("success_rate_interval")
    assert low < found.pop("success_rate") == 2 / 3 < high
    durations = found.pop("duration_ms")
    assert durations["count"] == 3
    assert durations["mean"] == pytest.approx(statistics.mean([2000, 1000, 4000]))
    assert durations["p50"] == pytest.approx(2000, rel=0.01)
    assert found == {
        "runs": 5,
        "by_outcome": {"succeeded": 2, "failed": 1, "in_progress": 1, "other": 1},
        "stale": 1,
        "rated": 3,
        "cost": {"total": 2.75, "in_progress": 2, "mean": 0.25, "known": 3, "unknown": 1},
        "tokens": {
            "input": 10,
            "output": 2,
            "cache_read_input": 9,
            "cache_creation_input": None,
            "reasoning_output": 0,
            "total": 12,
            "mean": 6,
            "cache_read_share": 0.9,
            "known": 2,
            "unknown": 2,
        },
        "score": {"count": 2, "mean": -0.5, "stddev": 1.41421, "min": -1.5, "max": 0.5},
        "first_run": "2026-01-31T12:00:00Z",
        "last_run": "2026-01-31T13:00:00Z",
    }


def test_runs_without_a_final_outcome_have_no_success_rate() -> None:
    found = block_of_runs(
        [("in_progress", START, None, None, None, None), ("other", START, 1, 1.0, None, None)]
    ).to_json()
    assert (found["rated"], found["success_rate"], found["success_rate_interval"]) == (
        0,
        None,
        None,
    )


@given(samples, samples)
@settings(deadline=None, max_examples=50)
def test_merging_blocks_is_counting_all_runs_together(one: list[Run], other: list[Run]) -> None:
    merged = block_of_runs(one, stale=1)
    merged.merge(block_of_runs(other, stale=2))
    assert merged == block_of_runs(one + other, stale=3)
    assert merged.to_json() == block_of_runs(other + one, stale=3).to_json()


@given(samples, samples, samples)
@settings(deadline=None, max_examples=30)
def test_merging_is_associative_and_commutative(a: list[Run], b: list[Run], c: list[Run]) -> None:
    blocks = [block_of_runs(sample) for sample in (a, b, c)]
    left = merge_blocks([merge_blocks(blocks[:2]), blocks[2]])
    right = merge_blocks([blocks[0], merge_blocks(blocks[1:])])
    assert left == right == merge_blocks(reversed(blocks))


def test_merge_blocks_leaves_its_arguments_alone() -> None:
    blocks = [block_of_runs([("failed", START, 5, 1.0, (1, 2, 3, 4, 5), 0.5)]) for _ in range(3)]
    before = deepcopy(blocks)
    merged = merge_blocks(blocks)
    merged.merge(merged_again := merge_blocks(blocks))
    assert blocks == before
    assert merged_again.runs == 3
    assert merged.runs == 6


def test_merging_nothing_is_the_empty_block() -> None:
    assert merge_blocks([]) == Block()


@given(samples)
@settings(deadline=None, max_examples=50)
def test_a_block_is_json_as_it_stands(sample: list[Run]) -> None:
    found = block_of_runs(sample).to_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert sum(found["by_outcome"].values()) == found["runs"] == len(sample)
    ended = found["runs"] - found["by_outcome"]["in_progress"]
    assert found["cost"]["known"] + found["cost"]["unknown"] == ended
    assert found["tokens"]["known"] + found["tokens"]["unknown"] == ended
    known = [Fraction(repr(run[3])) for run in sample if run[3] is not None]
    assert found["cost"]["total"] == (float(sum(known)) if known else None)
