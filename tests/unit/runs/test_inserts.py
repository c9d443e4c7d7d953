"""How runs are put into the database in two halves at once."""

from __future__ import annotations

from contextvars import ContextVar
from threading import Event, get_ident
from typing import Any

import pytest

from chalicelib.runs.inserts import MIN_HALF, Places, _divide, at_once

PATIENCE_S = 10
Documents = Any


def _documents(*ids: int) -> Documents:
    return [{"_id": {"id": run_id}} for run_id in ids]


@pytest.mark.parametrize("number", [1, 2 * MIN_HALF - 1])
def test_few_runs_stay_together(number: int) -> None:
    assert _divide(_documents(*range(number)), range(number)) == [range(number)]


def test_many_runs_are_halved_in_their_order() -> None:
    places = range(2 * MIN_HALF + 1)
    assert [place for half in _divide(_documents(*places), places) for place in half] == [*places]
    assert len(_divide(_documents(*places), places)) == 2


def test_two_reports_of_one_run_are_never_insertedat_once() -> None:
    number = 2 * MIN_HALF
    documents = _documents(*range(number - 1), 0)
    assert _divide(documents, range(number)) == [range(number)]


def test_the_halves_are_under_way_together() -> None:
    arrived = {0: Event(), 1: Event()}

    def meet(part: Places) -> Places:
        arrived[part[0]].set()
        assert arrived[1 - part[0]].wait(PATIENCE_S)
        return part

    assert at_once(meet, [[0], [1]]) == [[0], [1]]


def test_a_thread_has_the_time_limit_of_its_request() -> None:
    limit: ContextVar[int] = ContextVar("limit", default=0)
    limit.set(20)
    threads = set()

    def look(part: Places) -> Places:
        threads.add(get_ident())
        return [limit.get()]

    assert at_once(look, [[0], [1]]) == [[20], [20]]
    assert len(threads) == 2


@pytest.mark.parametrize("failing", [0, 1])
def test_a_failure_is_raised_when_nothing_is_under_way_any_more(failing: int) -> None:
    begun, ended = Event(), Event()

    def insert(part: Places) -> Places:
        if part[0] == failing:
            assert begun.wait(PATIENCE_S)
            raise ConnectionError
        begun.set()
        ended.wait(0.1)
        ended.set()
        return part

    with pytest.raises(ConnectionError):
        at_once(insert, [[0], [1]])
    assert ended.is_set()
