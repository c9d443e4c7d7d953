"""How often an answer about numbers asks the database: a round trip may take a few milliseconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.answers import advance_totals
from chalicelib.http import ENDPOINTS, Endpoint
from chalicelib.values.instants import now
from tests.integration.fleet import Fleet, QuietClient
from tests.integration.metrics_oracle import Run
from tests.integration.passing_time import roll_up
from tests.integration.route_requests import request_for
from tests.integration.sent_commands import listening

MOST = 4
# The one asks for the ids of all versions and for those on the page; the other for stored totals,
# for runs that have moved, for versions that have not run yet, and for the versions' names.
MOST_OF = {"/api/v1/ui/agent_versions": 6, "/metrics/prometheus": 8}
BASE, CANDIDATE = "1.0-walked", "2.0-walked"
# What adds up runs, or shows a page of what does.
NUMBERS = [
    route
    for route in ENDPOINTS
    if route.method == "GET"
    and any(word in route.path for word in ("metrics", "/ui/", "/compare", "/gate", "/insights"))
]


@pytest.fixture
def fleet(app: Chalice, database: Database[dict[str, Any]]) -> Fleet:
    """Two versions with runs of every state of an hour: in tiles of two months, and marked."""
    fleet = Fleet(QuietClient(app))
    present = now()
    versions = (BASE, CANDIDATE)
    fleet.post([Run(present - timedelta(days=d), version=v) for d in (1, 9, 40) for v in versions])
    roll_up(database)
    advance_totals(version["_id"] for version in database["versions"].find())
    fleet.post([Run(present - timedelta(hours=3), version=version) for version in versions])
    return fleet


def test_there_are_such_routes() -> None:
    assert len(NUMBERS) >= 10, [route.path for route in NUMBERS]


@pytest.mark.parametrize("route", NUMBERS, ids=lambda route: route.path)
def test_answers_about_numbers_take_few_round_trips(fleet: Fleet, route: Endpoint) -> None:
    request = request_for(route, agent="tester")
    with listening() as sent:
        assert request.send(fleet.client).status == 200
        sent.commands.clear()
        assert request.send(fleet.client).status == 200
        assert len(sent.commands) <= MOST_OF.get(route.path, MOST), sent.names()
