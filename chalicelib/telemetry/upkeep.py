"""The scheduled function's part: to record what was left over, and to let traces expire."""

from __future__ import annotations

import time

from chalicelib.telemetry.counting import Counts, add_counts, add_expired
from chalicelib.telemetry.open_traces import (
    Example,
    close_traces,
    keep_waiting,
    next_unrecorded,
    pop_expired,
)
from chalicelib.telemetry.recording import record_traces

_ROUND_TRACES = 200


def look_after_traces(seconds: float) -> int:
    """Work for at most about this long; how many traces are done with."""
    deadline = time.monotonic() + seconds
    done = 0
    while time.monotonic() < deadline:
        keys = next_unrecorded(_ROUND_TRACES)
        if not keys:
            break
        owner, traces = keys[0]["owner"], {bytes(key["trace"]) for key in keys}
        recorded = record_traces(owner, traces, deadline - time.monotonic())
        finished = traces - recorded.unrecorded
        close_traces(owner, finished - recorded.waiting)
        keep_waiting(owner, dict.fromkeys(recorded.waiting & finished, Example()))
        runs = recorded.verdicts["created"]
        add_counts(owner, Counts(runs=runs, withdrawn=recorded.withdrawn, refused=recorded.refused))
        done += len(finished)
    while time.monotonic() < deadline:
        expired = pop_expired()
        if expired is None:
            break
        add_expired(expired["_id"]["owner"], expired)
        done += 1
    return done
