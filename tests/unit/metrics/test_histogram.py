from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.metrics.histogram import (
    GAMMA,
    ZERO_BUCKET,
    add_counts,
    bucket_of,
    estimate,
    merge,
    quantile,
    rank_of,
    round_significant,
    values_at,
)

ONE_PERCENT = Fraction(1, 100)
INT32 = range(-(2**31), 2**31)

durations_us = st.integers(0, 32_000_000_000_000)
costs = st.just(0.0) | st.floats(1e-12, 1e12)
values = durations_us | costs
samples = st.lists(values, min_size=1, max_size=60)
quantiles = st.sampled_from([0, 0.01, 0.29, 0.5, 0.9, 0.95, 0.99, 1]) | st.floats(0, 1)
histograms = st.dictionaries(st.integers(-1400, 1600), st.integers(1, 10**6), max_size=20)


def is_within_one_percent(found: float, true: float) -> bool:
    """Decided in rational numbers, so that rounding cannot help."""
    return abs(Fraction(found) - Fraction(true)) <= ONE_PERCENT * Fraction(true)


@given(values)
@settings(deadline=None, max_examples=300)
def test_estimate_is_within_one_percent_of_any_value(value: float) -> None:
    assert is_within_one_percent(estimate(bucket_of(value)), value)


@given(st.floats(1e-300, 1e300))
@settings(deadline=None, max_examples=40)
def test_estimate_holds_far_beyond_what_is_ever_stored(value: float) -> None:
    assert is_within_one_percent(estimate(bucket_of(value)), value)


def test_estimate_is_within_one_percent_on_both_sides_of_every_edge() -> None:
    for bucket in range(-1400, 1600):
        edge = float(Decimal(repr(GAMMA)) ** bucket)
        for value in (np.nextafter(edge, 0), edge, np.nextafter(edge, np.inf)):
            assert is_within_one_percent(estimate(bucket_of(float(value))), float(value)), bucket


@pytest.mark.parametrize("value", [0, 0.0, -0.0, Decimal(0)])
def test_zero_has_a_bucket_of_its_own_below_all_others(value: float) -> None:
    assert bucket_of(value) == ZERO_BUCKET < bucket_of(5e-324)
    assert estimate(ZERO_BUCKET) == 0


@given(values, values)
@settings(deadline=None, max_examples=40)
def test_buckets_are_int32_and_sort_as_their_values(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert bucket_of(low) in INT32
    assert bucket_of(low) <= bucket_of(high)
    assert estimate(bucket_of(low)) <= estimate(bucket_of(high))


@pytest.mark.parametrize(
    ("value", "error"),
    [(-1, ValueError), (-1e-12, ValueError), (float("nan"), ValueError), (np.inf, OverflowError)],
)
def test_a_value_that_has_no_bucket_is_refused(value: float, error: type[Exception]) -> None:
    with pytest.raises(error):
        bucket_of(value)


@given(samples, quantiles)
@settings(deadline=None, max_examples=100)
def test_quantile_is_within_one_percent_of_the_true_one(sample: list[float], q: float) -> None:
    true = sorted(sample)[int(Fraction(repr(q)) * (len(sample) - 1))]
    found = quantile(Counter(map(bucket_of, sample)), q)
    assert found is not None
    assert is_within_one_percent(found, true)
    clamped = quantile(Counter(map(bucket_of, sample)), q, least=min(sample), greatest=max(sample))
    assert clamped is not None
    assert is_within_one_percent(clamped, true)
    assert min(sample) <= clamped <= max(sample)


@pytest.mark.parametrize("q", [0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
def test_quantile_is_numpys_lower_quantile(q: float) -> None:
    sample = np.random.default_rng(4).lognormal(10, 2, 1234)
    found = quantile(Counter(bucket_of(float(value)) for value in sample), q)
    assert found == pytest.approx(np.quantile(sample, q, method="lower"), rel=0.01)


@given(samples)
@settings(deadline=None, max_examples=40)
def test_known_least_and_greatest_come_back_exactly(sample: list[float]) -> None:
    counts = Counter(map(bucket_of, sample))
    least, greatest = min(sample), max(sample)
    assert quantile(counts, 0, least=least, greatest=greatest) == least
    if len(sample) > 1:
        assert quantile(counts, 1, least=least, greatest=greatest) == greatest


def test_quantile_of_nothing_is_none() -> None:
    assert quantile({}, 0.5) is None


@pytest.mark.parametrize("q", [-0.01, 1.01, float("nan")])
def test_a_quantile_outside_of_0_to_1_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        quantile({0: 1}, q)


def test_rank_is_of_the_quantile_as_written_and_not_of_its_binary_neighbour() -> None:
    assert 0.29 * 100 < 29
    assert rank_of(0.29, 101) == 29


def test_values_beyond_the_sample_are_refused() -> None:
    with pytest.raises(IndexError, match="of 3 values"):
        values_at({1: 3}, [0, 3])


def test_several_places_are_answered_in_one_walk() -> None:
    counts = {5: 2, ZERO_BUCKET: 1, -7: 3}
    found = values_at(counts, [0, 1, 3, 3, 4, 5])
    assert found == [0.0, *[estimate(-7)] * 3, *[estimate(5)] * 2]


@given(samples, samples)
@settings(deadline=None, max_examples=40)
def test_merging_histograms_is_counting_all_values_together(
    one: list[float], other: list[float]
) -> None:
    merged = merge(Counter(map(bucket_of, one)), Counter(map(bucket_of, other)))
    assert merged == Counter(map(bucket_of, one + other))


@given(histograms, histograms, histograms)
@settings(deadline=None, max_examples=40)
def test_merging_is_associative_and_commutative(
    a: dict[int, int], b: dict[int, int], c: dict[int, int]
) -> None:
    assert merge(merge(a, b), c) == merge(a, merge(b, c)) == merge(c, b, a)


def test_merge_leaves_its_arguments_alone_and_add_counts_changes_the_first() -> None:
    one, other = {1: 1}, {1: 2, 3: 4}
    assert merge(one, other) == {1: 3, 3: 4}
    assert (one, other) == ({1: 1}, {1: 2, 3: 4})
    add_counts(one, other)
    assert (one, other) == ({1: 3, 3: 4}, {1: 2, 3: 4})


@pytest.mark.parametrize(
    ("value", "rounded"), [(0, 0), (1234567, 1234570), (0.1 + 0.2, 0.3), (-1e-7 / 3, -3.33333e-8)]
)
def test_six_digits_are_kept(value: float, rounded: float) -> None:
    assert round_significant(value) == rounded
