"""Seeded trials of the tests that watches look at after every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from chalicelib.metrics.histogram import bucket_of
from chalicelib.metrics.sequential import (
    evidence_of_drop,
    evidence_of_increase,
    level_of_comparison,
)

MONTHS, RUNS, BASE = 200, 2_000, 300
LEVEL = level_of_comparison(1)
# A two-proportion z-test at 5 %, one-sided, finds 95 to 80 % against a base of 300 in four of five
# samples of this size (benchmarks/watches.py).
FIXED_SAMPLE = 25


def first_alarms(share: float, later: float, seed: int) -> Iterator[int]:
    """After how many runs each month's first alarm came, or RUNS + 1."""
    generator = np.random.default_rng(seed)
    for _ in range(MONTHS):
        base = int(generator.binomial(BASE, share))
        successes, alarm = 0, RUNS + 1
        for trials, succeeded in enumerate(generator.random(RUNS) < later, start=1):
            successes += bool(succeeded)
            if evidence_of_drop(base, BASE, successes, trials).reaches(LEVEL):
                alarm = trials
                break
        yield alarm


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_steady_agent_rarely_raises_an_alarm_though_it_is_looked_at_after_every_run(
    share: float,
) -> None:
    alarms = sum(alarm <= RUNS for alarm in first_alarms(share, share, seed=1))
    assert alarms <= MONTHS * 0.05


def test_a_drop_is_found_in_not_much_more_than_a_fixed_sample_needs() -> None:
    assert np.median(list(first_alarms(0.95, 0.8, seed=2))) <= 1.5 * FIXED_SAMPLE


def test_longer_runs_are_found_and_equally_long_ones_are_not() -> None:
    generator = np.random.default_rng(3)
    found = {1.0: 0, 1.5: 0}
    for factor in found:
        for _ in range(40):
            base = Counter(map(bucket_of, generator.lognormal(0, 0.7, BASE)))
            values: Counter[int] = Counter()
            for value in factor * generator.lognormal(0, 0.7, 200):
                values[bucket_of(value)] += 1
                if evidence_of_increase(base, values).reaches(LEVEL):
                    found[factor] += 1
                    break
    assert found[1.0] <= 4
    assert found[1.5] >= 36
