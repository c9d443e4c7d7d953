"""A real HTTP server between client and service, which can be told to misbehave."""

from __future__ import annotations

import gzip
import http.client
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

# Answers in the service's place; gives False to have the request passed on after all.
Fault = Callable[["Handler", bytes], bool]


class Gateway(ThreadingHTTPServer):
    """Passes requests on to the service, but for those that `faults` answer first, in turn."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.service = urlsplit(service)
        self.faults: deque[Fault] = deque()
        self.always: Fault | None = None
        self.connections = 0
        self.requests: list[tuple[str, str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what is tested here."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        gateway: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        gateway.requests.append((self.command, self.path, dict(self.headers)))
        fault = gateway.faults.popleft() if gateway.faults else gateway.always
        if fault is not None and fault(self, body):
            return
        upstream = http.client.HTTPConnection(gateway.service.hostname, gateway.service.port)
        try:
            path = self.path[self.path.index("/", 8) :] if "://" in self.path else self.path
            upstream.request(self.command, path, body, dict(self.headers))
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        kept = {k: v for k, v in answer.getheaders() if k.lower() != "content-length"}
        self.answer(answer.status, content, **kept)

    do_GET = do_POST = _handle  # noqa: N815

    def answer(self, status: int, content: bytes = b"", **headers: str) -> bool:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        return True

    def log_message(self, *_: Any) -> None:
        """Silent."""


@contextmanager
def gateway_to(service: str) -> Iterator[Gateway]:
    gateway = Gateway(service)
    thread = threading.Thread(target=gateway.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        thread.join()
        gateway.server_close()


def status(code: int, **headers: str) -> Fault:
    body = b'{"code": "made_up", "detail": "a sentence of the gateway"}'
    return lambda handler, _body: handler.answer(code, body, **headers)


def garbage(content: bytes, code: int = 200, **headers: str) -> Fault:
    return lambda handler, _body: handler.answer(code, content, **headers)


def hang_up(handler: Handler, _body: bytes) -> bool:
    """Closes without an answer."""
    handler.close_connection = True
    return True


def not_http(handler: Handler, _body: bytes) -> bool:
    handler.wfile.write(b"\x00\x01 what?\r\n\r\n")
    handler.close_connection = True
    return True


def cut_off(handler: Handler, _body: bytes) -> bool:
    """Promises more than it sends."""
    handler.send_response_only(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"accepted": 1')
    handler.close_connection = True
    return True


def done_but_unanswered(handler: Handler, body: bytes) -> bool:
    """The service has the batch, and the client never hears of it."""
    gateway: Any = handler.server
    upstream = http.client.HTTPConnection(gateway.service.hostname, gateway.service.port)
    upstream.request(handler.command, handler.path, body, dict(handler.headers))
    upstream.getresponse().read()
    upstream.close()
    handler.close_connection = True
    return True


def late(seconds: float) -> Fault:
    """Takes its time, and then passes the request on."""

    def wait(_handler: Handler, _body: bytes) -> bool:
        time.sleep(seconds)
        return False

    return wait


def no_gzip(handler: Handler, _body: bytes) -> bool:
    """As servers that do not unpack bodies."""
    packed = handler.headers.get("Content-Encoding") == "gzip"
    return packed and handler.answer(415, b'{"code": "unsupported_media_type", "detail": "no"}')


def unpacks_gzip(handler: Handler, body: bytes) -> bool:
    """As servers that do; the service behind may be none."""
    if handler.headers.get("Content-Encoding") != "gzip":
        return False
    gateway: Any = handler.server
    headers = {k: v for k, v in handler.headers.items() if k.lower() == "content-type"}
    upstream = http.client.HTTPConnection(gateway.service.hostname, gateway.service.port)
    upstream.request(handler.command, handler.path, gzip.decompress(body), headers)
    answer = upstream.getresponse()
    content = answer.read()
    upstream.close()
    return handler.answer(answer.status, content)
