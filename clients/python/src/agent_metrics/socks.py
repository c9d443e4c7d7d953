"""Connecting through a SOCKS5 proxy (RFC 1928, RFC 1929), which the standard library cannot."""

from __future__ import annotations

import socket

from agent_metrics.proxies import Proxy

_NO_AUTHENTICATION, _PASSWORD = 0, 2
_REFUSALS = {
    1: "it failed",
    2: "its rules forbid it",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "the connection was refused",
    6: "it took too long",
}


def connect(
    proxy: Proxy, address: tuple[str, int], timeout_s: float | None = None, _source: object = None
) -> socket.socket:
    """A socket that leads to that host and port. Raises OSError."""
    host, port = address
    sock = socket.create_connection((proxy.host, proxy.port), timeout_s)
    try:
        _authenticate(sock, proxy)
        _ask(sock, _resolved(host) if proxy.scheme == "socks5" else host, port)
    except BaseException:
        sock.close()
        raise
    return sock


def _authenticate(sock: socket.socket, proxy: Proxy) -> None:
    method = _NO_AUTHENTICATION if proxy.user is None else _PASSWORD
    sock.sendall(bytes([5, 1, method]))
    if _read(sock, 2) != bytes([5, method]):
        raise OSError("the SOCKS proxy does not let us in")
    if proxy.user is not None:
        user, password = proxy.user.encode(), (proxy.password or "").encode()
        sock.sendall(bytes([1, len(user)]) + user + bytes([len(password)]) + password)
        if _read(sock, 2)[1]:
            raise OSError("the SOCKS proxy does not take this user and password")


def _ask(sock: socket.socket, host: str, port: int) -> None:
    sock.sendall(b"\x05\x01\x00" + _encoded(host) + port.to_bytes(2, "big"))
    answer = _read(sock, 4)
    if answer[1]:
        raise OSError(f"the SOCKS proxy cannot connect: {_REFUSALS.get(answer[1], 'no reason')}")
    length = {1: 4, 4: 16}.get(answer[3]) or _read(sock, 1)[0]
    _read(sock, length + 2)


def _encoded(host: str) -> bytes:
    for family, kind in ((socket.AF_INET, 1), (socket.AF_INET6, 4)):
        try:
            return bytes([kind]) + socket.inet_pton(family, host)
        except OSError:
            continue
    name = host.encode("ascii")
    return bytes([3, len(name)]) + name


def _resolved(host: str) -> str:
    """The host's address: the plain `socks5` scheme leaves finding it to the client."""
    try:
        return str(
            socket.getaddrinfo(host.encode("ascii"), None, proto=socket.IPPROTO_TCP)[0][4][0]
        )
    except OSError:
        return host  # the proxy may know it


def _read(sock: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = sock.recv(count - len(found))
        if not part:
            raise OSError("the SOCKS proxy hung up; is it one?")
        found += part
    return found
