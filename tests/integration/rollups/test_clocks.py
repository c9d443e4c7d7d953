"""Clocks that jump while runs are written: no run is hidden by it, and hours are counted again."""

from __future__ import annotations

from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.rollups import upkeep
from tests.integration.passing_time import A_WHILE_S, PATIENCE_S
from tests.integration.trials import LATER, Service, make_service, one, running

DAY_S = 86_400
# By how much the database's clock is wrong when hours are marked, and when they are counted: it
# jumps in between, or another server becomes primary.
JUMPS = [(0, 200), (-200, 0), (DAY_S, 0), (-DAY_S, DAY_S)]
BATCH = [one(1), one(2, LATER), one(3), running(4, LATER)]


@pytest.fixture
def service(app: Chalice, database: Database[Any], monkeypatch: pytest.MonkeyPatch) -> Service:
    return make_service(app, database, monkeypatch)


@pytest.mark.parametrize(("before_s", "after_s"), JUMPS)
def test_runs_are_counted_though_the_database_s_clock_jumps_while_they_are_written(
    service: Service, before_s: float, after_s: float
) -> None:
    """And those that the same process writes after that, while it remembers its marks."""

    def jump() -> None:
        service.clock.server_ahead_s = after_s
        upkeep.count_marked(PATIENCE_S)

    for number in range(1, 20):
        service.clock.server_ahead_s = before_s
        service.begin([[running(1), running(3)]])
        with service.interrupted((number, jump)):
            service.send(BATCH)
        service.check()
        for run_id in range(5, 8):
            service.send([one(run_id)])
            upkeep.count_marked(PATIENCE_S)
            service.check()
        if service.interruptions.seen < number:
            break
    assert number > 3
    service.clock.server_ahead_s = 0
    service.clock.move_on(2 * DAY_S + A_WHILE_S)
    service.work()
    service.check()
    assert service.database["marks"].count_documents({}) == 0


@pytest.mark.parametrize("jump_s", [-DAY_S, DAY_S], ids=["back", "ahead"])
def test_runs_are_counted_though_the_writer_s_own_clock_jumps(
    service: Service, jump_s: float
) -> None:
    for number in range(1, 20):
        service.begin([[running(1), running(3)]])

        def jump() -> None:
            service.clock.move_on(jump_s)
            service.clock.server_ahead_s -= jump_s
            upkeep.count_marked(PATIENCE_S)

        with service.interrupted((number, jump)):
            service.send(BATCH)
        service.check()
        service.send([one(5)])
        service.check()
        if service.interruptions.seen < number:
            break
    service.clock.server_ahead_s = 0
    service.clock.move_on(2 * DAY_S + A_WHILE_S)
    service.work()
    service.check()
