"""API Gateway's part on this machine: finds the route and calls the app with a proxy event.

`chalice.local` has all of it; what is replaced here differs from the deployed stage.
"""

from __future__ import annotations

from string import punctuation
from typing import Any
from urllib.parse import parse_qs, quote
from uuid import uuid4

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import (
    LambdaEventConverter,
    LocalChalice,
    LocalGateway,
    MatchResult,
    RouteMatcher,
)

# API Gateway waits no longer for a function.
LAMBDA_TIMEOUT_S = 29
LAMBDA_MEMORY_MB = 1024


class RouteNotFoundError(Exception):
    """No route has this path: the deployed stage answers that itself, without the app."""


def make_gateway(app: Chalice) -> LocalGateway:
    """A gateway in front of `app`, which many threads may use at once from now on.

    Its `handle_request` raises RouteNotFoundError.
    """
    # What `chalice local` does: the app's current request becomes one for each thread.
    app.__class__ = type("LocalApp", (LocalChalice, type(app)), {})
    config = Config.create(lambda_timeout=LAMBDA_TIMEOUT_S, lambda_memory_size=LAMBDA_MEMORY_MB)
    gateway = LocalGateway(app, config)
    gateway.event_converter = EventConverter(Routes(list(app.routes)), app.api.binary_types)
    return gateway


class Routes(RouteMatcher):
    """The app's paths, as API Gateway matches them: segment by segment, as they were sent.

    chalice's matcher cuts what follows a `;` off the last segment, takes `//host` for an
    address, and lets a variable be empty.
    """

    def match_route(self, url: str) -> MatchResult:
        """Raises RouteNotFoundError."""
        path, _, query = url.partition("?")
        if path != "/":
            path = path.removesuffix("/")
        segments = path.split("/")
        for route in self.route_urls:
            captured = _capture(route.split("/"), segments)
            if captured is not None:
                return MatchResult(route, captured, parse_qs(query, keep_blank_values=True))
        raise RouteNotFoundError(f"There is nothing at {path[:200]}.")


class EventConverter(LambdaEventConverter):
    """Gives each event the request id that API Gateway would give it."""

    def create_lambda_event(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> dict[str, Any]:
        # Python's server takes each byte for a character; in an address they are UTF-8.
        path = quote(path.encode("latin-1"), safe=punctuation)
        event: dict[str, Any] = super().create_lambda_event(method, path, headers, body)
        event["requestContext"]["requestId"] = str(uuid4())
        return event


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
