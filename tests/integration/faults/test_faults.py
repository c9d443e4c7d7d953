"""Whatever goes wrong at whichever write: nothing acknowledged is missing, every number is right.

Each kind of work is done once undisturbed, which says what has to stand and what is written.
Then it meets each fault at each of these writes; after it what is kept has to be what the runs are,
and once the client has repeated what was not acknowledged and upkeep has come by, the same stands.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from pymongo.errors import PyMongoError

from chalicelib.errors import NotReady
from tests.integration.faults.conftest import NotAcknowledgedError, World
from tests.integration.faults.failpoints import FAULTS, Fault
from tests.integration.faults.scenarios import SCENARIOS, Scenario, prepare
from tests.integration.interruptions import Crash


def disturb(scenario: Scenario, world: World, number: int, fault: Fault | None) -> bool:
    """Do the work with a fault at its n-th write; whether that was met by the one who did it."""
    try:
        with world.points.at(number, fault):
            scenario.act(world)
    except (Crash, NotAcknowledgedError, PyMongoError):
        return True
    return False


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_work_that_meets_a_fault_at_any_write_ends_as_if_it_had_not(
    world: World, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(scenario, world, monkeypatch)
    disturb(scenario, world, 0, None)
    writes = list(world.points.seen)
    assert writes, "nothing is written"
    world.settle()
    expected = world.standing()
    for number in range(1, len(writes) + 1):
        # Killed before a write is killed after the one before it.
        for fault in FAULTS[number > 1 :]:
            where = f"{fault} {writes[number - 1]}, write {number} of {len(writes)}"
            prepare(scenario, world, monkeypatch)
            failed = disturb(scenario, world, number, fault)
            world.restart()
            world.check()
            if failed:
                if number % 2:
                    with suppress(NotReady):  # until an upgrade is done
                        world.settle()  # the client takes its time
                scenario.act(world)
            world.settle()
            world.check()
            assert world.standing() == expected, where
