from __future__ import annotations

import json
import random
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.metrics.measures import Costs, Durations, exact_cost, to_number
from tests.unit.metrics.samples import cost_of, duration_of

durations_us = st.integers(0, 32_000_000_000_000)
dollars = st.just(0.0) | st.floats(1e-12, 1e12)


def durations_of(values: list[int]) -> Durations:
    durations = Durations()
    for value in values:
        durations.merge(duration_of(value))
    return durations


def costs_of(values: list[float | None]) -> Costs:
    costs = Costs()
    for value in values:
        costs.merge(cost_of(value))
    return costs


@given(st.lists(durations_us, min_size=1, max_size=50))
@settings(deadline=None, max_examples=40)
def test_durations_answer_as_the_sorted_sample_does(values: list[int]) -> None:
    found = durations_of(values).to_json()
    assert found["count"] == len(values)
    assert found["min"] == min(values) / 1000
    assert found["max"] == max(values) / 1000
    assert found["mean"] == pytest.approx(float(sum(map(Decimal, values))) / len(values) / 1000)
    for name, q in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
        true_us = np.quantile(np.array(values), q, method="lower")
        assert found[name] == pytest.approx(float(true_us) / 1000, rel=found["relative_error"])


def test_the_mean_of_many_long_durations_loses_nothing() -> None:
    durations = Durations()
    for value in (31_999_999_999_999, 1):
        durations.merge(Durations(10**9, value * 10**9, value, value, {}))
    assert durations.mean_ms == 16_000_000_000.0


@pytest.mark.parametrize(
    ("values", "method", "error"),
    [
        ([], "exact", 0),
        ([7], "exact", 0),
        ([7, 9000], "exact", 0),
        ([7, 7, 7, 7], "exact", 0),
        ([7, 8, 9000], "exact", 0),
        (list(range(50)), "exact", 0),
        ([7] * 51, "exact", 0),
        (list(range(51)), "approximate", 0.01),
    ],
)
def test_percentiles_say_whether_they_are_exact(
    values: list[int], method: str, error: float
) -> None:
    found = durations_of(values).to_json()
    assert (found["method"], found["relative_error"]) == (method, error)


def test_exact_percentiles_are_the_values_themselves() -> None:
    equal = durations_of([123_457] * 5).to_json()
    assert {equal[p] for p in ("min", "p50", "p90", "p95", "p99", "max", "mean")} == {123.457}
    two = durations_of([5_000, 123_457]).to_json()
    assert (two["p50"], two["p99"], two["max"]) == (5.0, 5.0, 123.457)


@pytest.mark.parametrize("parts", [(50,), (1, 49), (2, 2, 2, 44), (1,) * 50, (30, 20), (0, 50, 0)])
def test_few_durations_are_exact_however_they_come_together(parts: tuple[int, ...]) -> None:
    draw, merged, values = random.Random(len(parts)), Durations(), list[int]()
    for number in parts:
        some = [draw.randrange(1, 10**9) for _ in range(number)]
        values += some
        merged.merge(durations_of(some))
    values.sort()
    found = merged.to_json()
    assert (found["method"], found["relative_error"]) == ("exact", 0)
    for percent in (50, 90, 95, 99):
        assert found[f"p{percent}"] == values[percent * 49 // 100] / 1000
        assert merged.quantile_ms(percent / 100) == found[f"p{percent}"]
    merged.merge(durations_of([5]))
    assert merged.to_json()["method"] == "approximate"


def test_durations_of_nothing_are_null() -> None:
    found = Durations().to_json()
    assert found.pop("count") == 0
    assert (found.pop("method"), found.pop("relative_error")) == ("exact", 0)
    assert set(found) == {"mean", "min", "max", "p50", "p90", "p95", "p99"}
    assert set(found.values()) == {None}


def test_costs_of_nothing_known_are_null_and_not_free() -> None:
    assert costs_of([None, None]).to_json() == {
        "total": None,
        "in_progress": None,
        "mean": None,
        "known": 0,
        "unknown": 2,
    }


def test_a_known_cost_of_zero_is_zero() -> None:
    assert costs_of([0, None]).to_json() == {
        "total": 0,
        "in_progress": None,
        "mean": 0,
        "known": 1,
        "unknown": 1,
    }


def test_ten_million_tenths_are_a_million() -> None:
    costs = costs_of([0.1])
    for _ in range(7):
        ten = Costs()
        for _ in range(10):
            ten.merge(costs)
        costs = ten
    assert costs.known == 10_000_000
    assert json.dumps(costs.to_json()) == (
        '{"total": 1000000, "in_progress": null, "mean": 0.1, "known": 10000000, "unknown": 0}'
    )


@given(st.lists(dollars, min_size=1, max_size=40), st.randoms())
@settings(deadline=None, max_examples=50)
def test_a_total_is_exact_whatever_the_order(values: list[float], order: random.Random) -> None:
    true = sum(Fraction(repr(value)) for value in values)
    shuffled = order.sample(values, len(values))
    assert Fraction(costs_of([*values]).total) == true == Fraction(costs_of([*shuffled]).total)


def test_the_smallest_cost_survives_beside_the_largest() -> None:
    tiny, huge = 1.2345678901234567e-12, 999_999_999_999.9999
    costs = costs_of([tiny])
    costs.merge(Costs(10**12, 0, exact_cost(huge) * 10**12, {}))
    assert costs.total - Decimal(repr(huge)) * 10**12 == Decimal(repr(tiny))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("1E+6"), "1000000"),
        (Decimal("0.30"), "0.3"),
        (Decimal("1234567.89"), "1234567.89"),
        (Decimal(0), "0"),
        (Decimal(10) ** 27 + 1, "1000000000000000000000000001"),
    ],
)
def test_amounts_print_without_noise(amount: Decimal, text: str) -> None:
    assert json.dumps(to_number(amount)) == text


def test_a_cost_is_the_decimal_that_was_written() -> None:
    assert exact_cost(0.1) == Decimal("0.1")
    assert exact_cost(3) == Decimal(3)
    assert exact_cost(Decimal("0.30")) == Decimal("0.3")
