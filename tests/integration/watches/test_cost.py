"""What a look costs: round trips grow with watches, and not with runs."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.watches import look_after
from tests.integration.passing_time import roll_up
from tests.integration.sent_commands import listening
from tests.integration.watches.conftest import Fleet, ago

CONDITIONS: list[dict[str, Any]] = [
    {"type": "budget", "amount": 50, "period": "month", "tz": "Europe/Berlin"},
    {"type": "success_rate_drop", "base": "previous_version"},
    {"type": "duration_increase", "base": "window"},
    {"type": "cost_increase", "base": "window"},
    {"type": "silence", "for": "12h"},
    {"type": "stale", "more_than": 10},
    {"type": "new_error"},
]
AGENTS = ("a", "b", "c", "d")


def round_trips() -> int:
    look_after(30)  # warms up
    with listening() as sent:
        assert look_after(30) == len(AGENTS) * len(CONDITIONS)
        return len(sent.names())


@pytest.mark.parametrize("rolled_up", [True, False])
def test_a_watch_costs_at_most_three_round_trips_however_many_runs_there_are(
    fleet: Fleet, database: Database[dict[str, Any]], rolled_up: bool
) -> None:
    for agent in AGENTS:
        fleet.register(agent, "1")
        fleet.post([{"created": ago(days=day), "cost": 1} for day in range(20)], agent=agent)
        for condition in CONDITIONS:
            fleet.watch(condition, agent=agent)
    if rolled_up:
        roll_up(database)
    few = round_trips()
    assert few <= 3 * len(AGENTS) * len(CONDITIONS)
    for agent in AGENTS:
        runs = [
            {"created": ago(days=day, hours=n), "cost": 1} for day in range(20) for n in range(20)
        ]
        fleet.post(runs, agent=agent)
    if rolled_up:
        roll_up(database)
        assert round_trips() <= few + 2
