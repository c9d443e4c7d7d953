"""A block that is packed and unpacked is the same block."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.metrics.block import Block
from chalicelib.metrics.counted import Adjustment
from chalicelib.metrics.measures import Costs
from chalicelib.rollups.packing import LAYOUT, UnknownLayoutError, pack, unpack
from tests.database_v1 import documents
from tests.unit.metrics.samples import add_run

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


def _block(*runs: tuple[int | None, float | None]) -> Block:
    block = Block()
    for number, (duration_us, cost) in enumerate(runs):
        created = NOON + timedelta(milliseconds=number)
        add_run(
            block, "failed" if number % 2 else "other", created, duration_us=duration_us, cost=cost
        )
    return block


def _rich_block() -> Block:
    block = _block((1, 0.5))
    tokens = (2**63 - 1, 0, None, 255, 256)
    for score in (-1e300, 0.1, 5e-324):
        add_run(block, "failed", NOON, cost=2, tokens=tokens, score=score)
    add_run(block, "in_progress", NOON, cost=0.25)
    block.adjustment = Adjustment({"failed": -1, "other": 2}, Decimal("-0.10"), 3, -4, -5, {7: -1})
    return block


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(_block((None, None)), id="nothing known"),
        pytest.param(_block((0, 0.0)), id="zeros"),
        pytest.param(_block((1, 1e-12), (10**13, 1e12), (330_000_000, 0.1)), id="extremes"),
        pytest.param(_block(*((n * 997, n / 7) for n in range(500))), id="many"),
        pytest.param(Block(in_progress=1, first_run=NOON, last_run=LAST), id="the end of time"),
        pytest.param(_rich_block(), id="tokens, scores and an adjustment"),
        pytest.param(Block(adjustment=Adjustment({"failed": -1}, Decimal("-0.5"))), id="no run"),
    ],
)
def test_nothing_is_lost(block: Block) -> None:
    if not block.costs.known:
        block.costs = Costs(unknown=block.runs)
    assert unpack(pack(block)) == block


def test_the_histogram_of_costs_can_be_left_out() -> None:
    block = _block((5, 0.25), (None, 0.5), (7, None))
    left_out = unpack(pack(block), cost_histogram=False)
    assert left_out.costs == Costs(2, 1, block.costs.total)
    assert left_out.durations == block.durations


def _stored_blocks() -> list[tuple[Any, str, bytes]]:
    """(value, dimension, bytes) of every block that the release before layouts stored."""
    return [
        (entry["value"], rollup["_id"]["dimension"], bytes(entry["block"]))
        for name in ("rollups", "day_rollups")
        for rollup in documents(name)
        for entry in rollup.get("values", ())
    ]


def test_blocks_from_before_layouts_had_numbers_are_read() -> None:
    stored = _stored_blocks()
    assert len(stored) > 300
    runs = 0
    for value, dimension, packed in stored:
        block = unpack(packed)
        assert block.runs > 0
        assert block.costs.known + block.costs.unknown == block.runs
        assert sum(block.durations.histogram.values()) == block.durations.count
        if dimension == "status" and value == "Finished":
            runs += block.other
    assert runs > 0


def test_old_blocks_are_told_apart_whatever_they_counted() -> None:
    for value, dimension, packed in _stored_blocks():
        again = pack(unpack(packed))
        assert again[0] == LAYOUT, (value, dimension)
        assert unpack(again) == unpack(packed)


def test_a_newer_layout_is_named() -> None:
    packed = pack(_block((1, 0.5)))
    with pytest.raises(UnknownLayoutError, match="layout 2"):
        unpack(bytes((LAYOUT + 1,)) + packed[1:])


@pytest.mark.parametrize("number", [0, 1, 2, 3, 50, 51])
def test_so_few_durations_stay_known_that_their_percentiles_are_exact(number: int) -> None:
    block = _block(*((duration_us * duration_us, 0.5) for duration_us in range(number)))
    unpacked = unpack(pack(block))
    assert unpacked.durations.to_json() == block.durations.to_json()
    unpacked.merge(_block())
    assert unpacked.durations.is_exact == (number <= 50)
