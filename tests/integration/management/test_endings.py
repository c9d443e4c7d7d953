"""However a command ends, a person reads one sentence, and its exit code is no judgement."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from chalicelib.database import connection as mongo
from manage import manage as commands
from tests.integration.management.conftest import ROOT

NOT_DONE, NOT_WRITTEN, OWN_FAULT, INTERRUPTED = 2, 4, 70, 130
NOWHERE = "mongodb://someone:secret@127.0.0.1:1/?serverSelectionTimeoutMS=300"
# Each command that talks to a database, and each that talks to a service.
OF_DATABASE = [["index"], ["rollup"], ["token", "list"], ["token", "revoke", "x"]]
OF_SERVICE = [["demo"], ["export", "a"], ["import", "manage.py", "--agent=a"]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[int, str]]]:
    """Runs a command with these variables: its exit code, and what it wrote to stderr."""

    def start(*arguments: str, **variables: str) -> tuple[int, str]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(commands, arguments)
        return result.exit_code, result.stderr

    for name in os.environ:
        if name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    for name in ("MONGODB_URI", "MONGODB_DATABASE", "MONGODB_SECRET_ID"):
        monkeypatch.setenv(name, "")
    yield start
    monkeypatch.undo()
    mongo.forget()


def assert_one_sentence(code: int, err: str, expected: int) -> None:
    assert "Traceback" not in err
    assert code == expected, err
    (line,) = [line for line in err.splitlines() if not line.startswith(("Usage:", "Try "))]
    assert line.startswith("Error: ")
    assert "secret" not in err


@pytest.mark.parametrize("command", OF_DATABASE, ids=" ".join)
@pytest.mark.parametrize(
    ("uri", "said"),
    [
        (NOWHERE, "no usable database at mongodb://127.0.0.1:"),
        ("mongodb://h/?foo=1", "MONGODB_URI: the option 'foo'"),
        ("mongodb://h/?tls=true&tlsCAFile=/no/such.pem", "/no/such.pem, cannot be read"),
        ("mongodb://someone:se@cret@h/", "MONGODB_URI: the driver cannot read"),
    ],
)
def test_a_connection_string_that_is_of_no_use_says_why(
    run: Callable[..., tuple[int, str]], command: list[str], uri: str, said: str
) -> None:
    code, err = run(*command, f"--mongo-uri={uri}")

    assert_one_sentence(code, err, NOT_DONE)
    assert said in err


@pytest.mark.parametrize("command", OF_SERVICE, ids=" ".join)
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"NO_PROXY": "localhost,fe80::/10"},
        {"ALL_PROXY": "socks5://127.0.0.1:1"},
        {"HTTP_PROXY": "http://proxy:port"},
        {"SSL_CERT_FILE": "/no/such.pem"},
        {"AGENT_METRICS_TOKEN": "amt_é"},
    ],
    ids=str,
)
def test_a_service_that_cannot_be_reached_says_why(
    run: Callable[..., tuple[int, str]],
    command: list[str],
    variables: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = [f"--out={tmp_path / 'out'}"] if command[0] == "export" else []
    url = "--url=http://metrics.invalid"
    monkeypatch.setattr("management.api.client.TRIES", 1)
    code, err = run(*command, *out, url, **variables)

    assert_one_sentence(code, err, NOT_DONE)


def test_a_disk_that_is_full_behind_the_output_says_so() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "manage.py", "--help"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert_one_sentence(done.returncode, done.stderr, NOT_WRITTEN)
    assert "No space left" in done.stderr


def test_ctrl_c_is_no_judgement() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"--url=http://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "manage.py", "import", "manage.py", "--agent=a", url],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            asked, _ = silent.accept()  # and is never answered
            asked.recv(1)
            process.send_signal(signal.SIGINT)
            assert process.stderr is not None
            err = process.stderr.read()
            asked.close()
    assert_one_sentence(process.returncode, err, INTERRUPTED)


def test_a_fault_of_ours_is_a_sentence_and_its_place_is_to_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a bug\nof two lines")

    monkeypatch.setattr("management.commands.index.choose_database", fail)
    result = CliRunner().invoke(commands, ["index"])
    assert_one_sentence(result.exit_code, result.stderr, OWN_FAULT)
    assert "RuntimeError: a bug of two lines" in result.stderr
    shown = CliRunner().invoke(commands, ["--traceback", "index"])
    assert isinstance(shown.exception, RuntimeError)
