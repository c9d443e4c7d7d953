"""`manage.py doctor`: what is as it should be, and what to do where something is not."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from management.database.checkup import _judge_clock, _judge_version, check_port
from management.mongod import Mongod, free_port
from tests.integration.management.conftest import Manage

Doctor = Callable[..., tuple[int, dict[str, str]]]


@pytest.fixture
def doctor(manage: Manage, mongod: Mongod, database: Database[Any]) -> Doctor:
    """Runs it on the test's database: its exit code, and what it says by subject."""

    def examine(*arguments: str, **variables: str) -> tuple[int, dict[str, str]]:
        where = (f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")
        code, out, err = manage(
            "doctor", *where, f"--port={free_port()}", *arguments, **variables
        ).finish()
        assert err == ""
        return code, {line[6:22].strip(): line[:6] + line[22:] for line in out.splitlines()}

    return examine


def index(manage: Manage, mongod: Mongod, database: Database[Any]) -> None:
    where = (f"--mongo-uri={mongod.uri}", f"--db-name={database.name}")
    assert manage("index", *where).finish()[0] == 0


def test_nothing_is_to_be_done_where_all_is_well(
    doctor: Doctor, manage: Manage, mongod: Mongod, database: Database[Any]
) -> None:
    index(manage, mongod, database)
    code, said = doctor()

    assert code == 0
    subjects = ["Python", "mongod", "port", "database", "MongoDB", "clock", "indexes"]
    assert [said[subject][:4] for subject in subjects] == ["ok  "] * len(subjects)
    assert said["replica set"].startswith("note  none, a single server")
    assert said["authentication"].startswith("note  off")


def test_it_changes_nothing_and_says_how_to_make_indexes(
    doctor: Doctor, database: Database[Any]
) -> None:
    code, said = doctor()

    assert code == 1
    assert said["indexes"].startswith("FAIL")
    assert "run 'python manage.py index'" in said["indexes"]
    assert database.list_collection_names() == []


def test_a_locked_service_without_a_token_is_told_how_to_make_one(
    doctor: Doctor, manage: Manage, mongod: Mongod, database: Database[Any]
) -> None:
    index(manage, mongod, database)
    code, said = doctor(AUTH_MODE="token")

    assert code == 1
    assert said["authentication"].startswith("ok")
    assert "manage.py token create" in said["tokens"]


def test_no_database_is_said_with_its_address_and_without_its_password(manage: Manage) -> None:
    address = f"localhost:{free_port()}"
    code, out, _ = manage("doctor", f"--mongo-uri=mongodb://me:hunter2@{address}").finish()

    assert code == 1
    assert f"mongodb://{address}: nothing answers" in out
    assert "hunter2" not in out


def test_a_setting_that_cannot_be_used_is_named(doctor: Doctor) -> None:
    code, said = doctor(AUTH_MODE="perhaps")

    assert code == 1
    assert "AUTH_MODE: use 'off' or 'token'" in said["settings"]


def test_the_go_servers_database_is_recognised(doctor: Doctor, database: Database[Any]) -> None:
    database["agent_runs"].insert_one({"id": 1})
    code, said = doctor()

    assert code == 1
    assert f"manage.py migrate --from-db {database.name}" in said["indexes"]


def test_a_port_that_another_program_has_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (finding,) = check_port(taken.getsockname()[1])
    assert finding.state == "fail"
    assert "PORT=" in finding.advice


def test_the_port_of_this_service_itself_is_no_fault(doctor: Doctor, serve: Any) -> None:
    port = serve().url.rpartition(":")[2]
    (finding,) = check_port(int(port))
    assert (finding.state, finding.text) == ("ok", f"{port} is this service's, which runs")


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (4, "ok"), (-60, "fail"), (60, "fail")])
def test_clocks_that_differ_are_said(seconds: float, state: str) -> None:
    now = datetime.now(UTC)
    there = (now + timedelta(seconds=seconds)).replace(tzinfo=None)
    assert _judge_clock(there, now.timestamp(), 0.1).state == state


@pytest.mark.parametrize(
    ("version", "state"), [("6.0.5", "ok"), ("10.0.1", "ok"), ("5.0.9", "fail")]
)
def test_an_old_mongodb_is_said(version: str, state: str) -> None:
    assert _judge_version(version).state == state
