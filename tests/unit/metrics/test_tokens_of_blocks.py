"""Sums of tokens are exact, and null only where no run named that kind."""

from __future__ import annotations

import pytest

from chalicelib.metrics.tokens import Tokens, fold_tokens, used_by

NOTHING = (None, None, None, None, None)


@pytest.mark.parametrize(
    ("row", "used"),
    [
        ((3, None, None, None, None), 3),
        ((None, 4, 9, 9, 9), 4),
        ((3, 4, 2, 1, 1), 7),
        ((0, None, None, None, None), 0),
        ((None, None, 9, None, None), None),
    ],
)
def test_a_run_used_its_input_and_its_output(row: tuple[int | None, ...], used: int | None) -> None:
    assert used_by(row) == used


def test_sums_beyond_64_bits_are_exact() -> None:
    tokens = Tokens()
    for _ in range(3):
        tokens.merge(fold_tokens([(2**63 - 1, 1, None, 0, None)], histogram=False))
    assert tokens.to_json(ended=5) == {
        "input": 3 * (2**63 - 1),
        "output": 3,
        "cache_read_input": None,
        "cache_creation_input": 0,
        "reasoning_output": None,
        "total": 3 * 2**63,
        "mean": 2.0**63,
        "cache_read_share": None,
        "known": 3,
        "unknown": 2,
    }


def test_runs_that_named_the_cache_alone_are_not_known() -> None:
    tokens = fold_tokens([(None, None, 5, None, None), (1, None, 2, None, None)], histogram=True)
    assert (tokens.known, tokens.sums[2]) == (1, 7)
    assert sum(tokens.histogram.values()) == 1
