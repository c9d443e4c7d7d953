"""Deliveries to real sockets on this machine."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from chalicelib.watches import posting
from chalicelib.watches.posting import post

Answer = Callable[[socket.socket], None]


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """A server of one connection: its address, and what it was sent."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                data = connection.recv(65536)
                while b"\r\n\r\n" not in data or not data.endswith(b"}"):
                    data += connection.recv(65536)
                received.append(data)
                try:
                    answer(connection)
                except OSError:
                    return

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/hook?a=b", received
    thread.join(timeout=5)


def says(text: str) -> Answer:
    return lambda connection: connection.sendall(text.replace("\n", "\r\n").encode())


def send(url: str) -> posting.Outcome:
    headers = {"Content-Type": "application/json", "webhook-id": "1"}
    return post(url, b'{"a": 1}', headers, is_public_only=False)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_answer_of_success_is_a_delivery(status: int) -> None:
    with serving(says(f"HTTP/1.1 {status} X\nContent-Length: 0\n\n")) as (url, received):
        outcome = send(url)
    assert outcome.is_delivered
    assert received[0].startswith(b"POST /hook?a=b HTTP/1.1\r\n")
    assert b"webhook-id: 1\r\n" in received[0]
    assert received[0].endswith(b'{"a": 1}')


def test_a_redirect_is_not_followed() -> None:
    with (
        serving(says("HTTP/1.1 200 OK\n\n")) as (other, reached),
        serving(says(f"HTTP/1.1 302 Found\nLocation: {other}\n\n")) as (url, _),
    ):
        outcome = send(url)
    assert not outcome.is_delivered
    assert "redirects are not followed" in outcome.detail
    assert reached == []


def test_a_receiver_says_when_to_come_again_and_when_never() -> None:
    with serving(says("HTTP/1.1 503 X\nRetry-After: 90\n\n")) as (url, _):
        assert send(url).retry_after_s == 90
    with serving(says("HTTP/1.1 503 X\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\n\n")) as (
        url,
        _,
    ):
        assert send(url).retry_after_s is None
    with serving(says("HTTP/1.1 410 Gone\n\n")) as (url, _):
        assert send(url).is_final


def drips(connection: socket.socket) -> None:
    """An answer that never ends and never pauses for long."""
    while True:
        connection.sendall(b"HTTP/1.1 200 OK\r\n"[:1])
        time.sleep(0.05)


def waits(connection: socket.socket) -> None:
    connection.recv(1)


@pytest.mark.parametrize("answer", [drips, waits])
def test_a_slow_receiver_is_left_at_the_limit(
    monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr(posting, "LIMIT_S", 0.5)
    with serving(answer) as (url, _):
        outcome = send(url)
    assert not outcome.is_delivered


def test_the_limit_holds_from_the_look_up_to_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is slow at every step is not waited for longer than who is slow at one."""
    monkeypatch.setattr(posting, "LIMIT_S", 0.5)
    connect = socket.create_connection

    def slowly(address: tuple[str, int], timeout: float) -> socket.socket:
        time.sleep(0.7)
        return connect(address, timeout)

    monkeypatch.setattr(socket, "create_connection", slowly)
    with serving(drips) as (url, received):
        outcome = send(url)
    assert outcome.detail == "no answer within 0.5 s"
    assert received == []


def test_a_look_up_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "LIMIT_S", 0.2)
    ends = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ends.wait(30) and [])
    outcome = send("https://slow.example/")
    ends.set()
    assert not outcome.is_delivered
    assert outcome.detail == "the host cannot be looked up: no answer within 0.2 s"


@pytest.mark.parametrize("text", ["", "nonsense\n\n", "HTTP/1.1 abc\n\n", "SSH-2.0-x\n"])
def test_what_speaks_no_http_is_no_delivery(text: str) -> None:
    with serving(says(text)) as (url, _):
        assert not send(url).is_delivered


def test_nobody_there_is_no_delivery() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    outcome = send(f"http://127.0.0.1:{port}/")
    assert not outcome.is_delivered
    assert "refused" in outcome.detail


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name is looked up once: a second look-up, which could lead elsewhere, is none."""
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *args: object, **options: object) -> object:
        looked_up.append(host)
        return real("127.0.0.1" if host == "localhost" else host, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with serving(says("HTTP/1.1 204 X\n\n")) as (url, received):
        assert send(url.replace("127.0.0.1", "localhost")).is_delivered
    assert b"Host: localhost:" in received[0]
    assert looked_up.count("localhost") == 1


def test_a_private_address_is_not_called_where_only_public_ones_may_be() -> None:
    with serving(says("HTTP/1.1 204 X\n\n")) as (url, received):
        outcome = post(url.replace("http", "https"), b"{}", {}, is_public_only=True)
    assert not outcome.is_delivered
    assert "public" in outcome.detail
    assert received == []
