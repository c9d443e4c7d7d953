"""The steps of upkeep, and the one function that takes them.

Every step can be stopped anywhere, by the end of its time or of the process, and goes on with the
next call; two at once do no harm. The scheduled function, `manage.py upkeep` and the local timer
all call `run_upkeep`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from chalicelib import telemetry, watches
from chalicelib.answers import advance_totals
from chalicelib.rollups import count_marked, expire_runs
from chalicelib.runs import remove_deleted


class Step(NamedTuple):
    """`act` works for so many seconds at most and answers how much it did, of `unit`."""

    name: str
    unit: str
    act: Callable[[float], int]


def _count(seconds: float) -> int:
    return count_marked(seconds, then=advance_totals)


# These rooms are loaded when their step is taken: no request has to wait for them.
def _assemble(seconds: float) -> int:
    return telemetry.look_after_traces(seconds)


def _watch(seconds: float) -> int:
    return watches.look_after(seconds)


STEPS: Sequence[Step] = (
    Step("assembled", "trace", _assemble),
    Step("counted", "hour", _count),
    Step("expired", "run", expire_runs),
    Step("watched", "watch", _watch),
    Step("removed", "document", remove_deleted),
)


def run_upkeep(seconds: float) -> dict[str, int]:
    """Take every step, for `seconds` in all; what each of them did, by its name.

    A step may take what is left, but for an equal share of it for each that follows.
    """
    deadline = time.monotonic() + seconds
    done = {}
    for place, step in enumerate(STEPS):
        left = max(0.0, deadline - time.monotonic())
        followed_by = len(STEPS) - place - 1
        done[step.name] = step.act(left * (1 - followed_by / (2 * len(STEPS))))
    return done
