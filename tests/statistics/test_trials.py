"""Seeded trials: how rarely the verdicts raise a false alarm, how often they find a real change."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chalicelib.metrics.block import Block
from chalicelib.metrics.gate import evaluate_gate
from chalicelib.metrics.histogram import GAMMA, ZERO_BUCKET
from chalicelib.metrics.measures import Costs, Durations
from chalicelib.metrics.scores import fold_scores
from chalicelib.metrics.tokens import Tokens
from chalicelib.metrics.verdicts import ALPHA, judge

TRIALS = 1000
DOCUMENT = Path(__file__).parents[2] / "docs" / "statistics.md"
# The same seeds give the same trials, but for what another machine rounds otherwise.
ROUNDING = 3
# Thousands of blocks each, on a machine that may have other things to do.
pytestmark = pytest.mark.timeout(600)
SIZES = [(30, 30), (100, 100), (300, 300), (2000, 2000), (30, 300), (2000, 100)]
METRICS = ("success_rate", "duration_ms", "cost", "tokens", "score")
Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Values]


def lognormal(sigma: float, factor: float = 1) -> Draw:
    return lambda generator, n: factor * generator.lognormal(0, sigma, n)


def exponential(generator: np.random.Generator, n: int) -> Values:
    return generator.exponential(1, n)


def bimodal(generator: np.random.Generator, n: int) -> Values:
    return np.where(generator.random(n) < 0.3, 0.01, 50) * generator.lognormal(0, 0.2, n)


def few_prices(generator: np.random.Generator, n: int) -> Values:
    return generator.choice([0.1, 0.2, 0.5], n, p=[0.6, 0.3, 0.1])


def mostly_free(generator: np.random.Generator, n: int) -> Values:
    return np.where(generator.random(n) < 0.9, 0, generator.lognormal(0, 1, n))


def almost_constant(generator: np.random.Generator, n: int) -> Values:
    return generator.normal(100, 0.5, n)


def histogram_of(values: Values) -> dict[int, int]:
    """As bucket_of counts them, for many values at once."""
    positive = values[values > 0]
    buckets, counts = np.unique(np.ceil(np.log(positive) / np.log(GAMMA)), return_counts=True)
    histogram = dict(zip(buckets.astype(int).tolist(), counts.tolist(), strict=True))
    zeros = len(values) - len(positive)
    return histogram | ({ZERO_BUCKET: zeros} if zeros else {})


def block_of(
    generator: np.random.Generator, n: int, *, rate: float, duration: Draw, cost: Draw
) -> Block:
    """A block of n runs; tokens are spread as durations are, scores as the logarithms of costs."""
    succeeded = int(generator.binomial(n, rate))
    durations, costs = duration(generator, n) * 1e6, cost(generator, n)
    used, judged = duration(generator, n) * 1e3, cost(generator, n)
    return Block(
        succeeded=succeeded,
        failed=n - succeeded,
        durations=Durations(
            n,
            int(durations.sum()),
            int(durations.min()),
            int(durations.max()),
            histogram_of(durations),
        ),
        costs=Costs(n, 0, Decimal(repr(float(costs.sum()))), histogram_of(costs)),
        tokens=Tokens(n, (int(used.sum()), 0, None, None, None), histogram_of(used)),
        scores=fold_scores((-np.log(judged + 0.01)).tolist()),
    )


def rulings(
    base: dict[str, Any], candidate: dict[str, Any], n_base: int, n: int
) -> list[list[str]]:
    """The five verdicts of each trial."""
    generator = np.random.default_rng([n_base, n])
    return [
        [
            verdict.verdict
            for verdict in judge(
                block_of(generator, n_base, **base), block_of(generator, n, **candidate)
            )
        ]
        for _ in range(TRIALS)
    ]


IDS = ["usual", "tied", "spread"]
ALIKE: list[dict[str, Any]] = [
    {"rate": 0.95, "duration": lognormal(0.7), "cost": few_prices},
    {"rate": 0.5, "duration": almost_constant, "cost": mostly_free},
    {"rate": 0.8, "duration": bimodal, "cost": exponential},
]


@pytest.mark.parametrize("alike", ALIKE, ids=IDS)
def test_two_samples_of_one_distribution_are_told_apart_in_at_most_one_of_twenty_trials(
    alike: dict[str, Any],
) -> None:
    """Not by any single verdict, at any of the sizes; and over all sizes not by any of the five.

    The latter happens in about 4 % of trials, too close to 5 % to be asked of one size alone.
    """
    told_apart = 0
    for n_base, n in SIZES:
        found = rulings(alike, alike, n_base, n)
        alarms = [[ruling in {"better", "worse"} for ruling in trial] for trial in found]
        for metric, column in zip(METRICS, zip(*alarms, strict=True), strict=True):
            assert sum(column) <= TRIALS * 0.05, (metric, n_base, n)
        assert not any("insufficient_data" in trial for trial in found)
        told_apart += sum(map(any, alarms))
    assert told_apart <= TRIALS * len(SIZES) * 0.05


@pytest.mark.parametrize("sigma", [0.5, 1.0])
def test_a_real_change_is_found_in_at_least_nineteen_of_twenty_trials(sigma: float) -> None:
    """Of 300 runs each: success from 95 % to 80 %, durations and costs up by half.

    With a log-normal sigma of 1 the tenth longest run of a hundred takes 3.6 times the median.
    """
    base = {"rate": 0.95, "duration": lognormal(sigma), "cost": lognormal(sigma)}
    candidate = {"rate": 0.8, "duration": lognormal(sigma, 1.5), "cost": lognormal(sigma, 1.5)}
    found = rulings(base, candidate, 300, 300)
    for metric, column in zip(METRICS, zip(*found, strict=True), strict=True):
        assert column.count("worse") >= TRIALS * 0.95, metric
    back = rulings(candidate, base, 300, 300)
    for metric, column in zip(METRICS, zip(*back, strict=True), strict=True):
        assert column.count("better") >= TRIALS * 0.95, metric


def test_the_interval_of_a_difference_of_medians_covers_the_true_one() -> None:
    """Medians of 1 and 1.5 seconds, 500 ms apart; the interval leans to its level's safe side."""
    generator = np.random.default_rng(5)
    covered = 0
    for _ in range(TRIALS):
        base = block_of(generator, 100, rate=1, duration=lognormal(0.8), cost=few_prices)
        candidate = block_of(generator, 150, rate=1, duration=lognormal(0.8, 1.5), cost=few_prices)
        interval = judge(base, candidate)[1].interval
        assert interval is not None
        covered += interval[0] <= 500 <= interval[1]
    assert covered >= TRIALS * (1 - ALPHA) * 0.99


def gate_failures(base: dict[str, Any], candidate: dict[str, Any], n_base: int, n: int) -> int:
    """How many of the trials the gate fails with its default limits."""
    generator = np.random.default_rng([n_base, n])
    return sum(
        evaluate_gate(block_of(generator, n_base, **base), block_of(generator, n, **candidate))[
            "status"
        ]
        == "fail"
        for _ in range(TRIALS)
    )


def published(label: str, column: str) -> int:
    """A cell of the tables in docs/statistics.md; its row is found by how it begins."""
    head: list[str] = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith(("| base and candidate", "| what changed")):
            head = cells
        elif cells[0].startswith(label) and column in head:
            return int(cells[head.index(column)])
    raise AssertionError(f"no row {label} with a column {column}")


@pytest.mark.parametrize(
    ("alike", "label"), list(zip(ALIKE, ["95 %", "50 %", "80 %"], strict=True)), ids=IDS
)
@pytest.mark.parametrize("sizes", [(30, 30), (200, 200), (30, 300)])
def test_the_gate_fails_a_version_against_itself_in_at_most_one_of_twenty_trials(
    alike: dict[str, Any], label: str, sizes: tuple[int, int]
) -> None:
    failures = gate_failures(alike, alike, *sizes)
    assert failures <= TRIALS * 0.05
    assert abs(failures - published(label, "{} / {}".format(*sizes))) <= ROUNDING


@pytest.mark.parametrize(
    ("worse", "label"),
    [
        ({"rate": 0.8}, "success from 95 to 80 %"),
        ({"duration": lognormal(1, 1.5)}, "durations up by half, log"),
        ({"cost": lognormal(1, 1.5)}, "costs up by half"),
    ],
    ids=["success", "durations", "costs"],
)
def test_the_gate_stops_what_became_worse_in_at_least_nineteen_of_twenty_trials(
    worse: dict[str, Any], label: str
) -> None:
    base = {"rate": 0.95, "duration": lognormal(1), "cost": lognormal(1)}
    stopped = gate_failures(base, base | worse, 300, 300)
    assert stopped >= TRIALS * 0.95
    assert abs(stopped - published(label, "300 runs a side")) <= ROUNDING
