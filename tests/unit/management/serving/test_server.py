"""What the local server answers itself, over real sockets and with an app of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

import pytest
from chalice.app import Chalice, Response

from management.serving import MAX_READ_BYTES, LocalServer
from management.serving.gateway import MAX_BODY_BYTES

HEAD = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


def make_app() -> Any:
    app: Any = Chalice(app_name="probe")  # its current request is one where it is asked for

    @app.route("/echo", methods=["POST"])
    def echo() -> Any:
        return Response(app.current_request.raw_body, headers={"Content-Type": "text/plain"})

    @app.route("/empty")
    def empty() -> Any:
        return Response("", status_code=204)

    @app.route("/where/{name}")
    def where(name: str) -> Any:
        return {"name": name, "request_id": app.current_request.context["requestId"]}

    @app.route("/broken")
    def broken() -> Any:
        return Response(object())  # Chalice itself fails when it serialises this

    return app


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One connection, on which bytes are sent as they are."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)

    def send(self, data: bytes, *, last: bool = False) -> None:
        self.socket.sendall(data)
        if last:
            self.socket.shutdown(socket.SHUT_WR)

    def answer(self, method: str = "GET") -> Answer:
        response = HTTPResponse(self.socket, method=method)
        response.begin()
        return Answer(response.status, dict(response.headers), response.read())


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = LocalServer("127.0.0.1", 0)
    thread = threading.Thread(target=server.serve, args=[make_app()], daemon=True)
    thread.start()
    yield server.server_port
    server.stop()
    thread.join()
    server.drain()


@pytest.fixture
def connection(port: int) -> Iterator[Connection]:
    opened = Connection(port)
    yield opened
    opened.socket.close()


def assert_problem(answer: Answer, status: int, code: str) -> None:
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"] == "about:blank"
    assert document["title"]
    assert document["detail"]
    assert document["request_id"]


def test_a_body_reaches_the_app(connection: Connection) -> None:
    connection.send(HEAD + b"Content-Length: 5\r\n\r\nhello")

    assert connection.answer().body == b"hello"


def test_a_connection_serves_one_request_after_another(connection: Connection) -> None:
    for name in ("a", "b"):
        connection.send(f"GET /where/{name} HTTP/1.1\r\n\r\n".encode())
        answer = connection.answer()
        assert answer.json["name"] == name
        assert answer.json["request_id"]


def test_an_unknown_path_is_a_problem_document_and_the_connection_goes_on(
    connection: Connection,
) -> None:
    connection.send(b"GET /nope HTTP/1.1\r\nAuthorization: \xff\r\n\r\n")
    assert_problem(connection.answer(), 404, "route_not_found")

    connection.send(b"GET /where/a HTTP/1.1\r\n\r\n")
    assert connection.answer().status == 200


@pytest.mark.parametrize(
    "length",
    [b"-1", b"+5", b"5_0", b"five", b"", b"3\r\nContent-Length: 4", b"\xb2"],
)
def test_a_content_length_that_is_no_number_is_refused(
    connection: Connection, length: bytes
) -> None:
    connection.send(HEAD + b"Content-Length: " + length + b"\r\n\r\nhello")

    answer = connection.answer()
    assert_problem(answer, 400, "malformed_request")
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize("digits", [len(str(MAX_READ_BYTES)) + 1, 5000])
def test_an_absurd_content_length_is_refused_before_the_body_is_read(
    connection: Connection, digits: int
) -> None:
    connection.send(HEAD + b"Content-Length: " + b"9" * digits + b"\r\n\r\n")

    assert connection.answer().status in (400, 413)  # Python reads no 5,000 digits


def test_the_refusal_reaches_a_client_that_sends_its_whole_body_first(
    connection: Connection,
) -> None:
    size = MAX_BODY_BYTES + 1
    connection.send(HEAD + f"Content-Length: {size}\r\n\r\n".encode() + b"x" * size)

    assert_problem(connection.answer(), 413, "payload_too_large")
    connection.send(b"GET /where/a HTTP/1.1\r\n\r\n")
    assert connection.answer().status == 200


@pytest.mark.parametrize("chunks", [[b"hello"], [b"h", b"ell", b"o"], [b"x" * 70_000] * 9])
def test_a_chunked_body_reaches_the_app(connection: Connection, chunks: list[bytes]) -> None:
    sent = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + sent + b"0\r\n\r\n")

    assert connection.answer().body == b"".join(chunks)


def test_a_chunked_body_has_the_same_limit(connection: Connection) -> None:
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 11 + b"0\r\n\r\n")

    assert_problem(connection.answer(), 413, "payload_too_large")


@pytest.mark.parametrize("encoding", [b"gzip, chunked", b"gzip", b"identity"])
def test_other_transfer_encodings_are_refused(connection: Connection, encoding: bytes) -> None:
    connection.send(HEAD + b"Transfer-Encoding: " + encoding + b"\r\n\r\n")

    assert_problem(connection.answer(), 501, "malformed_request")


def test_chunks_that_are_none_are_refused(connection: Connection) -> None:
    connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n0\r\n\r\n")

    assert_problem(connection.answer(), 400, "malformed_request")


def test_a_body_shorter_than_announced_never_reaches_the_app(connection: Connection) -> None:
    connection.send(HEAD + b"Content-Length: 10\r\n\r\nhello", last=True)

    assert connection.socket.recv(100) == b""


def test_a_client_that_asks_first_is_told_to_go_on(connection: Connection) -> None:
    connection.send(HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert connection.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"

    connection.send(b"hello")
    assert connection.answer().body == b"hello"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"NONSENSE\r\n\r\n", 400, "malformed_request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n", 400, "malformed_request"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 431, "malformed_request"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", 431, "malformed_request"),
    ],
)
def test_what_is_no_request_is_a_problem_document(
    connection: Connection, sent: bytes, status: int, code: str
) -> None:
    connection.send(sent)

    assert_problem(connection.answer(), status, code)


def test_a_method_that_no_route_has_is_for_the_app_to_refuse(connection: Connection) -> None:
    connection.send(b"BREW /where/a HTTP/1.1\r\n\r\n")

    answer = connection.answer()
    assert (answer.status, answer.json["Code"]) == (405, "MethodNotAllowedError")


def test_an_unexpected_error_tells_nothing(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    connection.send(b"GET /broken HTTP/1.1\r\n\r\n")

    answer = connection.answer()
    assert_problem(answer, 500, "internal_error")
    assert b"Traceback" not in answer.body
    assert "Traceback" in capsys.readouterr().err


def test_head_gets_no_body_that_would_be_taken_for_the_next_answer(
    connection: Connection,
) -> None:
    connection.send(b"HEAD /nope HTTP/1.1\r\n\r\n")
    assert connection.answer("HEAD").status == 404

    connection.send(b"GET /where/a HTTP/1.1\r\n\r\n")
    assert connection.answer().json["name"] == "a"


def test_no_content_has_no_length(connection: Connection) -> None:
    connection.send(b"GET /empty HTTP/1.1\r\n\r\n")

    answer = connection.answer()
    assert answer.status == 204
    assert "Content-Length" not in answer.headers


def test_concurrent_requests_do_not_see_each_other(port: int) -> None:
    wrong = []

    def ask(name: str) -> None:
        own = Connection(port)
        for _ in range(20):
            own.send(f"GET /where/{name} HTTP/1.1\r\n\r\n".encode())
            if own.answer().json["name"] != name:
                wrong.append(name)
        own.socket.close()

    threads = [threading.Thread(target=ask, args=[f"t{number}"]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_a_port_in_use_shows_before_anything_is_served(port: int) -> None:
    with pytest.raises(OSError, match="in use"):
        LocalServer("127.0.0.1", port)


def test_every_request_is_one_line_in_the_log(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    connection.send(b"GET /where/log%0Aline HTTP/1.1\r\n\r\n")
    connection.answer()
    connection.send(b"GET /where/\x1b[31mred HTTP/1.1\r\n\r\n")
    connection.answer()

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "GET /where/log%0Aline 200" in lines[0]
    assert "\x1b" not in lines[1]


def test_an_answer_under_way_is_finished_when_the_process_is_stopped() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_SERVICE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        connection = Connection(int(process.stdout.readline()))
        connection.send(b"GET /slow HTTP/1.1\r\n\r\n")
        assert process.stdout.readline() == b"asked\n"

        process.terminate()

        assert connection.answer().body == b"x" * 100_000
        assert process.wait(20) == 0
        connection.socket.close()


SLOW_SERVICE = """
import signal, time
from chalice.app import Chalice, Response
from management.serving import LocalServer

app = Chalice(app_name="slow")

@app.route("/slow")
def slow():
    print("asked", flush=True)
    time.sleep(1)
    return Response("x" * 100_000, headers={"Content-Type": "text/plain"})

def stop(*_):
    raise SystemExit(0)

signal.signal(signal.SIGTERM, stop)
server = LocalServer("127.0.0.1", 0)
print(server.server_port, flush=True)
server.serve(app)
server.drain()
"""
