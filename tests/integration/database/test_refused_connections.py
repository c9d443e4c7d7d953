"""A database that refuses its connection string: which setting, what to do, and no password."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure

from app import app
from chalicelib.database import connection as mongo
from management.mongod import find_mongod, free_port
from tests.integration.management.serving import run_command
from tests.lambda_client import LambdaClient

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a mongod that asks for users: `writer`, and `reader` without rights on `a`."""
    directory, port = tmp_path_factory.mktemp("locked"), free_port()
    arguments = [str(find_mongod()), "--auth", "--bind_ip=127.0.0.1", f"--port={port}"]
    with subprocess.Popen(
        [*arguments, f"--dbpath={directory}", "--nounixsocket", "--wiredTigerCacheSizeGB=0.25"],
        stdout=subprocess.DEVNULL,
    ) as process:
        make_users(f"mongodb://127.0.0.1:{port}")
        yield f"127.0.0.1:{port}"
        process.terminate()


def make_users(uri: str) -> None:
    """MongoDB lets the first user be made from this machine without one."""
    deadline = time.monotonic() + 60
    with MongoClient[Any](uri, serverSelectionTimeoutMS=1000) as client:
        while True:
            try:
                client.admin.command("createUser", "root", pwd=PASSWORD, roles=["root"])
                break
            except ConnectionFailure:
                assert time.monotonic() < deadline
    with MongoClient[Any](uri, username="root", password=PASSWORD) as client:
        rights = [{"role": "readWrite", "db": "a"}]
        client.admin.command("createUser", "writer", pwd=PASSWORD, roles=rights)
        client.admin.command("createUser", "stranger", pwd=PASSWORD, roles=[])


REFUSED = [
    ("writer:wrong@", "refuses the user or the password"),
    ("nobody:secret@", "refuses the user or the password"),
    (f"stranger:{PASSWORD}@", "the role readWrite on MONGODB_DATABASE"),
    ("", "a user to the connection string"),
]


@pytest.mark.parametrize(("user", "advice"), REFUSED)
def test_the_service_names_the_setting_and_what_to_do(
    locked: str,
    user: str,
    advice: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("MONGODB_URI", f"mongodb://{user}{locked}/")
    monkeypatch.setenv("MONGODB_DATABASE", "a")
    monkeypatch.setenv("AUTH_MODE", "off")
    mongo.forget()
    client = LambdaClient(app)
    try:
        for path in ("/ready", "/api/v1/agents"):
            answer = client.get(path)
            assert (answer.status, answer.json["code"]) == (503, "not_ready")
            assert answer.json["detail"].startswith("MONGODB_URI: ")
            assert advice in answer.json["detail"]
            assert "Retry-After" in answer.headers
            for secret in (PASSWORD, "wrong@", "secret@"):
                assert secret not in caplog.text + answer.text
    finally:
        mongo.forget()
    assert advice in caplog.text


@pytest.mark.parametrize(("user", "advice"), REFUSED)
def test_a_command_ends_with_the_same_words(
    locked: str, user: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MONGODB_URI", "MONGODB_DATABASE", "MONGODB_SECRET_ID"):
        monkeypatch.setenv(name, "")
    result = run_command("index", f"--mongo-uri=mongodb://{user}{locked}/", "--db-name=a")
    mongo.forget()
    assert result.exit_code == 2
    assert advice in result.stderr
    assert "Start one there" not in result.stderr
    assert PASSWORD not in result.stderr


def test_a_user_with_rights_is_let_in(locked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MONGODB_URI", "MONGODB_DATABASE", "MONGODB_SECRET_ID"):
        monkeypatch.setenv(name, "")
    result = run_command(
        "index", f"--mongo-uri=mongodb://writer:{PASSWORD}@{locked}/", "--db-name=a"
    )
    mongo.forget()
    assert result.exit_code == 0, result.stderr


def test_tls_to_a_server_that_speaks_none_says_which_options(
    locked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONGODB_URI", f"mongodb://{locked}/?tls=true&serverSelectionTimeoutMS=500")
    monkeypatch.setenv("AUTH_MODE", "off")
    mongo.forget()
    answer = LambdaClient(app).get("/ready")
    mongo.forget()
    assert (answer.status, answer.json["code"]) == (503, "not_ready")
    assert "tlsCAFile" in answer.json["detail"]
