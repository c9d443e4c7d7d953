from __future__ import annotations

import json
import random
from functools import partial
from typing import Any

import pytest

from chalicelib.metrics import gate
from chalicelib.metrics.block import Block
from chalicelib.metrics.gate_readings import Limits
from tests.unit.metrics.samples import block_of

evaluate_gate = partial(gate.evaluate_gate, decide="observed")


def version_of(
    *, succeeded: int = 95, failed: int = 5, duration_ms: float = 100, cost: float | None = 0.5
) -> Block:
    return block_of(
        succeeded=succeeded, failed=failed, durations_ms=[duration_ms] * 50, costs=[cost] * 50
    )


def check_of(found: dict[str, Any], name: str) -> dict[str, Any]:
    checks: dict[str, dict[str, Any]] = {check["name"]: check for check in found["checks"]}
    return checks[name]


def test_a_version_passes_against_itself() -> None:
    found = evaluate_gate(version_of(), version_of())
    assert (found["pass"], found["status"]) == (True, "pass")
    assert [check["name"] for check in found["checks"]] == [
        "min_runs",
        "max_success_rate_drop",
        "max_p95_increase",
        "max_mean_cost_increase",
    ]
    assert all(check["pass"] for check in found["checks"])


@pytest.mark.parametrize(
    ("candidate", "name", "change"),
    [
        (version_of(succeeded=92, failed=8), "max_success_rate_drop", -0.03),
        (version_of(duration_ms=111), "max_p95_increase", 0.11),
        (version_of(cost=0.56), "max_mean_cost_increase", 0.12),
    ],
)
def test_beyond_a_limit_that_check_alone_fails(candidate: Block, name: str, change: float) -> None:
    found = evaluate_gate(version_of(), candidate)
    assert (found["pass"], found["status"]) == (False, "fail")
    assert [check["name"] for check in found["checks"] if not check["pass"]] == [name]
    assert check_of(found, name)["change"] == change


@pytest.mark.parametrize(
    "candidate",
    [
        version_of(succeeded=93, failed=7),
        version_of(duration_ms=110),
        version_of(cost=0.55),
        version_of(succeeded=100, failed=0, duration_ms=1, cost=0),
    ],
)
def test_at_a_limit_and_on_its_good_side_the_gate_passes(candidate: Block) -> None:
    assert evaluate_gate(version_of(), candidate)["pass"] is True


def test_float_noise_is_no_regression() -> None:
    assert 0.9 - 0.88 > 0.02
    assert 1.243 > 1.13 * 1.1
    base = version_of(succeeded=90, failed=10, cost=1.13)
    candidate = version_of(succeeded=88, failed=12, cost=1.243)
    assert evaluate_gate(base, candidate)["pass"] is True


def test_exactly_enough_runs_are_judged() -> None:
    few = block_of(succeeded=30, durations_ms=[100] * 30, costs=[0.5] * 30)
    assert evaluate_gate(few, few)["pass"] is True
    assert evaluate_gate(few, few, Limits(min_runs=31))["status"] == "undetermined"


def test_too_few_runs_cannot_be_told_and_do_not_pass() -> None:
    found = evaluate_gate(version_of(), version_of(succeeded=20, failed=9))
    assert (found["pass"], found["status"]) == (False, "undetermined")
    for name in ("min_runs", "max_success_rate_drop"):
        check = check_of(found, name)
        assert (check["status"], check["pass"]) == ("undetermined", False)
        assert (check["n_base"], check["n_candidate"]) == (100, 29)
        assert "29 of the candidate" in check["reason"]
    assert check_of(found, "max_p95_increase")["pass"] is True


def test_a_failure_outweighs_what_cannot_be_told() -> None:
    found = evaluate_gate(version_of(), version_of(succeeded=29, failed=0, duration_ms=200))
    assert found["status"] == "fail"


def test_min_runs_is_asked_of_each_checks_own_runs() -> None:
    sparse = block_of(succeeded=95, failed=5, durations_ms=[100] * 50, costs=[0.5] * 29)
    found = evaluate_gate(version_of(), sparse)
    assert found["status"] == "undetermined"
    assert check_of(found, "max_mean_cost_increase")["status"] == "undetermined"
    assert evaluate_gate(version_of(), sparse, Limits(min_runs=29))["pass"] is True


def test_a_metric_that_neither_version_reports_is_skipped() -> None:
    found = evaluate_gate(version_of(cost=None), version_of(cost=None))
    check = check_of(found, "max_mean_cost_increase")
    assert (check["status"], check["pass"], check["base"]) == ("skipped", True, None)
    assert found["pass"] is True


def test_a_metric_that_one_version_no_longer_reports_cannot_be_told() -> None:
    assert evaluate_gate(version_of(), version_of(cost=None))["status"] == "undetermined"
    assert evaluate_gate(version_of(cost=None), version_of())["status"] == "undetermined"


def test_nothing_at_all_never_passes() -> None:
    found = evaluate_gate(Block(), Block())
    assert (found["pass"], found["status"]) == (False, "undetermined")


def test_from_free_to_any_cost_fails_without_a_ratio() -> None:
    found = evaluate_gate(version_of(cost=0), version_of(cost=0.01))
    check = check_of(found, "max_mean_cost_increase")
    assert (check["status"], check["change"]) == ("fail", None)
    assert evaluate_gate(version_of(cost=0), version_of(cost=0))["pass"] is True


def test_a_limit_of_none_leaves_its_check_out() -> None:
    limits = Limits(max_success_rate_drop=None, max_p95_increase=None, max_mean_cost_increase=None)
    found = evaluate_gate(version_of(), version_of(succeeded=0, failed=99, cost=9), limits)
    assert [check["name"] for check in found["checks"]] == ["min_runs"]
    assert found["pass"] is True


@pytest.mark.parametrize(
    "limits",
    [
        {"max_success_rate_drop": -0.01},
        {"max_p95_increase": float("nan")},
        {"max_mean_cost_increase": float("inf")},
        {"min_runs": 0},
    ],
)
def test_a_limit_that_would_let_anything_pass_is_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(limits))):
        Limits(**limits)


@pytest.mark.parametrize("candidate", [version_of(), version_of(cost=None), Block()])
def test_every_check_has_the_same_fields_and_all_passing_is_the_gate_passing(
    candidate: Block,
) -> None:
    found = json.loads(json.dumps(evaluate_gate(version_of(), candidate), allow_nan=False))
    for check in found["checks"]:
        assert set(check) == {
            *("name", "limit", "base", "candidate", "change", "n_base", "n_candidate"),
            *("pass", "status", "reason", "interval", "significant", "smallest_change"),
            "more_runs",
        }
        assert check["pass"] is (check["status"] in {"pass", "skipped"})
    assert found["pass"] is all(check["pass"] for check in found["checks"])


def decided(decide: gate.Decide, candidate: Block, base: Block | None = None) -> dict[str, Any]:
    return gate.evaluate_gate(base or version_of(), candidate, decide=decide)


def test_by_default_a_change_that_chance_can_make_does_not_fail() -> None:
    unlucky = version_of(succeeded=92, failed=8)
    assert evaluate_gate(version_of(), unlucky)["status"] == "fail"
    found = gate.evaluate_gate(version_of(), unlucky)
    assert (found["status"], found["decide"], found["level"]) == ("pass", "evidence", 0.05)
    check = check_of(found, "max_success_rate_drop")
    assert (check["change"], check["significant"]) == (-0.03, False)
    low, high = check["interval"]
    assert low < -0.03 < high
    assert 0.05 < check["smallest_change"] < 0.3
    assert "chance alone may do that" in check["reason"]


@pytest.mark.parametrize(
    ("candidate", "name"),
    [
        (version_of(succeeded=70, failed=30), "max_success_rate_drop"),
        (version_of(duration_ms=200), "max_p95_increase"),
        (version_of(cost=1), "max_mean_cost_increase"),
    ],
)
def test_what_is_no_chance_fails_by_evidence_and_by_proof(candidate: Block, name: str) -> None:
    for decide in ("evidence", "proof"):
        found = decided(decide, candidate)
        assert found["status"] == "fail"
        assert check_of(found, name)["significant"] is True


def test_proof_asks_for_as_many_runs_as_it_takes() -> None:
    few = decided("proof", version_of())
    check = check_of(few, "max_success_rate_drop")
    assert (few["status"], check["status"]) == ("undetermined", "undetermined")
    assert 100 < check["more_runs"] < 100_000
    many = version_of(succeeded=95_000, failed=5_000)
    assert check_of(decided("proof", many, many), "max_success_rate_drop")["status"] == "pass"


def test_proof_says_for_every_check_how_many_more_runs_it_needs() -> None:
    """Of 30 runs no interval bounds a 95th percentile, and yet a person wants to know."""
    drawn = random.Random(1)
    base, candidate = (
        block_of(
            succeeded=27,
            failed=3,
            durations_ms=[drawn.lognormvariate(8, 0.5) for _ in range(30)],
            costs=[drawn.lognormvariate(-2, 0.3) for _ in range(30)],
        )
        for _ in range(2)
    )
    found = decided("proof", candidate, base)
    waiting = [check for check in found["checks"] if check["status"] == "undetermined"]
    assert {"max_success_rate_drop", "max_p95_increase"} <= {check["name"] for check in waiting}
    for check in waiting:
        assert check["more_runs"] >= 1
        assert f"about {check['more_runs']} more of each version would" in check["reason"]


def test_runs_that_never_came_back_do_not_let_the_gate_pass() -> None:
    lost = version_of(succeeded=60, failed=0)
    lost.in_progress = lost.stale = 40
    found = gate.evaluate_gate(version_of(succeeded=100, failed=0), lost)
    assert found["status"] == "fail"
    assert found["stale"] == {"base": 0, "candidate": 40, "counted_as": "failed"}
    ignored = gate.evaluate_gate(version_of(succeeded=100, failed=0), lost, ignore_stale=True)
    assert (ignored["status"], ignored["stale"]["counted_as"]) == ("pass", "ignored")
