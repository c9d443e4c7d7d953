from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from chalicelib.metrics.proportion import (
    FISHER_EXACT,
    MIN_EXPECTED,
    TWO_PROPORTION_Z,
    compare_proportions,
    fisher_p_value,
    newcombe_interval,
    square_and_add,
    wilson_interval,
)

shares = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(shares)
@example((0, 1))
@example((7, 7))
@settings(deadline=None, max_examples=40)
def test_wilson_interval_is_scipys(share: tuple[int, int]) -> None:
    successes, trials = share
    reference = stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    found = wilson_interval(successes, trials)
    assert found == pytest.approx((reference.low, reference.high), abs=1e-12)
    assert found is not None
    assert 0 <= found[0] <= successes / trials <= found[1] <= 1


def test_wilson_interval_ends_exactly_at_certainty() -> None:
    for trials in range(1, 100):
        none, every = wilson_interval(0, trials), wilson_interval(trials, trials)
        assert none is not None
        assert every is not None
        assert (none[0], every[1]) == (0, 1)


def test_a_proportion_of_nothing_has_no_interval() -> None:
    assert wilson_interval(0, 0) is None
    assert newcombe_interval(0, 0, 3, 4) is None
    assert newcombe_interval(3, 4, 0, 0) is None


@pytest.mark.parametrize(
    ("base", "candidate", "interval"),
    [
        ((48, 80), (56, 70), (0.0524, 0.3339)),
        ((3, 10), (9, 10), (0.1705, 0.8090)),
        ((2, 7), (6, 7), (0.0582, 0.8062)),
        ((0, 29), (5, 56), (-0.0381, 0.1926)),
        ((0, 20), (0, 10), (-0.1611, 0.2775)),
        ((0, 10), (0, 10), (-0.2775, 0.2775)),
        ((0, 20), (10, 10), (0.6791, 1.0)),
        ((0, 10), (10, 10), (0.6075, 1.0)),
    ],
)
def test_newcombe_interval_is_that_of_the_papers_examples(
    base: tuple[int, int], candidate: tuple[int, int], interval: tuple[float, float]
) -> None:
    """Newcombe 1998, Table II, method 10."""
    assert newcombe_interval(*base, *candidate) == pytest.approx(interval, abs=5e-5)


@given(shares, shares)
@settings(deadline=None, max_examples=40)
def test_newcombe_interval_holds_the_difference_and_turns_with_the_sides(
    base: tuple[int, int], candidate: tuple[int, int]
) -> None:
    there, back = newcombe_interval(*base, *candidate), newcombe_interval(*candidate, *base)
    assert there is not None
    assert back is not None
    difference = candidate[0] / candidate[1] - base[0] / base[1]
    assert -1 - 1e-12 <= there[0] <= difference <= there[1] <= 1 + 1e-12
    assert there == pytest.approx((-back[1], -back[0]))


def test_square_and_add_of_two_certain_values_is_their_difference() -> None:
    assert square_and_add(2, (2, 2), 5, (5, 5)) == (3, 3)
    assert square_and_add(2, (1, 2), 5, (2, 6)) == pytest.approx((0, 3 + 2**0.5))


@given(shares, shares)
@example((0, 2), (2, 5))  # two tables equally likely, but for rounding
@example((300, 300), (300, 300))
@example((0, 1), (1, 1))
@settings(deadline=None, max_examples=40)
def test_fisher_p_value_is_scipys(base: tuple[int, int], candidate: tuple[int, int]) -> None:
    table = [[share[0], share[1] - share[0]] for share in (base, candidate)]
    reference = stats.fisher_exact(table).pvalue
    assert fisher_p_value(*base, *candidate) == pytest.approx(reference, rel=1e-7)


@given(shares, shares)
@settings(deadline=None, max_examples=40)
def test_the_test_follows_from_the_expected_counts(
    base: tuple[int, int], candidate: tuple[int, int]
) -> None:
    table = [[share[0], share[1] - share[0]] for share in (base, candidate)]
    p_value, name = compare_proportions(*base, *candidate)
    if stats.contingency.expected_freq(table).min() < MIN_EXPECTED - 1e-9:
        assert name == FISHER_EXACT
        assert p_value == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-7)
    else:
        assert name == TWO_PROPORTION_Z
        reference = stats.chi2_contingency(table, correction=False).pvalue
        assert p_value == pytest.approx(reference, rel=1e-9, abs=1e-300)


def test_a_rare_failure_among_millions_is_still_tested_exactly() -> None:
    p_value, name = compare_proportions(2_999_999, 3_000_000, 2_999_991, 3_000_000)
    assert name == TWO_PROPORTION_Z
    p_value, name = compare_proportions(3_000_000, 3_000_000, 2_999_991, 3_000_000)
    assert name == FISHER_EXACT
    assert p_value == pytest.approx(2 * 0.5**9, rel=1e-3)
