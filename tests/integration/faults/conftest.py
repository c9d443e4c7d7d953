"""A service on an empty database, what stands in it, and whether it is right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.answers import advance_totals, is_total_right
from chalicelib.database import retention
from chalicelib.database.indexes import ensure_indexes
from chalicelib.database.recent import Recent
from chalicelib.errors import NotReady
from chalicelib.rollups import check_month, months_kept
from chalicelib.telemetry import upkeep as telemetry_upkeep
from chalicelib.upkeep import run_upkeep
from chalicelib.values import instants
from chalicelib.values.instants import END_OF_TIME, EPOCH
from chalicelib.watches import delivering, looking
from tests.integration.faults.failpoints import FailPoints, install
from tests.integration.fleet import QuietClient
from tests.integration.passing_time import A_WHILE_S, PATIENCE_S, Clock
from tests.integration.watches.conftest import Receiver

Document = dict[str, Any]
# What differs between two services that were told the same at different times.
_INCIDENTAL = {
    *("_id", "agent_id", "recorded_at", "revision", "moved_from", "deleted_at", "created_at"),
    *("updated_at", "deleted_versions", "id", "version_id", "counted"),
}
LONG_S = 3700


class NotAcknowledgedError(Exception):
    """The service asked its client to try again."""


@dataclass
class World:
    client: QuietClient
    database: Database[Document]
    clock: Clock
    receiver: Receiver
    points: FailPoints

    def reset(self) -> None:
        """Everything is gone, and forgotten."""
        for name in self.database.list_collection_names():
            self.database[name].delete_many({})
        self.receiver.received.clear()
        self.clock.move_on(-self.clock.ahead.total_seconds())
        self.restart()

    def restart(self) -> None:
        Recent.forget_all()

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send what a client may repeat. Raises NotAcknowledgedError where it has to."""
        answer = self.client.request(method, path, body, headers)
        if answer.status == 503:
            raise NotAcknowledgedError
        assert answer.status < 300, (path, answer.status, answer.text)
        return answer

    def work(self) -> None:
        """What the scheduled function does a while later."""
        self.clock.move_on(A_WHILE_S)
        run_upkeep(PATIENCE_S)

    def settle(self) -> None:
        for _ in range(2):
            self.restart()
            self.clock.move_on(LONG_S)
            run_upkeep(PATIENCE_S)
            advance_totals([version["_id"] for version in self.database["versions"].find()])

    def check(self) -> None:
        """What is kept is what the runs are, as a recount of each says, and as answers say."""
        if self.database["rollups"].find_one() is not None:
            return  # until an upgrade is done, nothing is answered
        agents = {agent["_id"] for agent in self.database["agents"].find()}
        # Those of an agent that was deleted answer nobody, and are being removed.
        for version in self.database["versions"].find({"agent_id": {"$in": [*agents]}}).to_list():
            for month in months_kept(version["_id"], EPOCH, END_OF_TIME):
                checked = check_month(version["_id"], month, EPOCH, END_OF_TIME)
                assert (checked.differing, checked.broken) == ({}, None)
            assert is_total_right(version["_id"])

    def standing(self) -> Document:
        """What stands in the end, by names: whatever happened, it has to be the same."""
        data = self.database
        agents = {agent["_id"]: agent for agent in data["agents"].find()}
        versions = {version["_id"]: version for version in data["versions"].find()}
        runs = {
            (agents.get(run["agent_id"], {}).get("name"), run["_id"]["id"]): _essence(run)
            | {"version": versions.get(run["_id"]["v"], {}).get("version")}
            for run in data["runs"].find()
        }
        return {
            "agents": sorted(map(repr, map(_essence, agents.values()))),
            "versions": sorted(map(repr, map(_essence, versions.values()))),
            "runs": runs,
            "metrics": _essence(self.client.get("/api/v1/metrics?group_by=agent").json),
            "left": {n: data[n].count_documents({}) for n in ("marks", "deletions", "rollups")},
            "traces": [trace["state"] for trace in data["open_traces"].find()],
            "expired": data["expired"].count_documents({}),
            "watches": sorted((w["name"], w["state"]) for w in data["watches"].find()),
            "events": sorted(
                e["type"] + e["delivery"]["status"] for e in data["watch_events"].find()
            ),
            "told": len({headers["webhook-id"] for headers, _ in self.receiver.received}),
        }


@pytest.fixture
def world(
    app: Chalice, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    clock, receiver = Clock(monkeypatch), Receiver()
    for module in (retention, delivering, looking, telemetry_upkeep):
        if hasattr(module, "now"):
            monkeypatch.setattr(module, "now", lambda: instants.now() + clock.ahead)

    def hold_up() -> None:
        clock.move_on(LONG_S)
        with suppress(NotReady):  # until an upgrade is done
            run_upkeep(PATIENCE_S)

    points = install(monkeypatch, hold_up)
    ensure_indexes(database)
    yield World(QuietClient(app), database, clock, receiver, points)
    receiver.close()


def _essence(value: Any) -> Any:
    if isinstance(value, dict):
        return {n: _essence(each) for n, each in value.items() if n not in _INCIDENTAL}
    return [_essence(each) for each in value] if isinstance(value, list) else value
