from __future__ import annotations

import json

import pytest
from scipy import stats

from chalicelib.metrics.block import Block
from chalicelib.metrics.proportion import FISHER_EXACT, TWO_PROPORTION_Z, newcombe_interval
from chalicelib.metrics.ranks import MANN_WHITNEY
from chalicelib.metrics.scores import fold_scores
from chalicelib.metrics.tokens import fold_tokens
from chalicelib.metrics.verdicts import (
    ALPHA,
    MIN_COUNT,
    Z_ALPHA,
    judge,
    judge_costs,
    judge_durations,
    judge_scores,
    judge_success,
    judge_tokens,
)
from tests.unit.metrics.samples import block_of

SPREAD = [float(value) for value in range(1000, 2000, 10)]


def test_a_lower_success_rate_is_worse_with_all_its_numbers() -> None:
    verdict = judge_success(block_of(succeeded=285, failed=15), block_of(succeeded=240, failed=60))
    assert verdict.p_value is not None
    assert verdict.p_value < 1e-6
    assert verdict.to_json() | {"p_value": 0} == {
        "metric": "success_rate",
        "verdict": "worse",
        "test": TWO_PROPORTION_Z,
        "p_value": 0,
        "statistic": "proportion",
        "base": 0.95,
        "candidate": 0.8,
        "difference": -0.15,
        "interval": [*(newcombe_interval(285, 300, 240, 300, z=Z_ALPHA) or ())],
        "effect": {"ratio_of_rates": 0.842105},
        "n_base": 300,
        "n_candidate": 300,
        "relative_error": 0,
        "confidence": 0.95,
        "alpha": ALPHA,
        "interval_confidence": 1 - ALPHA,
        "min_count": MIN_COUNT,
    }


def test_an_interval_is_at_the_level_of_its_test() -> None:
    assert pytest.approx(stats.norm.ppf(1 - ALPHA / 2)) == Z_ALPHA
    verdict = judge_success(block_of(succeeded=60, failed=60), block_of(succeeded=78, failed=42))
    # Significant at 5 %, but not at the level of one test of three.
    assert verdict.verdict == "no_significant_change"
    assert verdict.p_value is not None
    assert ALPHA < verdict.p_value < 0.05
    assert verdict.interval is not None
    assert verdict.interval[0] < 0 < verdict.interval[1]


def test_a_higher_success_rate_is_better() -> None:
    verdict = judge_success(block_of(succeeded=60, failed=60), block_of(succeeded=100, failed=20))
    assert verdict.verdict == "better"


def test_rare_failures_are_tested_exactly() -> None:
    verdict = judge_success(block_of(succeeded=40), block_of(succeeded=39, failed=1))
    assert (verdict.verdict, verdict.test) == ("no_significant_change", FISHER_EXACT)


@pytest.mark.parametrize(
    ("factor", "ruling"), [(1.5, "worse"), (1, "no_significant_change"), (0.5, "better")]
)
def test_longer_and_dearer_is_worse(factor: float, ruling: str) -> None:
    changed = [value * factor for value in SPREAD]
    base = block_of(durations_ms=SPREAD, costs=SPREAD)
    candidate = block_of(durations_ms=changed, costs=changed)
    for verdict in (judge_durations(base, candidate), judge_costs(base, candidate)):
        assert (verdict.verdict, verdict.test) == (ruling, MANN_WHITNEY)
        assert verdict.base == pytest.approx(1490, rel=0.01)
        assert verdict.candidate == pytest.approx(1490 * factor, rel=0.01)
        assert verdict.effect["ratio_of_means"] == pytest.approx(factor)
        assert verdict.effect["ratio_of_medians"] == pytest.approx(factor, rel=0.02)
        assert verdict.difference is not None
        assert verdict.interval is not None
        assert verdict.interval[0] <= verdict.difference <= verdict.interval[1]
        assert (verdict.n_base, verdict.n_candidate) == (100, 100)


@pytest.mark.parametrize(("n_base", "n_candidate"), [(MIN_COUNT - 1, 500), (500, MIN_COUNT - 1)])
def test_too_few_runs_are_insufficient_even_for_the_obvious(n_base: int, n_candidate: int) -> None:
    base = block_of(succeeded=n_base, durations_ms=[1] * n_base, costs=[1] * n_base)
    candidate = block_of(
        failed=n_candidate, durations_ms=[9] * n_candidate, costs=[9] * n_candidate
    )
    for verdict in judge(base, candidate)[:3]:
        assert verdict.verdict == "insufficient_data"
        assert (verdict.test, verdict.p_value) == (None, None)
        assert verdict.difference is not None


def test_just_enough_runs_are_judged() -> None:
    base = block_of(succeeded=MIN_COUNT, durations_ms=[1] * MIN_COUNT, costs=[1] * MIN_COUNT)
    candidate = block_of(failed=MIN_COUNT, durations_ms=[9] * MIN_COUNT, costs=[9] * MIN_COUNT)
    assert [verdict.verdict for verdict in judge(base, candidate)[:3]] == ["worse"] * 3


def test_unknown_costs_and_missing_durations_do_not_count() -> None:
    known = block_of(costs=[0.1] * 40)
    mostly_unknown = block_of(costs=[0.1] * 10 + [None] * 990)
    verdict = judge_costs(known, mostly_unknown)
    assert (verdict.verdict, verdict.n_candidate) == ("insufficient_data", 10)
    assert judge_durations(known, known).n_base == 0


def test_runs_without_a_final_outcome_do_not_count_for_the_success_rate() -> None:
    verdict = judge_success(Block(in_progress=99, other=99), Block(succeeded=50))
    assert (verdict.verdict, verdict.n_base, verdict.base) == ("insufficient_data", 0, None)


def test_nothing_against_nothing_is_all_null() -> None:
    for verdict in judge(Block(), Block()):
        found = verdict.to_json()
        numbers = ("p_value", "base", "candidate", "difference", "interval")
        assert {found[name] for name in numbers} == {None}
        assert set(found["effect"].values()) == {None}


def test_equal_values_throughout_are_no_change() -> None:
    block = block_of(succeeded=50, durations_ms=[5] * 50, costs=[0] * 50)
    for verdict in judge(block, block)[:3]:
        assert (verdict.verdict, verdict.p_value) == ("no_significant_change", 1)
        assert verdict.difference == 0


def test_one_outlier_makes_no_verdict_but_shows_in_the_means() -> None:
    base = block_of(durations_ms=SPREAD)
    verdict = judge_durations(base, block_of(durations_ms=[*SPREAD[:-1], 1e9]))
    assert verdict.verdict == "no_significant_change"
    assert verdict.effect["ratio_of_means"] is not None
    assert verdict.effect["ratio_of_means"] > 1000


def test_a_free_base_has_no_ratio() -> None:
    verdict = judge_costs(block_of(costs=[0] * 50), block_of(costs=[1] * 50))
    assert verdict.verdict == "worse"
    assert verdict.effect == {
        "probability_of_superiority": 1,
        "ratio_of_medians": None,
        "ratio_of_means": None,
    }


def test_a_verdict_names_its_test_its_confidence_and_its_numbers_as_json() -> None:
    block = block_of(succeeded=50, durations_ms=SPREAD)
    for verdict in judge(block, block)[:3]:
        found = json.loads(json.dumps(verdict.to_json(), allow_nan=False))
        assert found["confidence"] == 0.95
        assert found["alpha"] == ALPHA < (1 - found["confidence"]) / 3
        assert found["min_count"] == MIN_COUNT
        assert found["interval"] is None or len(found["interval"]) == 2


def test_equal_durations_are_exact_and_others_approximate() -> None:
    exact, spread = block_of(durations_ms=[5] * 40), block_of(durations_ms=SPREAD)
    assert judge_durations(exact, exact).relative_error == 0
    assert judge_durations(exact, spread).relative_error == 0.01


def scored(scores: list[float], tokens: list[int] | None = None) -> Block:
    block = Block(succeeded=len(scores), scores=fold_scores(scores))
    if tokens:
        rows = [(used, None, None, None, None) for used in tokens]
        block.tokens = fold_tokens(rows, histogram=True)
    return block


def test_scores_are_compared_by_welch_and_higher_is_better() -> None:
    base, candidate = [0.1 * (n % 7) for n in range(60)], [0.1 * (n % 7) + 0.3 for n in range(50)]
    verdict = judge_scores(scored(base), scored(candidate))
    expected = stats.ttest_ind(candidate, base, equal_var=False)
    assert verdict.verdict == "better"
    assert verdict.p_value == pytest.approx(expected.pvalue, rel=1e-6)
    interval = expected.confidence_interval(1 - ALPHA)
    assert verdict.interval == pytest.approx((interval.low, interval.high), rel=1e-4)
    assert judge_scores(scored(candidate), scored(base)).verdict == "worse"


@pytest.mark.parametrize(("score", "verdict"), [(1.0, "no_significant_change"), (2.0, "better")])
def test_constant_scores_differ_or_not(score: float, verdict: str) -> None:
    assert judge_scores(scored([1.0] * 40), scored([score] * 40)).verdict == verdict


def test_tokens_are_compared_by_rank_and_fewer_are_better() -> None:
    few, many = scored([1] * 40, list(range(100, 140))), scored([1] * 40, list(range(300, 340)))
    assert judge_tokens(few, many).verdict == "worse"
    assert judge_tokens(many, few).verdict == "better"
    assert judge_tokens(few, scored([1] * 40)).verdict == "insufficient_data"


def test_stale_runs_count_as_failed_unless_they_are_ignored() -> None:
    base = block_of(succeeded=95, failed=5)
    candidate = block_of(succeeded=60)
    candidate.in_progress = candidate.stale = 40
    assert judge_success(base, candidate).verdict == "worse"
    assert judge_success(base, candidate).n_candidate == 100
    assert judge_success(base, candidate, ignore_stale=True).verdict == "no_significant_change"
