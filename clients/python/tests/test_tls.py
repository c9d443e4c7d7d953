"""HTTPS: certificates that are trusted and such that are not, directly and through a tunnel."""

from __future__ import annotations

import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gateway as gw
import pytest
from running import Stored

from agent_metrics import Client, UnreachableError


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for metrics.invalid and this machine, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make certificates with")
    folder = tmp_path_factory.mktemp("tls")
    names = "subjectAltName=DNS:metrics.invalid,IP:127.0.0.1"
    made = ("-keyout", str(folder / "key"), "-out", str(folder / "certificate"), "-days", "2")
    kind = ("-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=tests", "-addext", names)
    subprocess.run(["openssl", "req", *kind, *made], check=True, capture_output=True)
    both = (folder / "key").read_text() + (folder / "certificate").read_text()
    (folder / "both").write_text(both)
    return folder / "both"


@pytest.fixture
def secure(service: str, certificate: Path) -> Iterator[gw.Gateway]:
    """A gateway to the service that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with gw.gateway_to(service) as gateway:
        gateway.socket = context.wrap_socket(
            gateway.socket, server_side=True, do_handshake_on_connect=False
        )
        yield gateway


def test_runs_are_delivered_where_the_certificate_is_trusted(
    secure: gw.Gateway,
    agent: str,
    stored: Stored,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Client(url=f"https://127.0.0.1:{secure.server_port}", agent=agent) as client:
        client.record({"id": 1, "status": "ok"})
        assert client.flush(30)
        assert [run["id"] for run in client.runs()] == [1]
    assert [run["id"] for run in stored()] == [1]


def test_a_certificate_that_is_not_trusted_is_named_as_the_reason(secure: gw.Gateway) -> None:
    client = Client(url=f"https://127.0.0.1:{secure.server_port}", agent="a")
    with pytest.raises(UnreachableError, match=r"self.signed certificate"):
        client.metrics()


class _Tunnel(socketserver.StreamRequestHandler):
    """An HTTP proxy that knows CONNECT, and leads every name to one port."""

    def handle(self) -> None:
        server: Any = self.server
        server.asked.append(self.rfile.readline().decode().strip())
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
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


def test_a_proxy_makes_a_tunnel(
    secure: gw.Gateway, agent: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Tunnel) as server:
        tunnel: Any = server
        tunnel.daemon_threads = True
        tunnel.asked, tunnel.leads_to = [], ("127.0.0.1", secure.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.server_address[1]}")
        with Client(url="https://metrics.invalid", agent=agent) as client:
            client.record({"id": 1, "status": "ok"})
            assert client.flush(30)
            assert [run["id"] for run in client.runs()] == [1]
        server.shutdown()
        thread.join()
    assert {line.rpartition(" ")[0] for line in tunnel.asked} == {"CONNECT metrics.invalid:443"}
