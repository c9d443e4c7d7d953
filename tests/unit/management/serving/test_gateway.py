"""Paths find their routes as they do behind API Gateway."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from management.serving.gateway import RouteNotFoundError, make_event, match_route

ROUTES = ["/", "/health", "/agents/{agent}", "/agents/{agent}/runs", "/agents/new"]


def event_of(address: str, **environ: Any) -> dict[str, Any]:
    """The event of a request as waitress hands it over: bytes as if each were a character."""
    raw = address.encode().decode("latin-1")
    given = {"REQUEST_METHOD": "GET", "REQUEST_URI": raw, "wsgi.input": BytesIO(), **environ}
    return make_event(given, ROUTES)


@pytest.mark.parametrize(
    ("path", "route", "captured"),
    [
        ("/", "/", {}),
        ("/health/", "/health", {}),
        ("/agents/new", "/agents/new", {}),
        ("/agents/a%2Fb", "/agents/{agent}", {"agent": "a%2Fb"}),
        ("/agents/a;b=c", "/agents/{agent}", {"agent": "a;b=c"}),
        ("/agents/a:b@c,d", "/agents/{agent}", {"agent": "a:b@c,d"}),
        ("/agents/a/runs/", "/agents/{agent}/runs", {"agent": "a"}),
    ],
)
def test_a_path_is_matched_segment_by_segment(
    path: str, route: str, captured: dict[str, str]
) -> None:
    assert match_route(path, ROUTES) == (route, captured)


@pytest.mark.parametrize(
    "path", ["/nope", "/agents", "/agents/", "/agents//runs", "//host/health", "/health/x", "*", ""]
)
def test_a_path_of_no_route_is_not_found(path: str) -> None:
    with pytest.raises(RouteNotFoundError, match="nothing at"):
        match_route(path, ROUTES)


def test_query_parameters_keep_repetitions_blanks_and_slashes() -> None:
    event = event_of("/health?a=1&a=/../&b=")

    assert event["requestContext"]["path"] == "/health"
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "/../"], "b": [""]}


def test_no_query_is_none_as_behind_api_gateway() -> None:
    assert event_of("/health")["multiValueQueryStringParameters"] is None


def test_raw_utf8_in_an_address_is_read_as_utf8() -> None:
    event = event_of("/agents/é%2F;?x=ü")

    assert event["pathParameters"] == {"agent": "%C3%A9%2F;"}
    assert event["multiValueQueryStringParameters"] == {"x": ["ü"]}


def test_headers_have_small_names_and_the_body_is_as_it_was_sent() -> None:
    event = event_of(
        "/health",
        **{"CONTENT_TYPE": "a/b", "HTTP_X_REQUEST_ID": "7", "wsgi.input": BytesIO(b"\x1f\x8b")},
    )

    assert event["headers"] == {"content-type": "a/b", "x-request-id": "7"}
    assert event["body"] == b"\x1f\x8b"


def test_every_event_has_its_own_request_id() -> None:
    first, second = (event_of("/health")["requestContext"]["requestId"] for _ in range(2))

    assert first != second
