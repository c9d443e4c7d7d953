"""Which of many findings to believe, against scipy."""

from __future__ import annotations

import random

from scipy import stats

from chalicelib.metrics.discoveries import RATE, discovery_limit


def test_what_is_believed_is_what_scipy_would_believe() -> None:
    chance = random.Random(11)
    for _ in range(200):
        values = [chance.random() ** chance.choice((1, 4)) for _ in range(chance.randrange(1, 60))]
        adjusted = stats.false_discovery_control(values)
        limit = discovery_limit(values)
        believed = [value <= limit and limit > 0 for value in values]
        assert believed == [bool(value <= RATE) for value in adjusted]


def test_nothing_is_believed_of_nothing() -> None:
    assert discovery_limit([]) == 0.0
    assert discovery_limit([0.3, 0.9]) == 0.0
