"""`manage.py serve`: started, stopped, killed and started again, as real processes."""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from pymongo import MongoClient
from pymongo.database import Database

from management.mongod import Mongod, free_port
from tests.entry.clones import insist
from tests.integration.management.conftest import Command, Manage

PATIENCE_S = 30


def mongod_of(command: Command) -> psutil.Process:
    (child,) = psutil.Process(command.process.pid).children()
    assert child.name() == "mongod"
    return child


def register(command: Command, agent: str) -> int:
    address = f"{command.url}/api/v1/agents/{agent}/register"
    return httpx.post(address, json={"project": "tests"}).status_code


def test_it_says_where_the_api_the_data_the_page_and_the_reference_are(
    serve: Manage, tmp_path: Path
) -> None:
    command = serve(AUTH_MODE="token")

    assert re.fullmatch(r"API   http://127\.0\.0\.1:\d+/api/v1/agents\n", command.said[0])
    assert command.said[1].startswith(f"Data  {tmp_path}, by mongodb://127.0.0.1:")
    command.process.terminate()
    page, docs, auth = command.finish()[1].splitlines()
    assert page == f"Page  {command.url}/dashboard"
    assert docs == f"Docs  {command.url}/docs"
    assert f"token create --name me --scope admin --embedded={tmp_path}" in auth


def test_it_says_that_everyone_may_write(serve: Manage) -> None:
    command = serve()

    command.process.terminate()
    assert "\nAuth  off" in command.finish()[1]


def test_a_database_that_dies_is_started_again_and_keeps_what_was_acknowledged(
    serve: Manage,
) -> None:
    command = serve()
    assert register(command, "lasting") == 201
    for _ in range(2):
        died = mongod_of(command)
        died.kill()
        psutil.wait_procs([died], timeout=PATIENCE_S)
        insist(lambda: httpx.get(f"{command.url}/ready").raise_for_status(), (httpx.HTTPError,))
        assert register(command, "lasting") == 200

    command.process.terminate()
    _, _, err = command.finish()
    assert err.count("mongod ended (by SIGKILL): starting it again") == 2
    assert err.count("mongod runs again, at mongodb://127.0.0.1:") == 2
    assert err.count("mongod ended") == 2  # and none while it stops


def test_a_token_is_made_on_the_embedded_database_served_or_not(
    serve: Manage, manage: Manage, tmp_path: Path
) -> None:
    options = ("--scope=admin", f"--embedded={tmp_path}")
    command = serve(AUTH_MODE="token")

    code, token, _ = manage("token", "create", "--name=one", *options).finish()

    assert code == 0
    headers = {"Authorization": f"Bearer {token.strip()}"}
    assert httpx.get(f"{command.url}/api/v1/agents", headers=headers).status_code == 200
    command.process.terminate()
    command.finish()

    assert manage("token", "create", "--name=two", *options).finish()[0] == 0
    code, out, _ = manage("token", "list", f"--embedded={tmp_path}").finish()
    assert (code, [line.split()[0] for line in out.splitlines()]) == (0, ["name", "one", "two"])


def test_two_databases_at_once_are_one_too_many(manage: Manage, tmp_path: Path) -> None:
    asked = ("token", "list", f"--embedded={tmp_path}", "--mongo-uri=mongodb://localhost")
    code, _, err = manage(*asked).finish()

    assert code == 2
    assert "choose either --mongo-uri or --embedded" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_it_and_its_database(serve: Manage, number: signal.Signals) -> None:
    command = serve()
    mongod = mongod_of(command)

    command.process.send_signal(number)

    assert command.finish()[0] == 0
    assert not mongod.is_running()


def test_the_database_is_out_of_reach_of_ctrl_c_in_the_terminal(serve: Manage) -> None:
    command = serve()

    assert os.getpgid(mongod_of(command).pid) != os.getpgid(command.process.pid)


def test_a_batch_may_come_in_chunks_as_exporters_in_javascript_send_it(serve: Manage) -> None:
    command = serve()
    assert register(command, "chunked") == 201
    agent = f"{command.url}/api/v1/agents/chunked"
    httpx.post(f"{agent}/versions", json={"version": "1"}).raise_for_status()
    chunks = [
        b'{"runs": [{"id": 1, "status": "comp',
        b'leted"},',
        b'{"id": 2, "status": "failed"}]}',
    ]

    answer = httpx.post(
        f"{agent}/versions/1/runs",
        content=iter(chunks),
        headers={"Content-Type": "application/json"},
    )

    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert answer.json()["created"] == 2


def test_runs_survive_a_restart(serve: Manage) -> None:
    first = serve()
    assert register(first, "lasting") == 201
    first.process.send_signal(signal.SIGINT)
    first.finish()

    assert register(serve(), "lasting") == 200


def test_after_a_kill_the_database_ends_too_and_the_next_start_finds_everything(
    serve: Manage,
) -> None:
    first = serve()
    mongod = mongod_of(first)
    assert register(first, "lasting") == 201
    first.process.kill()

    second = serve()

    assert register(second, "lasting") == 200
    psutil.wait_procs([mongod], timeout=PATIENCE_S)
    assert not mongod.is_running() or mongod.status() == psutil.STATUS_ZOMBIE


def test_a_port_in_use_is_one_line(manage: Manage, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = manage("serve", f"--port={port}", f"--embedded={tmp_path}").finish()

    assert (code, out) == (2, "")
    assert re.fullmatch(rf"Error: port {port} is in use.*\n", err)
    assert list(tmp_path.iterdir()) == []


def test_data_in_use_are_one_line_and_the_first_service_goes_on(
    serve: Manage, manage: Manage, tmp_path: Path
) -> None:
    first = serve()

    code, out, err = manage("serve", "--port=0", f"--embedded={tmp_path}").finish()

    assert (code, out) == (2, "")
    assert re.fullmatch(rf"Error: .*in use by process {first.process.pid}.*\n", err)
    assert httpx.get(f"{first.url}/ready").status_code == 200


def test_no_database_is_one_line_that_says_how_to_get_one_and_keeps_the_password(
    manage: Manage,
) -> None:
    address = f"localhost:{free_port()}"
    uri = f"mongodb://someone:secret@{address}/?authSource=admin"

    code, out, err = manage("serve", "--port=0", f"--mongo-uri={uri}").finish()

    assert (code, out) == (2, "")
    assert re.fullmatch(rf"Error: no usable database at mongodb://{address}: .*make run.*\n", err)
    assert "secret" not in err


@pytest.mark.parametrize(
    ("variables", "named"),
    [({"MONGODB_URI": "localhost"}, "MONGODB_URI"), ({"AUTH_MODE": "perhaps"}, "AUTH_MODE")],
)
def test_a_setting_that_cannot_be_used_is_one_line_that_names_it(
    manage: Manage, variables: dict[str, str], named: str
) -> None:
    code, out, err = manage("serve", "--port=0", **variables).finish()

    assert (code, out) == (2, "")
    assert re.fullmatch(rf"Error: {named}: .*\n", err)


def test_a_directory_that_cannot_be_written_is_one_line(manage: Manage, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    code, _, err = manage("serve", "--port=0", f"--embedded={tmp_path / 'file' / 'data'}").finish()

    assert code == 2
    assert re.fullmatch(r"Error: cannot keep data in .*\n", err)


def test_it_uses_the_database_and_port_of_the_environment(
    manage: Manage,
    mongod: Mongod,
    database: Database[dict[str, Any]],
    mongo_client: MongoClient[dict[str, Any]],
) -> None:
    port = free_port()
    command = manage(
        "serve", MONGODB_URI=mongod.uri, MONGODB_DATABASE=database.name, PORT=str(port)
    )
    command.wait_until_it_serves()

    assert command.url == f"http://127.0.0.1:{port}"
    assert command.said[1] == f"Data  {mongod.uri}, database {database.name}\n"
    assert register(command, "elsewhere") == 201
    assert mongo_client[database.name]["agents"].count_documents({"name": "elsewhere"}) == 1
    assert httpx.get(f"{command.url}/ready").status_code == 200


def test_the_defaults_are_those_of_the_service_that_it_replaces(manage: Manage) -> None:
    _, out, _ = manage("serve", "--help").finish()

    for default in ("mongodb://localhost:27017", "agent_metrics", "8080"):
        assert f"default: {default}" in re.sub(r"\s+", " ", out)


def test_index_makes_an_empty_database_ready(
    manage: Manage, mongod: Mongod, database: Database[dict[str, Any]]
) -> None:
    for _ in range(2):
        code, out, err = manage(
            "index", f"--mongo-uri={mongod.uri}", f"--db-name={database.name}"
        ).finish()
        assert (code, err) == (0, "")
        assert database.name in out
    assert len(database["runs"].index_information()) > 1
