"""Versions compared task by task, against scipy."""

from __future__ import annotations

import pytest
from scipy import stats

from chalicelib.metrics.paired import Tally, compare_tasks, find_flips, mcnemar_p_value

WON, LOST, TIED = Tally(1, 0), Tally(0, 1), Tally(2, 2)


@pytest.mark.parametrize(("gained", "lost"), [(0, 6), (6, 0), (3, 3), (1, 9), (40, 71), (0, 0)])
def test_the_p_value_is_the_binomial_tests(gained: int, lost: int) -> None:
    expected = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar_p_value(gained, lost) == pytest.approx(expected)


def test_only_tasks_that_both_decided_count() -> None:
    base = {1: WON, 2: WON, 3: LOST, 4: LOST, 5: TIED, 6: WON}
    candidate = {1: WON, 2: LOST, 3: WON, 4: LOST, 5: WON, 7: WON}
    found = compare_tasks(base, candidate)
    counts = ("base_tasks", "candidate_tasks", "paired", "undecided", "both_succeeded")
    assert [found[name] for name in counts] == [6, 6, 4, 1, 1]
    assert (found["both_failed"], found["gained"], found["lost"]) == (1, 1, 1)
    assert (found["verdict"], found["p_value"]) == ("insufficient_data", None)


@pytest.mark.parametrize(
    ("gained", "lost", "verdict"),
    [
        (0, 6, "worse"),
        (6, 0, "better"),
        (0, 5, "insufficient_data"),
        (5, 6, "no_significant_change"),
    ],
)
def test_a_verdict_needs_flips_that_fall_one_way(gained: int, lost: int, verdict: str) -> None:
    base = {task: LOST if task < gained else WON for task in range(50)}
    candidate = {task: LOST if gained <= task < gained + lost else WON for task in range(50)}
    found = compare_tasks(base, candidate)
    assert found["verdict"] == verdict
    low, high = found["interval"]
    assert low <= found["difference"] <= high


def test_most_of_a_tasks_runs_decide() -> None:
    found = compare_tasks({1: Tally(2, 1)}, {1: Tally(1, 2)})
    assert (found["paired"], found["lost"]) == (1, 1)


def test_nothing_in_common_is_no_comparison() -> None:
    found = compare_tasks({1: WON}, {2: WON})
    assert (found["paired"], found["difference"], found["interval"]) == (0, None, None)


def test_lost_tasks_come_first_and_numbers_before_texts() -> None:
    base = {"b": WON, "a": LOST, 10: WON, 9: WON}
    candidate = {"b": LOST, "a": WON, 10: LOST, 9: LOST}
    flips = [(flip.task_id, flip.change) for flip in find_flips(base, candidate)]
    assert flips == [(9, "lost"), (10, "lost"), ("b", "lost"), ("a", "gained")]
