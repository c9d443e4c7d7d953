"""Proxies: which one is meant, and that calls get through it."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import gateway as gw
import pytest

from agent_metrics import Client, ConfigurationError
from agent_metrics.proxies import Proxy, find_proxy

PLAIN = Proxy("http", "proxy", 3128, None, None)


@pytest.mark.parametrize(
    ("url", "environ", "expected"),
    [
        ("http://a.example", {}, None),
        ("http://a.example", {"HTTP_PROXY": "http://proxy:3128"}, PLAIN),
        ("http://a.example", {"HTTP_PROXY": "proxy:3128"}, PLAIN),
        ("https://a.example", {"HTTP_PROXY": "http://proxy:3128"}, None),
        ("https://a.example", {"https_proxy": "http://proxy:3128", "HTTPS_PROXY": "x:1"}, PLAIN),
        ("https://a.example", {"ALL_PROXY": "http://proxy:3128"}, PLAIN),
        ("http://a.example", {"HTTP_PROXY": "http://p:1", "REQUEST_METHOD": "GET"}, None),
        (
            "http://a.example",
            {"HTTP_PROXY": "http://us%40er:pa%3Ass@proxy"},
            Proxy("http", "proxy", 80, "us@er", "pa:ss"),
        ),
        (
            "http://a.example",
            {"ALL_PROXY": "socks5h://proxy"},
            Proxy("socks5h", "proxy", 1080, None, None),
        ),
        ("http://a.example", {"ALL_PROXY": "socks://p:1"}, Proxy("socks5", "p", 1, None, None)),
    ],
)
def test_the_environment_says_which(url: str, environ: dict[str, str], expected: Any) -> None:
    assert find_proxy(url, environ) == expected


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.2", "http://[::1]:1"])
def test_this_machine_is_never_asked_through_a_proxy(url: str) -> None:
    assert find_proxy(url, {"HTTP_PROXY": "http://proxy:port"}) is None


@pytest.mark.parametrize(
    ("url", "exceptions", "is_direct"),
    [
        ("http://a.example", "*", True),
        ("http://a.example", "a.example", True),
        ("http://A.EXAMPLE", "a.example", True),
        ("http://b.a.example", "a.example", True),
        ("http://b.a.example", ".a.example", True),
        ("http://b.a.example", "*.a.example", True),
        ("http://ba.example", "a.example", False),
        ("http://a.example:8080", "a.example:8080", True),
        ("http://a.example:8081", "a.example:8080", False),
        ("http://a.example", "localhost,fe80::/10", False),
        ("http://a.example", "x, a.example", True),
        ("http://10.1.2.3", "10.0.0.0/8", True),
        ("http://11.1.2.3", "10.0.0.0/8", False),
        ("http://10.1.2.3", "10.1.2.3", True),
        ("http://[fe80::1]", "localhost,fe80::/10", True),
        ("http://[fd00::1]:8080", "[fd00::1]:8080", True),
        ("http://a.example", "fe80::/999,///,:::", False),
    ],
)
def test_no_proxy_names_exceptions(url: str, exceptions: str, is_direct: bool) -> None:
    environ = {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": exceptions}
    assert (find_proxy(url, environ) is None) == is_direct


@pytest.mark.parametrize("value", ["http://proxy:port", "socks4://x", "ftp://x", "http://", "[::"])
def test_one_that_cannot_be_used_is_named_without_its_password(value: str) -> None:
    with pytest.raises(ConfigurationError, match="HTTP_PROXY names a proxy"):
        find_proxy("http://a.example", {"HTTP_PROXY": value})
    with pytest.raises(ConfigurationError) as raised:
        find_proxy("http://a.example", {"HTTP_PROXY": "http://user:secret@proxy:port"})
    assert "secret" not in str(raised.value)


class _Socks(socketserver.BaseRequestHandler):
    """A SOCKS5 proxy that leads every name to the service."""

    def handle(self) -> None:
        server: Any = self.server
        version, count = self.request.recv(2)
        assert (version, 2 in self.request.recv(count)) == (5, server.user is not None)
        self.request.sendall(b"\x05\x02" if server.user else b"\x05\x00")
        if server.user:
            length = self.request.recv(2)[1]
            user = self.request.recv(length)
            password = self.request.recv(self.request.recv(1)[0])
            ok = (user, password) == server.user
            self.request.sendall(b"\x01\x00" if ok else b"\x01\x01")
            if not ok:
                return
        kind = self.request.recv(4)[3]
        length = {1: 4, 4: 16}.get(kind) or self.request.recv(1)[0]
        server.asked.append(self.request.recv(length + 2)[:-2])
        self.request.sendall(b"\x05\x00\x00\x01" + bytes(6))
        with socket.create_connection(server.leads_to) as upstream:
            back = threading.Thread(target=_copy, args=(upstream, self.request))
            back.start()
            _copy(self.request, upstream)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def socks(service: str) -> Iterator[Any]:
    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Socks)
    server.daemon_threads = True
    server.user = None
    server.asked = []
    server.leads_to = ("127.0.0.1", int(service.rpartition(":")[2]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("user", [None, (b"us@er", b"pass")])
def test_runs_get_through_a_socks_proxy(
    socks: Any, agent: str, monkeypatch: pytest.MonkeyPatch, user: Any
) -> None:
    socks.user = user
    login = "us%40er:pass@" if user else ""
    monkeypatch.setenv("ALL_PROXY", f"socks5h://{login}127.0.0.1:{socks.server_address[1]}")
    with Client(url="http://metrics.invalid", agent=agent) as client:
        client.record({"id": 1, "status": "ok"})
        assert client.flush(30)
        assert [run["id"] for run in client.runs()] == [1]
    assert set(socks.asked) == {b"metrics.invalid"}


def test_runs_get_through_an_http_proxy(
    service: str, agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gw.gateway_to(service) as gateway:
        monkeypatch.setenv("http_proxy", f"http://user:pass@127.0.0.1:{gateway.server_port}")
        with Client(url="http://metrics.invalid/stage", agent=agent) as client:
            client.record({"id": 1, "status": "ok"})
            client.flush(30)
    _, path, headers = gateway.requests[0]
    assert path.startswith("http://metrics.invalid/stage/api/v1/agents/")
    assert headers["Proxy-Authorization"] == "Basic dXNlcjpwYXNz"
    assert headers["Host"] == "metrics.invalid"
