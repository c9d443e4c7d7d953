"""A writer that is overtaken between any two of its commands, or ends within one, and its retry.

Commands are counted by the driver's own monitoring, so whatever the code sends is covered. Each
trial has a version of its own, which is told the same beforehand, and has to end the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from bson import ObjectId
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from chalicelib.database import connection as mongo
from chalicelib.rollups.marks import hours_of
from tests.integration.interruptions import Crash, Interruptions, listen
from tests.integration.run_histories import standing
from tests.lambda_client import LambdaClient

Document = dict[str, Any]

HOURS = [f"2026-03-01T{hour:02d}:00:00Z" for hour in range(4)]
BEFORE: list[Document] = [
    {"id": 1, "status": "ok", "created": HOURS[0]},
    {"id": 2, "status": "running", "created": HOURS[0], "cost": 1},
    {"id": 3, "status": "running"},
    {"id": 4, "status": "ok"},
]
# A run that is new, one of each kind that is not, and some that come twice.
BATCH: list[Document] = [
    {"id": 1, "status": "ok", "created": HOURS[0]},
    {"id": 2, "status": "failed", "created": HOURS[1], "cost": 2},
    {"id": 2, "status": "running", "created": HOURS[0], "cost": 1},
    {"id": 3, "status": "ok", "created": HOURS[2]},
    {"id": 4, "status": "ok", "created": HOURS[3]},
    {"id": 5, "status": "running", "created": HOURS[0]},
    {"id": 5, "status": "ok", "created": HOURS[0]},
    {"id": 6, "status": "ok", "created": HOURS[1]},
    {"id": 7, "status": "queued", "created": HOURS[2]},
    {"id": 7, "status": "running", "created": HOURS[2]},
    {"id": 8, "status": "ok", "created": HOURS[3]},
]
MOST_COMMANDS = 30


@dataclass
class Trials:
    """Versions that were told BEFORE, one for each trial."""

    client: LambdaClient
    database: Database[Document]
    interruptions: Interruptions
    _names: Iterator[int] = field(default_factory=count)

    def begin(self) -> tuple[str, str]:
        """A new version's runs' path, and its id."""
        versions = "/api/v1/agents/tester/versions"
        added = self.client.post(versions, {"version": f"v{next(self._names)}"}).json
        path = f"{versions}/{added['version']}/runs"
        assert self.client.post(path, {"runs": BEFORE}).status == 201
        return path, added["id"]

    def send(self, path: str) -> None:
        answer = self.client.post(path, {"runs": BATCH})
        assert answer.status in (200, 201), answer.text
        assert answer.json["accepted"] == len(BATCH)

    def restart(self) -> None:
        """What the process remembered is gone, and its connections with it."""
        mongo.forget()

    def check(self, version_id: str, expected: dict[int, Document]) -> None:
        assert standing(self.database, version_id) == expected
        self.check_marks(version_id)

    def check_marks(self, version_id: str) -> None:
        """Every hour with a run is marked: its tile, if there is one, is not believed."""
        where = {"_id.v": ObjectId(version_id)}
        hours = {
            run["created"].replace(minute=0, second=0, microsecond=0)
            for run in self.database["runs"].find(where)
        }
        marks: Any = self.database["marks"].find(where)
        marked = {hour for mark in marks for hour, _ in hours_of(mark)}
        assert hours <= marked


@pytest.fixture
def trials(
    client: LambdaClient,
    agent: Document,
    database: Database[Document],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Trials]:
    yield Trials(client, database, listen(monkeypatch))
    mongo.forget()


@pytest.fixture
def expected(trials: Trials) -> dict[int, Document]:
    """What stands when nothing goes wrong."""
    path, version_id = trials.begin()
    trials.send(path)
    found = standing(trials.database, version_id)
    ends = {i: run["status"] for i, run in found.items()}
    assert ends == {**dict.fromkeys(range(1, 9), "ok"), 2: "failed", 7: "running"}
    return found


def test_a_writer_that_is_overtaken_before_any_command_undoes_nothing(
    trials: Trials, expected: dict[int, Document]
) -> None:
    for n in range(1, MOST_COMMANDS):
        path, version_id = trials.begin()
        with trials.interruptions.at({n: lambda p=path: trials.send(p)}):  # type: ignore[misc]
            trials.send(path)
        trials.check(version_id, expected)
        if trials.interruptions.seen < n:
            return
    raise AssertionError("a batch has more commands than anyone meant")


@pytest.mark.parametrize("method", ["insert_many", "bulk_write"])
@pytest.mark.parametrize("written", range(9))
def test_a_writer_that_ends_within_a_bulk_is_made_good_by_the_retry(
    trials: Trials,
    expected: dict[int, Document],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    written: int,
) -> None:
    """The server has taken the first documents of the bulk, and the connection is lost."""
    whole = getattr(Collection, method)

    def half(collection: Any, items: list[Any], **options: Any) -> Any:
        if collection.name != "runs":
            return whole(collection, items, **options)
        with suppress(BulkWriteError):
            if items[:written]:
                whole(collection, items[:written], **options)
        raise Crash

    path, version_id = trials.begin()
    with monkeypatch.context() as patch:
        patch.setattr(Collection, method, half)
        with pytest.raises(Crash):
            trials.send(path)
    trials.restart()
    trials.send(path)
    trials.check(version_id, expected)
