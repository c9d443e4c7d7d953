"""What a warm process remembers, and for how long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.database.recent import Recent


class Clock:
    time = 1_000_000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(Recent, "now", staticmethod(lambda: clock.time))
    yield clock
    Recent.forget_all()


def test_a_value_is_remembered_until_its_time_is_over(clock: Clock) -> None:
    recent: Recent[str, int] = Recent(seconds=60)
    recent.put("a", 1)
    clock.time += 60
    assert recent.get("a") == 1
    clock.time += 0.1
    assert recent.get("a") is None


def test_a_clock_that_was_set_back_does_not_make_a_value_eternal(clock: Clock) -> None:
    recent: Recent[str, int] = Recent(seconds=60)
    recent.put("a", 1)
    clock.time -= 3600
    assert recent.get("a") is None


def test_only_what_was_found_is_remembered(clock: Clock) -> None:
    recent: Recent[str, int] = Recent(seconds=60)
    answers = iter([None, 2, 3])
    found = [recent.get_or("a", lambda: next(answers)) for _ in range(3)]
    assert found == [None, 2, 2]


def test_the_time_begins_when_the_looking_up_does(clock: Clock) -> None:
    """What was found may have been revoked while a slow database took its time to say so."""
    recent: Recent[str, int] = Recent(seconds=30)

    def load() -> int:
        clock.time += 20
        return 1

    assert recent.get_or("a", load) == 1
    clock.time += 10
    assert recent.get("a") == 1
    clock.time += 1
    assert recent.get("a") is None


def test_it_never_holds_more_than_its_most(clock: Clock) -> None:
    recent: Recent[int, int] = Recent(seconds=60, most=3)
    for i in range(10):
        recent.put(i, i)
        assert len(recent._entries) <= 3
    assert recent.get(9) == 9


def test_everything_can_be_forgotten_at_once(clock: Clock) -> None:
    first: Recent[str, int] = Recent(seconds=60)
    second: Recent[str, int] = Recent(seconds=60)
    first.put("a", 1)
    second.put("b", 2)
    Recent.forget_all()
    assert (first.get("a"), second.get("b")) == (None, None)
