"""The same totals whatever happens while hours of different days are counted.

As in test_metrics_crashes, the function is stopped, overtaken or held up before its first, second,
… command. The day of the runs is long over; or it has just ended, by the database's clock; or it
ends meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from tests.integration.interruptions import crash
from tests.integration.passing_time import A_WHILE_S, KINDS_OF_TILES, keep_in
from tests.integration.trials import (
    EARLY,
    LATER,
    MIDNIGHT,
    Service,
    make_service,
    one,
    running,
)

MANY = 60  # commands: no work has as many
NEXT_DAY = MIDNIGHT + timedelta(hours=1, minutes=10)
LONG_S = 3 * 3600  # until well after midnight

BEFORE = [running(1), one(2), running(3), running(4, NEXT_DAY)]
# Runs that are new, that finish, and that move to another hour or day.
BATCH = [one(1, LATER, initiator="ada"), one(5, LATER), one(3, NEXT_DAY), one(4)]
MORE = [running(90, LATER), one(91), one(5, LATER + timedelta(hours=1)), one(92, NEXT_DAY)]


@pytest.fixture(params=KINDS_OF_TILES)
def service(
    app: Chalice,
    database: Database[Any],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Service:
    keep_in(request.param, monkeypatch)
    return make_service(app, database, monkeypatch)


@pytest.fixture(params=["long over", "has just ended", "ends meanwhile"])
def trials(request: pytest.FixtureRequest, service: Service) -> Callable[[], Iterator[int]]:
    """1, 2, … up to the number of commands of the last trial; the batch waits to be counted."""

    def begin() -> Iterator[int]:
        for number in count(1):
            is_over = request.param == "long over"
            (service.begin if is_over else service.begin_before_midnight)([BEFORE])
            service.send(BATCH)
            service.clock.move_on()
            if request.param == "has just ended":
                service.clock.move_on(LONG_S)
            yield number
            service.check()
            for _ in range(2):
                service.roll_up(LONG_S)
                service.check()
            assert service.database["marks"].count_documents({}) == 0
            if service.interruptions.seen < number:
                assert number > 4, "nothing was interrupted"
                return
            assert number < MANY

    return begin


def test_a_function_that_crashes(service: Service, trials: Callable[[], Iterator[int]]) -> None:
    for number in trials():
        with service.interrupted((number, crash)):
            service.work()
        service.check()
        service.clock.move_on(LONG_S)
        with service.interrupted((number, crash)):
            service.work()


@pytest.mark.parametrize("held_up_s", [0, LONG_S])
def test_a_function_that_is_held_up_while_another_does_its_work(
    service: Service, trials: Callable[[], Iterator[int]], held_up_s: float
) -> None:
    for number in trials():
        with service.interrupted((number, lambda: service.roll_up(held_up_s))):
            service.work()


@pytest.mark.parametrize("held_up_s", [0, A_WHILE_S, LONG_S])
def test_a_function_amid_which_a_writer_writes(
    service: Service, trials: Callable[[], Iterator[int]], held_up_s: float
) -> None:
    """And a newer function rolls that up, with what it has itself read already."""

    def write() -> None:
        service.send(MORE)
        service.roll_up(held_up_s)
        service.check()

    for number in trials():
        with service.interrupted((number, write)):
            service.work()


def test_an_answer_during_which_days_are_counted(
    service: Service, trials: Callable[[], Iterator[int]]
) -> None:
    for number in trials():
        service.clock.move_on(LONG_S)
        with service.interrupted((number, service.work)):
            service.check()
            service.check()
            service.check()
            service.check()


def test_an_answer_during_which_a_run_arrives_in_a_day_that_is_counted(service: Service) -> None:
    """It is of the time before, or after; and from then on of the time after."""
    for number in range(1, 9):
        service.begin([[one(1), one(2, LATER)]])
        for run in (one(3), one(5, EARLY)):
            before = len(service.stored())
            with service.interrupted((number, partial(service.send, [run]))):
                assert service.ask()["runs"] in (before, len(service.stored()))
            service.check()
            service.roll_up()
        service.check()
