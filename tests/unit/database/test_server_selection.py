"""The client overrides a private method of the driver; these tests fail when the driver changes."""

from __future__ import annotations

import inspect
import socket

import pymongo
import pytest
from pymongo import MongoClient
from pymongo.errors import ServerSelectionTimeoutError

from chalicelib.database import connection


def test_the_driver_still_selects_servers_by_the_method_that_is_overridden() -> None:
    parameters = inspect.signature(MongoClient._select_server).parameters
    assert list(parameters)[:2] == ["self", "server_selector"]


def test_an_operation_waits_for_a_server_no_longer_than_the_client_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left: list[float] = []

    def note(*_: object, **__: object) -> None:
        from pymongo import _csot  # noqa: PLC0415 - private too: what `pymongo.timeout` has left

        left.append(_csot.remaining() or 0)
        raise ServerSelectionTimeoutError("nobody answers")

    monkeypatch.setattr(MongoClient, "_select_server", note)
    with (
        connection._Client(
            f"mongodb://127.0.0.1:{_closed_port()}/?serverSelectionTimeoutMS=3000", connect=False
        ) as client,
        pymongo.timeout(1000),
        pytest.raises(ServerSelectionTimeoutError),
    ):
        client["a"]["b"].find_one()
    assert left
    assert all(0 < seconds <= 3 for seconds in left)


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
