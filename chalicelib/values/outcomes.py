"""What a run's status means: succeeded, failed, in_progress or other."""

from __future__ import annotations

from typing import Literal, get_args

Outcome = Literal["succeeded", "failed", "in_progress", "other"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

# Statuses of a run in progress with how far along each is: a later stage stands over an
# earlier one, in whatever order the two reports arrive.
STAGES = {"queued": 0, "pending": 0, "started": 1, "running": 2, "in_progress": 2}

_WORDS: dict[str, Outcome] = {
    **dict.fromkeys(("completed", "complete", "success", "succeeded", "ok", "done"), "succeeded"),
    **dict.fromkeys(
        (
            *("failed", "failure", "error", "errored", "timeout", "timed_out"),
            *("cancelled", "canceled", "aborted", "crashed"),
        ),
        "failed",
    ),
    **dict.fromkeys(STAGES, "in_progress"),
}


def outcome_of(status: str) -> Outcome:
    """The outcome of a status in any case; a word nobody knows is `other`."""
    return _WORDS.get(status.lower(), "other")
