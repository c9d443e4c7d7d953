"""Hours with more runs than the database can send as one document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bson import ObjectId
from chalice import Chalice
from pymongo import MongoClient
from pymongo.database import Database

from chalicelib.rollups import columns
from chalicelib.runs.reports import document_of
from tests.integration.fleet import Fleet, QuietClient
from tests.integration.metrics_oracle import Run, Span, check_answer, check_block, divide
from tests.integration.passing_time import roll_up

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MS = timedelta(milliseconds=1)


@pytest.fixture
def fleet(app: Chalice) -> Fleet:
    return Fleet(QuietClient(app))


@pytest.fixture
def small_pushes(mongo_client: MongoClient[dict[str, Any]]) -> Iterator[None]:
    """A database that gives up on columns of more than 4 KB, as others do on more than 100 MB."""
    name = "internalQueryMaxPushBytes"
    previous = mongo_client.admin.command({"getParameter": 1, name: 1})[name]
    mongo_client.admin.command({"setParameter": 1, name: 4000})
    yield
    mongo_client.admin.command({"setParameter": 1, name: previous})


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each part of an hour had that was read run by run, in parts of 100."""
    sizes: list[int] = []
    original = columns._stream

    def stream(*arguments: Any) -> Iterator[columns.HourColumns]:
        for part in original(*arguments):
            sizes.append(len(part.columns["status"]))
            yield part

    monkeypatch.setattr(columns, "_stream", stream)
    monkeypatch.setattr(columns, "_CHUNK_ROWS", 100)
    return sizes


def test_an_hour_that_is_too_large_for_one_document_is_read_in_parts(
    fleet: Fleet, database: Database[Any], small_pushes: None, streamed: list[int]
) -> None:
    fleet.post(
        [
            Run(
                NOON + n * 9000 * MS,
                ("completed", "failed", "running")[n % 3],
                duration_us=n * 1000,
                cost=Decimal(n) / 100,
                initiator=f"user-{n % 7}",
                models=("a", "b")[: n % 3],
                version=str(n % 2),
            )
            for n in range(450)  # one hour, and an eighth of the next
        ]
    )
    for _ in range(2):
        for group_by in ("initiator", "model", "version"):
            groups = divide(fleet.runs, group_by)
            answer = fleet.ask(group_by=group_by)
            check_answer(answer, fleet.runs, stale_before=NOON + timedelta(days=1), groups=groups)
        half = Span(NOON + timedelta(minutes=31), NOON + timedelta(minutes=59))
        some = fleet.ask(start=half.start, end=half.end)
        check_block(some, half.pick(fleet.runs), NOON + timedelta(days=1))
        assert max(streamed) == 100
        assert sum(streamed) >= 450
        roll_up(database)


def test_more_runs_than_fit_into_16_mb_are_an_hour_like_any_other(
    fleet: Fleet, database: Database[Any], streamed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no parameter changed: the server makes no document of that size."""
    monkeypatch.setattr(columns, "_CHUNK_ROWS", 20_000)
    fleet.post([Run(NOON)])
    one = database["runs"].find_one()
    assert one is not None
    names = [chr(0x1F600 + n) * 200 for n in range(20)]  # 800 bytes each
    database["runs"].insert_many(_document(one, n, names[n % len(names)]) for n in range(1, 23_000))
    for _ in range(2):
        answer = fleet.ask(group_by="initiator")
        assert answer["runs"] == 23_000
        known = {"known": 22_999, "unknown": 1}
        assert answer["cost"] == {"total": 2299.9, "in_progress": None, "mean": 0.1} | known
        counts = {group["initiator"]: group["runs"] for group in answer["groups"]}
        assert counts == {None: 1, names[0]: 1149} | dict.fromkeys(names[1:], 1150)
        roll_up(database)
    assert streamed[:2] == [20_000, 3_000]


def _document(like: Any, number: int, initiator: str) -> Any:
    report = {
        "created": NOON + number * MS,
        "status": "ok",
        "cost": 0.1,
        "initiator": initiator,
        "id": 1000 + number,
    }
    version_id: ObjectId = like["_id"]["v"]
    return document_of(report, like["agent_id"], version_id, NOON)
