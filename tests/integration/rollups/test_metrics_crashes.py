"""The same totals whatever happens between any two commands that reach the database.

A writer, or the function that rolls up, is overtaken or held up before its first, its second, …
command (tests/integration/faults has them killed), until it gets through without meeting the
interruption. Then the client repeats what was not acknowledged, and every number must be right: at
once, and after rollups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.rollups import upkeep
from tests.integration.interruptions import crash
from tests.integration.passing_time import KINDS_OF_TILES, PATIENCE_S, keep_in
from tests.integration.trials import (
    EARLY,
    HELD_UP_S,
    LATER,
    Document,
    Service,
    make_service,
    one,
    running,
)

LATE = 60  # commands: no request and no round of rollups has as many


@pytest.fixture(params=KINDS_OF_TILES)
def service(
    app: Chalice,
    database: Database[Any],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Service:
    keep_in(request.param, monkeypatch)
    return make_service(app, database, monkeypatch)


@dataclass(frozen=True)
class Request:
    """What was sent before, and the batch that the interruptions meet; how many runs then stand."""

    name: str
    before: list[list[Document]]
    batch: list[Document]
    stand: int


REQUESTS = [
    Request("new runs", [[one(1)]], [one(2), one(3, LATER)], 3),
    Request("a finished run", [[running(1), one(2)]], [one(1)], 2),
    Request("a run that moves", [[running(1), one(2)]], [one(1, LATER, initiator="ada")], 2),
    Request("a run without a time", [], [running(1, None), one(2)], 2),
    Request("its end, without a time", [[running(1, None)], [one(2)]], [one(1, None)], 2),
    Request("its time, later", [[one(1, None)]], [one(1, LATER), one(2)], 2),
    Request(
        "a replay with something new",
        [[one(1), running(2), one(3), one(4, LATER)]],
        [one(1), one(2, LATER), running(3), one(4, EARLY), one(5), one(5), one(6, LATER)],
        6,
    ),
]
requests = pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)


def trials(service: Service, request: Request) -> Iterator[int]:
    """1, 2, … up to the number of commands that the last trial sent."""
    for number in count(1):
        service.begin(request.before)
        yield number
        if service.interruptions.seen < number:
            assert number > 2, "nothing was interrupted"
            return
        assert number < LATE


@requests
@pytest.mark.parametrize("held_up_s", [0, 100, 150, HELD_UP_S])
def test_a_writer_that_is_held_up_while_rollups_are_made(
    service: Service, request_: Request, held_up_s: float
) -> None:
    """For less than a mark lives, or for longer."""
    for number in trials(service, request_):
        with service.interrupted((number, lambda: service.roll_up(held_up_s))):
            service.send(request_.batch)
        service.check()
        service.roll_up()
        service.check()
        assert len(service.stored()) == request_.stand


@requests
def test_a_writer_that_is_held_up_then_crashes_and_a_client_that_repeats(
    service: Service, request_: Request
) -> None:
    """Its marks were cleared before it wrote, and it never came to renew them."""
    for number in trials(service, request_):
        for later in range(number + 1, LATE):
            with service.interrupted((number, service.roll_up), (later, crash)):
                service.send(request_.batch)
            service.roll_up()
            service.send(request_.batch)
            service.check()
            service.roll_up()
            service.check()
            assert len(service.stored()) == request_.stand
            if service.interruptions.seen < later:
                break
            service.begin(request_.before)


def overtake(service: Service, batch: list[Document]) -> Callable[[], None]:
    """Another writer sends the batch, time passes, and another function rolls it all up."""

    def act() -> None:
        service.send(batch)
        service.check()
        service.roll_up()
        service.check()

    return act


def rollup_trials(service: Service, request: Request) -> Iterator[int]:
    """As `trials`, of the function that rolls up what was just sent."""
    for number in trials(service, request):
        service.send(request.batch)
        service.clock.move_on()
        yield number
        service.check()
        service.roll_up()
        service.check()
        assert service.database["marks"].count_documents({}) == 0


MORE = [running(90, LATER), one(91), one(1, LATER + timedelta(hours=1)), one(92, None)]


@requests
def test_a_rollup_amid_which_a_writer_writes(service: Service, request_: Request) -> None:
    for number in rollup_trials(service, request_):
        with service.interrupted((number, lambda: service.send(MORE))):
            upkeep.count_marked(PATIENCE_S)


@requests
def test_a_rollup_that_is_overtaken_by_a_newer_one(service: Service, request_: Request) -> None:
    """What it read before is stale when it comes to write it."""
    for number in rollup_trials(service, request_):
        with service.interrupted((number, overtake(service, MORE))):
            upkeep.count_marked(PATIENCE_S)


@requests
def test_two_rollups_at_once(service: Service, request_: Request) -> None:
    for number in rollup_trials(service, request_):
        with service.interrupted((number, lambda: service.roll_up(0))):
            upkeep.count_marked(PATIENCE_S)


@requests
def test_an_answer_during_which_rollups_are_made(service: Service, request_: Request) -> None:
    for number in rollup_trials(service, request_):
        with service.interrupted((number, lambda: service.roll_up(0))):
            service.check()


def ask_amid(service: Service, before: list[Document], batch: list[Document]) -> None:
    """Every answer during which the batch is sent is of the time before it, or after."""
    for number in trials(service, Request("", [before], batch, 0)):
        service.send([one(50)])  # of the same hour, which is read from its runs now
        earlier = service.ask()
        with service.interrupted((number, partial(service.send, batch))):
            found = service.ask()
        assert found in (earlier, service.ask())


@pytest.mark.parametrize("before", [[one(1)], [running(2)]], ids=["arrives", "finishes"])
def test_an_answer_amid_which_a_run_arrives_or_finishes(
    service: Service, before: list[Document]
) -> None:
    ask_amid(service, before, [one(2)])


@pytest.mark.xfail(strict=True, reason="an answer is no snapshot: see docs/decisions.md")
@pytest.mark.parametrize("times", [(EARLY, LATER), (LATER, EARLY)], ids=["later", "earlier"])
def test_an_answer_amid_which_a_run_moves_to_another_hour(
    service: Service, times: tuple[datetime, datetime]
) -> None:
    ask_amid(service, [running(1, times[0])], [one(1, times[1])])
