from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from chalicelib.metrics.histogram import ZERO_BUCKET, bucket_of, estimate
from chalicelib.metrics.ranks import compare_ranks, find_median

buckets = st.just(ZERO_BUCKET) | st.integers(-5, 12)
samples = st.lists(buckets, min_size=1, max_size=60)


@given(samples, samples)
@settings(deadline=None, max_examples=40)
def test_the_rank_test_is_scipys_over_the_buckets(base: list[int], candidate: list[int]) -> None:
    found = compare_ranks(Counter(base), Counter(candidate))
    if len({*base, *candidate}) == 1:
        assert found.p_value == 1
        return
    reference = stats.mannwhitneyu(
        candidate, base, use_continuity=True, alternative="two-sided", method="asymptotic"
    )
    assert found.p_value == pytest.approx(reference.pvalue, rel=1e-9)
    assert found.superiority == pytest.approx(reference.statistic / len(base) / len(candidate))


@given(samples, samples)
@settings(deadline=None, max_examples=40)
def test_superiority_is_that_of_all_pairs_and_turns_with_the_sides(
    base: list[int], candidate: list[int]
) -> None:
    there = compare_ranks(Counter(base), Counter(candidate))
    back = compare_ranks(Counter(candidate), Counter(base))
    pairs = [(a, b) for a in base for b in candidate]
    wins = sum(1.0 if b > a else 0.5 if b == a else 0.0 for a, b in pairs)
    assert there.superiority == pytest.approx(wins / len(pairs))
    assert back.superiority == pytest.approx(1 - there.superiority)
    assert back.p_value == pytest.approx(there.p_value)


def test_the_buckets_cost_the_test_little_of_what_the_values_would_tell() -> None:
    generator = np.random.default_rng(7)
    base, candidate = generator.lognormal(8, 1, 400), generator.lognormal(8.1, 1, 500)
    found = compare_ranks(
        *(Counter(bucket_of(float(value)) for value in sample) for sample in (base, candidate))
    )
    reference = stats.mannwhitneyu(candidate, base)
    assert found.p_value == pytest.approx(reference.pvalue, rel=0.02)


def test_billions_of_runs_do_not_overflow() -> None:
    found = compare_ranks({1: 10**10, 2: 10**10}, {1: 10**10, 2: 10**10 + 10**6})
    table = [[10**10, 10**10], [10**10, 10**10 + 10**6]]
    reference = stats.chi2_contingency(table, correction=False).pvalue
    assert found.p_value == pytest.approx(reference, rel=1e-3)
    assert found.superiority == pytest.approx(0.5, abs=0.001)


def test_a_sample_wholly_above_the_other_is_as_superior_as_can_be() -> None:
    found = compare_ranks({1: 50}, {2: 50})
    assert found.superiority == 1
    assert found.p_value < 1e-20


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=80))
@settings(deadline=None, max_examples=40)
def test_the_median_lies_within_its_interval_and_near_the_true_one(values: list[int]) -> None:
    found = find_median(Counter(map(bucket_of, values)), least=min(values), greatest=max(values))
    assert found is not None
    assert min(values) <= found.low <= found.value <= found.high <= max(values)
    assert found.value == pytest.approx(sorted(values)[(len(values) - 1) // 2], rel=0.01)


def test_the_medians_interval_is_the_narrowest_that_covers_it_in_95_percent() -> None:
    """Of those between two order statistics at equal distances from the ends."""
    places = {estimate(bucket): bucket for bucket in range(400)}
    for n in range(6, 400, 7):
        found = find_median(dict.fromkeys(range(n), 1))
        assert found is not None
        low, high = places[found.low], places[found.high]
        assert low + high == n - 1
        assert coverage_of(low, high, n) >= 0.95 > coverage_of(low + 1, high - 1, n)


def coverage_of(low: int, high: int, n: int) -> float:
    """How often the true median lies between the order statistics at two places, from 0."""
    return float(stats.binom.cdf(high, n, 0.5) - stats.binom.cdf(low, n, 0.5))


def test_nothing_has_no_median() -> None:
    assert find_median({}) is None
