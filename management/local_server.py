"""The app behind a local HTTP server that answers as the deployed stage does.

`chalice.local` imitates API Gateway and calls the app; this adds what its own server lacks:
problem documents for what the gateway and the server answer themselves, refusals instead of
tracebacks for malformed requests, and no delays between small packets.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from uuid import uuid4

from chalice.app import Chalice
from chalice.local import LocalGateway

from chalicelib.errors import InternalError, MethodNotAllowed, PayloadTooLarge, RouteNotFound
from management.local_gateway import RouteNotFoundError, make_gateway

# What API Gateway takes at most; the service's own limit is lower and says so itself.
MAX_BODY_BYTES = 10 * 1024 * 1024
IDLE_TIMEOUT_S = 60
DRAIN_TIMEOUT_S = 5
_UNREAD_LIMIT_BYTES = 100 * 1024 * 1024
_UNREAD_TIMEOUT_S = 2

_OWN_CODES = {411: "length_required"}
_UNREADABLE = "malformed_request"
# Where the service has a word for it, the server uses the same.
_KNOWN = {
    problem.status: problem
    for problem in (RouteNotFound, MethodNotAllowed, PayloadTooLarge, InternalError)
}


class LocalServer(ThreadingHTTPServer):
    """Listens from the moment that it is made, so that a port in use shows before all else."""

    daemon_threads = True
    # The usual 5 would make a burst of clients wait a second for their second try.
    request_queue_size = 128

    def __init__(self, host: str, port: int) -> None:
        """Raises OSError when the port cannot be had; port 0 takes any that is free."""
        super().__init__((host, port), Handler)
        self._active = 0
        self._changed = threading.Condition()

    def serve(self, app: Chalice) -> None:
        """Answer requests until the calling thread is interrupted by an exception."""
        self.gateway: LocalGateway = make_gateway(app)
        self.serve_forever()

    def drain(self) -> None:
        """Take no more connections, and wait a little for the answers under way."""
        self.server_close()
        with self._changed:
            self._changed.wait_for(lambda: self._active == 0, timeout=DRAIN_TIMEOUT_S)

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._changed:
            self._active += 1
        try:
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not our error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _RefusedError(Exception):
    """A request that never reaches the app; what remains of it is not understood."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, passes them through the gateway, writes the answers."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_TIMEOUT_S
    # Headers and body leave as two packets; with Nagle's algorithm the second one waits for the
    # client's delayed acknowledgement of the first: 40 ms for every answer.
    disable_nagle_algorithm = True

    # Set before the request line is read, for answers to lines that make no request.
    command = ""
    _started = 0.0

    def _handle(self) -> None:
        self._started = time.perf_counter()
        server = cast("LocalServer", self.server)
        with server.answering():
            try:
                body = self._read_body()
            except _RefusedError as refused:
                self.send_error(refused.status, refused.detail)
                return
            self._answer(*self._pass_through(server, body))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _handle  # noqa: N815

    def _pass_through(
        self, server: LocalServer, body: bytes | None
    ) -> tuple[int, Mapping[str, Any], bytes]:
        try:
            response = server.gateway.handle_request(
                self.command, self.path, dict(self.headers), body
            )
        except RouteNotFoundError as error:
            return _problem(404, str(error))
        except Exception:  # noqa: BLE001 - the last resort: a bug must not end the connection
            traceback.print_exc()
            return _problem(500, "Something went wrong on our side.")
        payload = response["body"] or b""
        if response.get("isBase64Encoded"):
            payload = base64.b64decode(payload)
        if isinstance(payload, str):
            payload = payload.encode()
        headers = response["headers"] | response["multiValueHeaders"]
        return response["statusCode"], headers, payload

    def _read_body(self) -> bytes | None:
        """Raises _RefusedError when it cannot be told where the body ends, or it is too large."""
        if "transfer-encoding" in self.headers:
            raise _RefusedError(411, "Send a Content-Length; chunked bodies are not taken.")
        lengths = set(self.headers.get_all("content-length", ["0"]))
        length = lengths.pop().strip()
        if lengths or not (length.isascii() and length.isdigit()):
            raise _RefusedError(400, "Content-Length must be one whole number of bytes.")
        # By digits first: Python refuses to read numbers of many thousand digits.
        if len(length.lstrip("0")) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES:
            raise _RefusedError(413, f"The body has {length:.20} bytes; at most {MAX_BODY_BYTES}.")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise _RefusedError(400, "The body is shorter than its Content-Length.")
        return body or None

    def _answer(self, status: int, headers: Mapping[str, Any], payload: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Date", self.date_time_string())
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name, str(one))
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(payload)))
        # Before the answer leaves: whoever has it may look for the line at once.
        self._log(status, len(payload))
        self.end_headers()
        # To HEAD the headers are the whole answer: a body would be taken for the next one's head.
        if self.command != "HEAD":
            self.wfile.write(payload)

    def send_error(self, code: int, message: str | None = None, _: str | None = None) -> None:
        """Answer what the server refuses itself, and close: the rest cannot be understood."""
        if code == HTTPStatus.NOT_IMPLEMENTED:  # http.server's word for a method it has no do_ for
            code = MethodNotAllowed.status
        self.close_connection = True
        # Else a line that makes no request would be answered as HTTP/0.9 was: without a head.
        self.request_version = self.protocol_version
        status, headers, payload = _problem(code, message or HTTPStatus(code).phrase)
        self._answer(status, {**headers, "Connection": "close"}, payload)
        self._discard_rest()

    def _discard_rest(self) -> None:
        """Read what the client still sends: closing on unread data would take our answer away."""
        self.connection.settimeout(_UNREAD_TIMEOUT_S)
        unread = _UNREAD_LIMIT_BYTES
        try:
            while unread > 0 and (chunk := self.rfile.read1(65536)):
                unread -= len(chunk)
        except OSError:
            return

    def _log(self, status: int, size: int) -> None:
        elapsed_ms = (time.perf_counter() - self._started) * 1000 if self._started else 0
        self.log_message("%s %d %.1f ms %d B", self.requestline, status, elapsed_ms, size)

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name for it
        """An idle connection that timed out is no news."""


def _problem(status: int, detail: str) -> tuple[int, dict[str, str], bytes]:
    """An RFC 9457 document, in the service's own shape."""
    known = _KNOWN.get(status)
    document = {
        "type": "about:blank",
        "title": known.title if known else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": known.code if known else _OWN_CODES.get(status, _UNREADABLE),
        "request_id": str(uuid4()),
    }
    return status, {"Content-Type": "application/problem+json"}, json.dumps(document).encode()
