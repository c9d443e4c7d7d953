from __future__ import annotations

import json

import pytest

from chalicelib.metrics.block import Block
from chalicelib.metrics.comparison import compare_blocks
from tests.unit.metrics.samples import block_of


def test_a_comparison_holds_both_blocks_the_differences_and_five_verdicts() -> None:
    base = block_of(succeeded=95, failed=5, durations_ms=[100] * 40, costs=[0.5, None])
    candidate = block_of(succeeded=80, failed=20, durations_ms=[150] * 40, costs=[0.4])
    found = compare_blocks(base, candidate)
    assert found["base"] == base.to_json()
    assert found["candidate"] == candidate.to_json()
    assert found["differences"] == {
        "success_rate": {"absolute": -0.15, "relative": -0.157895},
        "duration_ms": {
            name: {"absolute": 50, "relative": 0.5} for name in ("mean", "p50", "p90", "p95", "p99")
        },
        "cost": {"mean": {"absolute": -0.1, "relative": -0.2}},
        "tokens": {"mean": {"absolute": None, "relative": None}},
        "score": {"mean": {"absolute": None, "relative": None}},
    }
    assert {name: verdict["verdict"] for name, verdict in found["verdicts"].items()} == {
        "success_rate": "worse",
        "duration_ms": "worse",
        "cost": "insufficient_data",
        "tokens": "insufficient_data",
        "score": "insufficient_data",
    }
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("base", [Block(), block_of(costs=[None])])
def test_a_difference_to_nothing_is_null(base: Block) -> None:
    found = compare_blocks(base, block_of(succeeded=1, durations_ms=[1], costs=[1]))
    nothing = {"absolute": None, "relative": None}
    assert found["differences"]["success_rate"] == nothing
    assert found["differences"]["duration_ms"]["p95"] == nothing
    assert found["differences"]["cost"]["mean"] == nothing


def test_a_difference_to_zero_is_absolute_only() -> None:
    found = compare_blocks(block_of(costs=[0]), block_of(costs=[0.25]))
    assert found["differences"]["cost"]["mean"] == {"absolute": 0.25, "relative": None}
