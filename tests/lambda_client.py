"""Calls the app as API Gateway does: a proxy event in, a proxy response out.

Nothing is simulated behind the handler, and nothing is served: the same path a deployed
function takes. `benchmarks/` uses it too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

from chalice import Chalice
from chalice.local import RouteMatcher


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def next_address(self) -> str | None:
        """The address of the next page, from the Link header."""
        link = self.headers.get("Link")
        if link is None:
            return None
        address, _, relation = link.partition(">; ")
        assert relation == 'rel="next"'
        return address.removeprefix("<")


@dataclass
class LambdaClient:
    """An HTTP client whose network is a function call.

    Each of `observers` sees every event and its answer, of all clients of the process.
    """

    app: Chalice
    headers: dict[str, str] = field(default_factory=dict)
    observers: ClassVar[list[Callable[[dict[str, Any], Answer], None]]] = []

    def __post_init__(self) -> None:
        self._matcher = RouteMatcher(list(self.app.routes))
        self._calls = 0

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """`body`: bytes or text as they are, anything else as JSON."""
        return self.request("POST", path, body=body, headers=headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.request("PATCH", path, body=body, headers=headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.request("DELETE", path, headers=headers)

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        event = self.event(method, path, body, headers)
        self._calls += 1
        context = SimpleNamespace(aws_request_id=f"request-{self._calls}")
        response = self.app(event, context)
        merged = dict(response["headers"])
        merged.update({k: ", ".join(v) for k, v in response["multiValueHeaders"].items()})
        answer = Answer(response["statusCode"], merged, response["body"])
        for observe in self.observers:
            observe(event, answer)
        return answer

    def event(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """The API Gateway proxy event of a request."""
        parts = urlsplit(path)
        # Encoded, because the matcher would take what is behind a semicolon for something else.
        match = self._matcher.match_route(parts.path.replace(";", "%3B"))
        if body is not None and not isinstance(body, str | bytes):
            body = json.dumps(body)
        sent = {"content-type": "application/json"} if body is not None else {}
        for name, value in (self.headers | (headers or {})).items():
            sent[name.replace("_", "-")] = value
        return {
            "requestContext": {
                "httpMethod": method,
                "resourcePath": match.route,
                "path": parts.path,
                "identity": {"sourceIp": "127.0.0.1"},
            },
            "headers": sent,
            "pathParameters": match.captured,
            "multiValueQueryStringParameters": parse_qs(parts.query, keep_blank_values=True)
            or None,
            "stageVariables": None,
            "body": body,
            "isBase64Encoded": False,
        }


# What EventBridge sends to the scheduled function; nothing reads it.
SCHEDULED_EVENT: dict[str, Any] = {
    **dict.fromkeys(("version", "account", "region", "source", "time", "id"), ""),
    "detail-type": "Scheduled Event",
    "detail": {},
    "resources": [],
}


def segment(text: str) -> str:
    """A name as one segment of a path."""
    return quote(text, safe="")
