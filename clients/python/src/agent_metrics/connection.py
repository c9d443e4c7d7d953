"""One kept-alive HTTP connection to the service."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from email.utils import mktime_tz, parsedate_tz
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from agent_metrics.errors import UnreachableError
from agent_metrics.proxies import Proxy, find_proxy
from agent_metrics.settings import Service

USER_AGENT = "agent-metrics-python/0.1.0"
# Until a connection stands, TLS included: whoever is there at all says so sooner.
CONNECT_TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 64 * 1024 * 1024
# What a connection that was kept open says when the other side has given it up meanwhile.
_GONE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)

_ABANDONED: list[http.client.HTTPConnection] = []


class Answer(NamedTuple):
    """Status, headers by their names in lower case, and the body as it was meant."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def retry_after_s(self) -> float | None:
        """What `Retry-After` asks for, as seconds from now."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        moment = parsedate_tz(text)
        return None if moment is None else max(0.0, mktime_tz(moment) - time.time())


class Connection:
    """Made at its first use, and again when it broke. For one thread at a time."""

    def __init__(self, service: Service) -> None:
        """Raises ConfigurationError for a proxy setting that cannot be used."""
        self._service = service
        parts = urlsplit(service.url)
        self._parts = parts
        self._host = parts.hostname or ""
        self._proxy = find_proxy(service.url)
        self._http: http.client.HTTPConnection | None = None
        self._used = False
        self._connect: Any = _connect
        # What the thread that sends would import is imported now: a fork in the middle of an
        # import leaves the child with half a module.
        if parts.scheme == "https" or self._proxy is not None:
            "a".encode("idna")
        if self._proxy is not None and self._proxy.scheme != "http":
            from agent_metrics import socks

            self._connect = partial(socks.connect, self._proxy)

    def abandon(self) -> None:
        """In a forked child: leave the connection to the parent, in whose hands it may be now.

        Closing it in the ordinary way would wait for locks that nobody here will ever release.
        """
        abandoned, self._http, self._used = self._http, None, False
        if abandoned is not None:
            _ABANDONED.append(abandoned)
            if abandoned.sock is not None:
                os.close(abandoned.sock.detach())

    @property
    def url(self) -> str:
        return self._service.url

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """The answer, of whatever status. `path` is under the service's address.

        Raises UnreachableError. A kept connection that turns out to be gone is made anew.
        """
        sent = {"User-Agent": USER_AGENT, "Accept": "application/json", **(headers or {})}
        if self._service.token:
            sent["Authorization"] = f"Bearer {self._service.token}"
        deadline = time.monotonic() + (timeout_s or self._service.timeout_s)
        try:
            if self._used:
                try:
                    return self._exchange(method, path, body, sent, deadline)
                except _GONE:
                    self.close()
            return self._exchange(method, path, body, sent, deadline)
        except UnreachableError:
            self.close()
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise UnreachableError(f"no answer from {self.url}: {_explain(error)}") from error
        except BaseException:
            self.close()  # an answer that was not read would be taken for the next one
            raise

    def close(self) -> None:
        """Give the socket back; the next request makes a new one."""
        if self._http is not None:
            self._http.close()
        self._http = None
        self._used = False

    def _exchange(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        deadline: float,
    ) -> Answer:
        if self._http is None:
            self._http = self._make()
        connection = self._http
        left_s = max(0.05, deadline - time.monotonic())
        if connection.sock is None:
            connection.timeout = min(left_s, CONNECT_TIMEOUT_S)
            connection.connect()
        connection.sock.settimeout(left_s)
        connection.request(method, self._address(path), body, self._with_proxy(headers))
        response = connection.getresponse()
        content = _read(response, deadline)
        names = {name.lower(): value for name, value in response.getheaders()}
        self._used = True
        if response.will_close:
            self.close()
        return Answer(response.status, names, _unpacked(names, content, self.url))

    def _make(self) -> http.client.HTTPConnection:
        proxy, secure = self._proxy, self._parts.scheme == "https"
        port = self._parts.port or (443 if secure else 80)
        via = proxy if proxy is not None and proxy.scheme == "http" else None
        host, at = (via.host, via.port) if via else (self._host, port)
        made = (
            http.client.HTTPSConnection(host, at, context=_trust())
            if secure
            else http.client.HTTPConnection(host, at)
        )
        if secure and via:
            made.set_tunnel(self._host, port, _credentials(via))
        # What the standard library itself replaces where it tests this class.
        setattr(made, "_create_connection", self._connect)  # noqa: B010
        return made

    def _address(self, path: str) -> str:
        """To an HTTP proxy the whole address is told, to everyone else the path."""
        whole = f"{self._parts.path.rstrip('/')}{path}"
        if self._through_plain_proxy:
            return f"http://{self._parts.netloc.rpartition('@')[2]}{whole}"
        return whole

    def _with_proxy(self, headers: Mapping[str, str]) -> dict[str, str]:
        if self._proxy is not None and self._through_plain_proxy:
            return {**headers, **_credentials(self._proxy)}
        return dict(headers)

    @property
    def _through_plain_proxy(self) -> bool:
        proxy = self._proxy
        return proxy is not None and proxy.scheme == "http" and self._parts.scheme == "http"


def _connect(
    address: tuple[str, int], timeout_s: float | None = None, _source: object = None
) -> socket.socket:
    """As bytes, because the codec for host names in text is imported where it is first used."""
    host, port = address
    return socket.create_connection((host.encode("ascii"), port), timeout_s)  # type: ignore[arg-type]


def _credentials(proxy: Proxy) -> dict[str, str]:
    if proxy.user is None:
        return {}
    pair = base64.b64encode(f"{proxy.user}:{proxy.password or ''}".encode()).decode()
    return {"Proxy-Authorization": f"Basic {pair}"}


def _trust() -> ssl.SSLContext:
    """What certificates are checked against; `SSL_CERT_FILE` and `SSL_CERT_DIR` say otherwise."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        where = os.environ.get(name)
        if where and not os.path.exists(where):
            raise UnreachableError(f"{name} names {where}, which does not exist")
    return ssl.create_default_context()


def _read(response: http.client.HTTPResponse, deadline: float) -> bytes:
    """The body, within the time and the size that an answer may take."""
    parts, size = [], 0
    while part := response.read1(65536):
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise ValueError("its answer has no end")
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    response.close()  # else some versions hold the connection to be busy still
    return b"".join(parts)


def _unpacked(headers: Mapping[str, str], content: bytes, url: str) -> bytes:
    """Unasked for, but some proxies compress all the same; and some only say that they did."""
    if headers.get("content-encoding", "").strip().lower() not in ("gzip", "x-gzip"):
        return content
    unpacking = zlib.decompressobj(31)
    try:
        plain = unpacking.decompress(content, MAX_ANSWER_BYTES)
    except zlib.error as error:
        raise UnreachableError(f"{url} says that its answer is gzip, and it is not") from error
    if not unpacking.eof:
        raise UnreachableError(f"{url} answers with gzip that is cut off or far too large")
    return plain


def _explain(error: Exception) -> str:
    if isinstance(error, (socket.timeout, TimeoutError)):
        return "it took too long"
    if isinstance(error, socket.gaierror):
        return "its host's name is not known"
    if isinstance(error, http.client.RemoteDisconnected):
        return "it hung up without an answer"
    if isinstance(error, http.client.IncompleteRead):
        return "its answer is cut off"
    if isinstance(error, http.client.HTTPException):
        return f"what it says is not HTTP ({type(error).__name__})"
    said = getattr(error, "verify_message", None) or getattr(error, "strerror", None)
    return str(said or str(error) or type(error).__name__)
