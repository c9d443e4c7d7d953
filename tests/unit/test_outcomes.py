"""What a status means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.values.outcomes import OUTCOMES, STAGES, outcome_of

WORDS = {
    "succeeded": ["completed", "complete", "success", "succeeded", "ok", "done"],
    "failed": [
        *("failed", "failure", "error", "errored", "timeout", "timed_out"),
        *("cancelled", "canceled", "aborted", "crashed"),
    ],
    "in_progress": ["queued", "pending", "started", "running", "in_progress"],
    "other": ["paused", "vectorising", "完成", "okay", "in progress", " ok", "ok\u0301"],
}
CASES = [(word, outcome) for outcome, words in WORDS.items() for word in words]


@pytest.mark.parametrize(("status", "outcome"), CASES)
def test_a_status_means_its_outcome_in_any_case(status: str, outcome: str) -> None:
    assert {outcome_of(s) for s in (status, status.upper(), status.title())} == {outcome}


@given(st.text())
def test_any_text_has_an_outcome(status: str) -> None:
    assert outcome_of(status) in OUTCOMES


def test_only_statuses_in_progress_have_a_stage() -> None:
    assert sorted(STAGES) == sorted(WORDS["in_progress"])
