from __future__ import annotations

from datetime import timedelta

from chalicelib.watches.waits import MOST_ATTEMPTS, wait_after

DAY = timedelta(days=1)


def test_waits_grow_to_a_day_and_end() -> None:
    waits = [wait_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    known = [wait for wait in waits if wait is not None]
    assert len(known) == len(waits)
    assert known == sorted(known)
    assert known[-1] == DAY
    assert timedelta(days=3) < sum(known, timedelta()) < timedelta(days=5)
    assert wait_after(MOST_ATTEMPTS) is None


def test_a_receiver_may_ask_for_a_longer_wait_up_to_a_day() -> None:
    assert wait_after(1, 60) == timedelta(minutes=1)
    assert wait_after(1, 1) == timedelta(seconds=5)
    assert wait_after(1, 1e9) == DAY
    assert wait_after(1, float("nan")) == timedelta(seconds=5)
