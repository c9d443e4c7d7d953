"""A block that is packed and unpacked is the same block."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.metrics.block import Block
from chalicelib.metrics.measures import Costs
from chalicelib.rollups.packing import pack, unpack

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


def _block(*runs: tuple[int | None, float | None]) -> Block:
    block = Block()
    for number, (duration_us, cost) in enumerate(runs):
        created = NOON + timedelta(milliseconds=number)
        block.add_run(
            "failed" if number % 2 else "other", created, duration_us=duration_us, cost=cost
        )
    return block


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(_block((None, None)), id="nothing known"),
        pytest.param(_block((0, 0.0)), id="zeros"),
        pytest.param(_block((1, 1e-12), (10**13, 1e12), (330_000_000, 0.1)), id="extremes"),
        pytest.param(_block(*((n * 997, n / 7) for n in range(500))), id="many"),
        pytest.param(Block(in_progress=1, first_run=NOON, last_run=LAST), id="the end of time"),
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
