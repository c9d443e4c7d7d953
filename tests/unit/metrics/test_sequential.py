from __future__ import annotations

from collections import Counter
from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from chalicelib.metrics.histogram import ZERO_BUCKET, bucket_of
from chalicelib.metrics.sequential import (
    LEVEL,
    RANK_DRIFT,
    SUCCESS_DRIFT,
    Evidence,
    evidence_of_drop,
    evidence_of_increase,
    level_of_comparison,
    level_of_day,
)

# From so many runs on, evidence follows the share of successes whatever the other side has.
A_FEW = 12

counts = st.tuples(st.integers(0, 400), st.integers(1, 400)).map(lambda c: (min(c), max(c)))


def mixed(z: float, information: float, spread: float) -> float:
    """The mixture of likelihood ratios by numerical integration."""
    found, _ = integrate.quad(
        lambda drift: (
            2
            * stats.norm.pdf(drift, scale=spread)
            * exp(drift * z * information**0.5 - drift**2 * information / 2)
        ),
        0,
        12 * spread,
        limit=200,
    )
    return float(found)


def test_the_e_value_of_a_drop_is_the_mixture_over_half_normal_drifts() -> None:
    found = evidence_of_drop(285, 300, 52, 60)
    table = np.array([[285, 15], [52, 8]])
    z = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")[0] ** 0.5
    share = (285 + 52 + 0.5) / 361
    information = share * (1 - share) * 300 * 60 / 360
    assert found.e_value == pytest.approx(mixed(z, information, SUCCESS_DRIFT), rel=1e-6)


def test_the_e_value_of_an_increase_is_the_mixture_over_half_normal_drifts() -> None:
    base, values = Counter({1: 50, 2: 40, 3: 10}), Counter({1: 12, 2: 20, 3: 18})
    found = evidence_of_increase(base, values)
    superiority = (12 * 25 + 20 * 70 + 18 * 95) / 5000
    n = 150
    ties = sum((base[v] + values[v]) ** 3 - base[v] - values[v] for v in (1, 2, 3))
    information = 5000 * 12 / ((n**3 - n - ties) / (n * (n - 1)))
    z = (superiority - 0.5) * information**0.5
    assert found.drift == pytest.approx(superiority - 0.5)
    assert found.e_value == pytest.approx(mixed(z, information, RANK_DRIFT), rel=1e-6)


@pytest.mark.parametrize("table", [(0, 0, 5, 9), (5, 9, 0, 0), (0, 0, 0, 0)])
def test_nothing_on_a_side_is_no_evidence(table: tuple[int, int, int, int]) -> None:
    assert evidence_of_drop(*table) == Evidence()


@pytest.mark.parametrize(
    ("base", "values"),
    [({}, {1: 3}), ({1: 3}, {}), ({7: 3}, {7: 9}), ({ZERO_BUCKET: 1}, {ZERO_BUCKET: 1})],
)
def test_samples_without_order_are_no_evidence(
    base: dict[int, int], values: dict[int, int]
) -> None:
    assert evidence_of_increase(base, values) == Evidence()


@given(counts.filter(lambda count: count[1] >= A_FEW), counts)
@settings(deadline=None)
def test_one_success_more_is_never_more_evidence_of_a_drop(
    base: tuple[int, int], other: tuple[int, int]
) -> None:
    """So counting what still runs as a success can delay an alarm, and never make one.

    Against a base of ten runs or fewer it may be more by a little: of 0 in 37 against 1 in 1, the
    first success raises log e by 0.0006.
    """
    successes, trials = other
    if successes < trials:
        fewer = evidence_of_drop(*base, successes, trials)
        assert evidence_of_drop(*base, successes + 1, trials).log_e <= fewer.log_e + 1e-9


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_shares_alike_are_evidence_against_a_drop_however_many(share: float) -> None:
    n = 10_000_000
    found = evidence_of_drop(int(share * n), n, int(share * n), n)
    assert found.log_e <= 0
    assert found.drift == 0


def test_a_rise_is_no_evidence_of_a_drop() -> None:
    found = evidence_of_drop(0, 10**7, 10**7, 10**7)
    assert found.log_e < -10
    assert found.drift < 0


def test_a_fall_of_everything_is_a_number() -> None:
    found = evidence_of_drop(10**7, 10**7, 0, 10**7)
    assert found.log_e > 10**6
    assert found.e_value < inf
    assert found.reaches(level_of_comparison(1000))


def test_longer_by_half_is_found_and_shorter_is_not() -> None:
    generator = np.random.default_rng(3)
    base = Counter(map(bucket_of, generator.lognormal(0, 0.7, 500)))
    longer = Counter(map(bucket_of, 1.5 * generator.lognormal(0, 0.7, 200)))
    assert evidence_of_increase(base, longer).reaches(LEVEL)
    assert not evidence_of_increase(longer, base).reaches(0.999)


def test_a_month_of_comparisons_spends_the_level_and_no_more() -> None:
    levels = [level_of_comparison(number) for number in range(1, 100_000)]
    assert LEVEL * 0.99999 <= sum(levels) <= LEVEL
    assert levels == sorted(levels, reverse=True)
    assert 30 * level_of_day() == pytest.approx(LEVEL)


def test_a_level_is_reached_at_its_inverse() -> None:
    assert Evidence(log(20)).reaches(0.05)
    assert not Evidence(log(20) - 1e-6).reaches(0.05)
    assert not Evidence(inf).reaches(0)
