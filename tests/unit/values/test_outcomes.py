"""What a status means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.values.outcomes import OUTCOMES, STAGES, outcome_of

WORDS = {
    "succeeded": [
        *("completed", "complete", "success", "successful", "succeeded", "ok", "okay", "done"),
        *("finished", "pass", "passed", "resolved", "solved", "correct"),
    ],
    "failed": [
        *("failed", "fail", "failure", "error", "errored", "exception", "timeout", "timed_out"),
        *("time_out", "cancelled", "canceled", "aborted", "abort", "crashed", "crash", "killed"),
        *("terminated", "interrupted", "rejected", "expired", "unresolved", "unsolved"),
        *("incorrect", "out_of_memory", "oom"),
    ],
    "in_progress": [
        *("queued", "pending", "created", "scheduled", "submitted", "accepted", "starting"),
        *("started", "initializing", "running", "in_progress", "processing", "working", "active"),
        *("executing", "waiting", "paused", "blocked", "suspended", "requires_action"),
        *("requires_input", "retrying", "resuming"),
    ],
    "other": ["shelved", "vectorising", "完成", "ok\u0301", "success!", "not_ok", "in__progress"],
}
CASES = [(word, outcome) for outcome, words in WORDS.items() for word in words]


@pytest.mark.parametrize(("status", "outcome"), CASES)
def test_a_status_means_its_outcome_however_it_is_written(status: str, outcome: str) -> None:
    written = {status, status.upper(), status.title(), f" {status}\t", f"{status}\u00a0"}
    written |= {
        status.replace("_", " "),
        status.replace("_", "-"),
        status.title().replace("_", " "),
    }
    if outcome == "other":
        written = {status, status.upper()}
    assert {outcome_of(s) for s in written} == {outcome}


@given(st.text())
def test_any_text_has_an_outcome(status: str) -> None:
    assert outcome_of(status) in OUTCOMES


def test_only_statuses_in_progress_have_a_stage() -> None:
    assert sorted(STAGES) == sorted(WORDS["in_progress"])
