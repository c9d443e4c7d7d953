"""Scores are summed exactly, whatever their size and their order."""

from __future__ import annotations

import statistics
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.metrics.scores import Scores, fold_scores, square_root

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=1, max_size=20), st.integers(0, 20))
@settings(deadline=None, max_examples=60)
def test_scores_in_two_parts_are_scores_in_one(values: list[float], at: int) -> None:
    merged = Scores()
    for part in (values[at:], values[:at]):
        if part:
            merged.merge(fold_scores(part))
    assert merged == fold_scores(values)
    assert merged.total == sum(map(Fraction, values))
    assert merged.squares == sum(Fraction(value) ** 2 for value in values)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
@settings(deadline=None, max_examples=60)
def test_mean_and_deviation_are_the_sample_s(values: list[float]) -> None:
    scores = fold_scores(values)
    assert scores.mean == pytest.approx(statistics.mean(values), rel=1e-12, abs=1e-300)
    exact = statistics.stdev(map(Fraction, values))
    assert scores.stddev == pytest.approx(float(exact), rel=1e-12, abs=1e-150)


def test_one_score_has_no_deviation() -> None:
    assert fold_scores([0.75]).to_json() == {
        "count": 1,
        "mean": 0.75,
        "stddev": None,
        "min": 0.75,
        "max": 0.75,
    }


@pytest.mark.parametrize("values", [[1.7e308, -1.7e308], [5e-324, 0.0], [1.7e308, 1.7e308]])
def test_the_ends_of_what_a_float_holds_are_answered(values: list[float]) -> None:
    found = fold_scores(values).to_json()
    assert found["mean"] == float(sum(map(Fraction, values)) / 2)
    assert 0 <= found["stddev"] < float("inf")


@pytest.mark.parametrize("root", [Fraction(1, 3), Fraction(7), Fraction(10) ** 200, Fraction(0)])
def test_a_square_root_is_a_double_s_best(root: Fraction) -> None:
    assert square_root(root * root) == float(root)
