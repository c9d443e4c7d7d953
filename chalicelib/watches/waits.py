"""How long to wait before the next try at a delivery: growing, up to a day, and then no more."""

from __future__ import annotations

from datetime import timedelta

# The waits that Standard Webhooks recommends, their last ones drawn out to a day: 3.5 days in all.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=24),
    timedelta(hours=24),
)
LONGEST_WAIT = max(WAITS)
MOST_ATTEMPTS = len(WAITS) + 1


def wait_after(attempts: int, asked_s: float | None = None) -> timedelta | None:
    """How long to wait after so many tries that failed, or None to give up.

    `asked_s` is what the receiver asked for (Retry-After): never less, unless it is over a day.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    wait = WAITS[max(0, attempts - 1)]
    if asked_s is None or not asked_s > wait.total_seconds():
        return wait
    return timedelta(seconds=min(asked_s, LONGEST_WAIT.total_seconds()))
