"""Timing in turns: whatever else the machine does meets all candidates alike."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from statistics import median

Action = Callable[[], object]

WARM_UP_ROUNDS = 3


def medians(rounds: Iterable[dict[str, Action]]) -> dict[str, float]:
    """The median seconds of each action; in every second round the order is reversed.

    Rounds are drawn one by one, so that what each needs is made, and freed, outside of the timing.
    The first WARM_UP_ROUNDS are not counted.
    """
    times: dict[str, list[float]] = defaultdict(list)
    for number, actions in enumerate(rounds):
        for name in reversed(actions) if number % 2 else actions:
            started = time.perf_counter()
            actions[name]()
            taken = time.perf_counter() - started
            if number >= WARM_UP_ROUNDS:
                times[name].append(taken)
    return {name: median(taken) for name, taken in times.items()}
