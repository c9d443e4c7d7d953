"""API Gateway's part on this machine: a WSGI application that calls the app as Lambda does.

Each request becomes the proxy event that API Gateway would make of it, and each response of the
app becomes an HTTP answer. What API Gateway refuses itself is refused here in the same words.
"""

from __future__ import annotations

import base64
import json
import sys
import time
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from string import punctuation
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, quote
from uuid import uuid4

from chalice.app import Chalice
from chalice.local import LambdaContext, LocalChalice

from chalicelib.errors import InternalError, MethodNotAllowed, PayloadTooLarge, RouteNotFound

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# API Gateway waits no longer for a function.
LAMBDA_TIMEOUT_S = 29
LAMBDA_MEMORY_MB = 1024
# What API Gateway takes at most; the service's own limit is lower and says so itself.
MAX_BODY_BYTES = 10 * 1024 * 1024

_UNREADABLE = "malformed_request"
# Where the service has a word for it, the gateway uses the same.
_KNOWN = {
    problem.status: problem
    for problem in (RouteNotFound, MethodNotAllowed, PayloadTooLarge, InternalError)
}


class RouteNotFoundError(Exception):
    """No route has this path: the deployed stage answers that itself, without the app."""


class Answer(NamedTuple):
    """What goes back to the client. A header with several values has a list of them."""

    status: int
    headers: Mapping[str, Any]
    body: bytes


class Match(NamedTuple):
    """A route, as it was declared, and the values of its variables, as they were sent."""

    route: str
    captured: dict[str, str]


class LocalGateway:
    """The WSGI application in front of `app`, which many threads may use at once from now on."""

    def __init__(self, app: Chalice) -> None:
        # What `chalice local` does: the app's current request becomes one for each thread.
        app.__class__ = type("LocalApp", (LocalChalice, type(app)), {})
        self._app = app
        self._routes = list(app.routes)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        started = time.perf_counter()
        answer = self._answer(environ)
        # Before the answer leaves: whoever has it may look for the line at once.
        write_log(request_line(environ), answer, started)
        start_response(status_line(answer.status), header_list(answer))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if size > MAX_BODY_BYTES:
            return problem(413, f"The body has {size} bytes; at most {MAX_BODY_BYTES}.")
        try:
            event = make_event(environ, self._routes)
            context = LambdaContext("agent-metrics", LAMBDA_MEMORY_MB, LAMBDA_TIMEOUT_S * 1000)
            return _read_response(self._app(event, context))
        except RouteNotFoundError as error:
            return problem(404, str(error))
        except Exception:  # noqa: BLE001 - the last resort: a bug must not end the connection
            traceback.print_exc()
            return problem(500, "Something went wrong on our side.")


def make_event(environ: WSGIEnvironment, routes: list[str]) -> dict[str, Any]:
    """The event that API Gateway would hand to the function. Raises RouteNotFoundError."""
    path, _, query = _read_address(environ).partition("?")
    found = match_route(path, routes)
    body = environ["wsgi.input"].read()
    method = environ["REQUEST_METHOD"]
    return {
        "requestContext": {
            # What HEAD answers with are the headers of GET, the length of its body too.
            "httpMethod": "GET" if method == "HEAD" else method,
            "resourcePath": found.route,
            "path": path,
            "identity": {"sourceIp": environ.get("REMOTE_ADDR", "")},
            "requestId": str(uuid4()),
        },
        "headers": _read_headers(environ),
        "pathParameters": found.captured,
        "multiValueQueryStringParameters": parse_qs(query, keep_blank_values=True) or None,
        "stageVariables": {},
        "body": body or None,
    }


def match_route(path: str, routes: list[str]) -> Match:
    """The route of a path, as API Gateway matches them: segment by segment, as they were sent.

    Raises RouteNotFoundError. `chalice.local` has a matcher too, which cuts what follows a `;`
    off the last segment, takes `//host` for an address, and lets a variable be empty.
    """
    if path != "/":
        path = path.removesuffix("/")
    segments = path.split("/")
    for route in sorted(routes):
        captured = _capture(route.split("/"), segments)
        if captured is not None:
            return Match(route, captured)
    raise RouteNotFoundError(f"There is nothing at {path[:200]}.")


def problem(status: int, detail: str) -> Answer:
    """An RFC 9457 document, in the service's own shape."""
    known = _KNOWN.get(status)
    document = {
        "type": "about:blank",
        "title": known.title if known else HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": known.code if known else _UNREADABLE,
        "request_id": str(uuid4()),
    }
    headers = {"Content-Type": "application/problem+json"}
    return Answer(status, headers, json.dumps(document).encode())


def status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def header_list(answer: Answer) -> list[tuple[str, str]]:
    """The answer's headers, each value on its own, with the length of its body."""
    headers = [
        (name, str(one))
        for name, value in answer.headers.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    if answer.status == HTTPStatus.NO_CONTENT:
        return headers
    return [*headers, ("Content-Length", str(len(answer.body)))]


def request_line(environ: WSGIEnvironment) -> str:
    return f"{environ['REQUEST_METHOD']} {_read_address(environ)}"


def write_log(request: str, answer: Answer, started: float) -> None:
    """One line a request to stderr; an address can put nothing into the terminal."""
    elapsed_ms = (time.perf_counter() - started) * 1000
    line = f"{request} {answer.status} {elapsed_ms:.1f} ms {len(answer.body)} B"
    print(line.encode("ascii", "backslashreplace").decode().translate(_CONTROLS), file=sys.stderr)


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127)}


def _read_address(environ: WSGIEnvironment) -> str:
    """Path and query as they were sent, still encoded; what was sent raw is encoded as UTF-8."""
    address: str = environ["REQUEST_URI"]
    # WSGI hands bytes over as if each were a character.
    return quote(address.encode("latin-1"), safe=punctuation)


def _read_headers(environ: WSGIEnvironment) -> dict[str, str]:
    """The request's headers, their names in small letters as HTTP/2 has them."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if name in environ:
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers


def _read_response(response: dict[str, Any]) -> Answer:
    body = response["body"] or b""
    if response.get("isBase64Encoded"):
        body = base64.b64decode(body)
    if isinstance(body, str):
        body = body.encode()
    return Answer(response["statusCode"], response["headers"] | response["multiValueHeaders"], body)


def _capture(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    """The variables' values, or None where the path is another one."""
    if len(pattern) != len(segments):
        return None
    captured = {}
    for expected, found in zip(pattern, segments, strict=True):
        if expected.startswith("{") and found:
            captured[expected[1:-1]] = found
        elif expected != found:
            return None
    return captured
