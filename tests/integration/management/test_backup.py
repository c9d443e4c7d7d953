"""A database that was lost comes back from its backup, with the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import bson
import pytest
from chalice import Chalice
from pymongo import MongoClient
from pymongo.database import Database

from chalicelib.access.stored_tokens import create_token
from chalicelib.answers import advance_totals
from chalicelib.database.indexes import INDEXES, ensure_indexes
from management import archive
from management.archive import loading, save_database
from management.mongod import Mongod
from tests.integration.fleet import Fleet, QuietClient, draw_runs
from tests.integration.management.serving import run_command
from tests.integration.passing_time import keep_in, roll_up

pytestmark = pytest.mark.usefixtures("environment")
Document = dict[str, Any]
Data = Database[Document]
START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=40)
ASKED = ("metrics?group_by=status", "metrics?group_by=model&interval=week", "agents", "watches")


@pytest.fixture
def fleet(
    environment: None, app: Chalice, database: Data, monkeypatch: pytest.MonkeyPatch
) -> Fleet:
    """Runs in tiles of every kind, and some that wait; a watch and a token."""
    fleet = Fleet(QuietClient(app))
    for kind in ("months", "days", "blocks"):
        with monkeypatch.context() as patch:
            keep_in(kind, patch)
            fleet.post(draw_runs(len(kind), 40, START, END))
            roll_up(database)
            roll_up(database)
    advance_totals([version["_id"] for version in database["versions"].find()])
    fleet.post(draw_runs(9, 30, START, END))
    condition = {"type": "budget", "amount": 1, "period": "day"}
    assert fleet.client.post("/api/v1/watches", {"name": "w", "condition": condition}).status == 201
    create_token("ci", "read", project=None, expires_at=None)
    return fleet


@pytest.fixture
def command(mongod: Mongod, database: Data) -> Callable[..., Any]:
    def run(name: str, *arguments: str, into: str = database.name) -> Any:
        result = run_command(name, *arguments, f"--mongo-uri={mongod.uri}", f"--db-name={into}")
        assert result.exit_code in (0, 1, 2, 130), result.output
        return result

    return run


def answers(fleet: Fleet) -> list[Any]:
    return [fleet.client.get(f"/api/v1/{path}").json for path in ASKED]


def dump(data: Data) -> dict[str, list[Document]]:
    names = sorted(data.list_collection_names())
    found = {name: sorted(data[name].find(), key=repr) for name in names}
    return {name: documents for name, documents in found.items() if documents}


def test_what_was_lost_is_restored_with_the_same_numbers(
    fleet: Fleet, database: Data, command: Callable[..., Any], tmp_path: Path
) -> None:
    ensure_indexes(database, 3650)
    before, stored = answers(fleet), dump(database)
    backup = tmp_path / "backup"
    assert command("backup", str(backup)).exit_code == 0
    assert command("backup", str(backup)).exit_code == 2, "it is there already"
    database.client.drop_database(database.name)
    assert command("restore", str(backup)).exit_code == 0
    assert dump(database) == stored
    assert answers(fleet) == before
    for name, indexes in INDEXES.items():
        wanted = {index.document["name"] for index in indexes}
        assert wanted <= database[name].index_information().keys()
    assert "runs_expiry" in database["runs"].index_information()
    verified = command("verify")
    assert verified.exit_code == 0, verified.output
    # The files are those of mongodump.
    assert len(bson.decode_all((backup / "runs.bson").read_bytes())) == 150


def test_a_restore_that_was_interrupted_goes_on(
    fleet: Fleet,
    database: Data,
    command: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = dump(database)
    save_database(database, tmp_path, lambda _: None)
    for name in ("one", "other"):
        other = database.client[f"test_{uuid4().hex}"]
        manifest = archive.read_manifest(tmp_path)
        done = count(1)

        def interrupt(_: int, done: Iterator[int] = done) -> None:
            if next(done) == 3:
                raise KeyboardInterrupt

        monkeypatch.setattr(loading, "_AT_ONCE", 25)
        with pytest.raises(KeyboardInterrupt):
            archive.restore_database(other, tmp_path, manifest, interrupt)
        monkeypatch.setattr(loading, "_AT_ONCE", 1_000)
        assert dump(other) != stored
        if name == "other":  # the same backup under another id is another backup
            with pytest.raises(archive.RestoreError, match="a part of another backup"):
                archive.restore_database(other, tmp_path, {**manifest, "id": "x"}, lambda _: None)
        assert command("restore", str(tmp_path), into=other.name).exit_code == 0
        assert dump(other) == stored
        other.client.drop_database(other.name)


def test_nothing_is_written_over_and_no_spoilt_file_is_taken(
    fleet: Fleet, database: Data, command: Callable[..., Any], tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    assert command("backup", str(backup)).exit_code == 0
    assert "is not empty" in command("restore", str(backup)).output
    file = backup / "runs.bson"
    file.write_bytes(file.read_bytes()[:-1])
    spoilt = command("restore", str(backup), into="elsewhere")
    assert spoilt.exit_code == 2
    assert "has changed since" in spoilt.output
    (backup / "backup.json").unlink()
    assert "no backup" in command("restore", str(backup), into="elsewhere").output
    assert "elsewhere" not in database.client.list_database_names()


@pytest.mark.parametrize("at", [1, 60, 150, 200])
def test_the_numbers_are_right_though_runs_are_written_and_counted_during_the_backup(
    fleet: Fleet,
    database: Data,
    mongo_client: MongoClient[Document],
    command: Callable[..., Any],
    tmp_path: Path,
    at: int,
) -> None:
    acknowledged = {repr(run["_id"]) for run in database["runs"].find()}
    done = count(1)

    def meanwhile(_: int) -> None:
        if next(done) == at:
            roll_up(database)
            fleet.post(draw_runs(at, 20, START, END))

    save_database(database, tmp_path, meanwhile)
    other = mongo_client[f"test_{uuid4().hex}"]
    try:
        assert command("restore", str(tmp_path), into=other.name).exit_code == 0
        runs = list(other["runs"].find())
        assert acknowledged <= {repr(run["_id"]) for run in runs}
        verified = command("verify", into=other.name)
        assert verified.exit_code == 0, verified.output
        answer = fleet.client.get("/api/v1/metrics").json  # of the database that verify chose
        assert answer["runs"] == len(runs)
    finally:
        mongo_client.drop_database(other.name)
