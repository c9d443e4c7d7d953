"""What a run's status means: succeeded, failed, in_progress or other."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

Outcome = Literal["succeeded", "failed", "in_progress", "other"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
# The outcomes of runs that have ended. Of these `other` is not final: nobody knows the word, so a
# later report with a known one replaces it.
ENDED: tuple[Outcome, ...] = ("succeeded", "failed", "other")

# Statuses of a run in progress with how far along each is: a later stage stands over an
# earlier one, in whatever order the two reports arrive.
STAGES = {
    **dict.fromkeys(("queued", "pending", "created", "scheduled", "submitted", "accepted"), 0),
    **dict.fromkeys(("starting", "started", "initializing"), 1),
    **dict.fromkeys(("running", "in_progress", "processing", "working", "active", "executing"), 2),
    **dict.fromkeys(("waiting", "paused", "blocked", "suspended"), 2),
    **dict.fromkeys(("requires_action", "requires_input", "retrying", "resuming"), 2),
}
_SUCCEEDED = (
    *("completed", "complete", "success", "successful", "succeeded", "ok", "okay", "done"),
    *("finished", "pass", "passed", "resolved", "solved", "correct"),
)
_FAILED = (
    *("failed", "fail", "failure", "error", "errored", "exception"),
    *("timeout", "timed_out", "time_out", "cancelled", "canceled", "aborted", "abort"),
    *("crashed", "crash", "killed", "terminated", "interrupted", "rejected", "expired"),
    *("unresolved", "unsolved", "incorrect", "out_of_memory", "oom"),
)
_WORDS: dict[str, Outcome] = {
    **dict.fromkeys(_SUCCEEDED, "succeeded"),
    **dict.fromkeys(_FAILED, "failed"),
    **dict.fromkeys(STAGES, "in_progress"),
}
_SEPARATORS = str.maketrans(" -", "__")


@lru_cache(maxsize=4096)
def outcome_of(status: str) -> Outcome:
    """The outcome of a status as it was sent; a word that nobody knows is `other`."""
    return _WORDS.get(normalise(status), "other")


def stage_of(status: str) -> int:
    """How far along a status in progress is; the last stage where `outcome` says what it is."""
    return STAGES.get(normalise(status), 2)


@lru_cache(maxsize=4096)
def normalise(status: str) -> str:
    """What statuses are compared by: trimmed, lower case, underscores for spaces and hyphens."""
    return status.strip().lower().translate(_SEPARATORS)
