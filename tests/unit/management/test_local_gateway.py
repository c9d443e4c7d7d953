"""Paths find their routes as they do behind API Gateway."""

from __future__ import annotations

import pytest

from management.local_gateway import EventConverter, RouteNotFoundError, Routes

ROUTES = Routes(["/", "/health", "/agents/{agent}", "/agents/{agent}/runs", "/agents/new"])


@pytest.mark.parametrize(
    ("path", "route", "captured"),
    [
        ("/", "/", {}),
        ("/health?a=1&a=2", "/health", {}),
        ("/health/", "/health", {}),
        ("/agents/new", "/agents/new", {}),
        ("/agents/a%2Fb", "/agents/{agent}", {"agent": "a%2Fb"}),
        ("/agents/a;b=c", "/agents/{agent}", {"agent": "a;b=c"}),
        ("/agents/a:b@c,d", "/agents/{agent}", {"agent": "a:b@c,d"}),
        ("/agents/a/runs?x=/../", "/agents/{agent}/runs", {"agent": "a"}),
    ],
)
def test_a_path_is_matched_segment_by_segment(
    path: str, route: str, captured: dict[str, str]
) -> None:
    found = ROUTES.match_route(path)

    assert (found.route, found.captured) == (route, captured)


def test_query_parameters_keep_repetitions_and_blanks() -> None:
    assert ROUTES.match_route("/health?a=1&a=2&b=").query_params == {"a": ["1", "2"], "b": [""]}


@pytest.mark.parametrize(
    "path", ["/nope", "/agents", "/agents/", "/agents//runs", "//host/health", "/health/x", "*", ""]
)
def test_a_path_of_no_route_is_not_found(path: str) -> None:
    with pytest.raises(RouteNotFoundError, match="nothing at"):
        ROUTES.match_route(path)


def test_raw_utf8_in_an_address_is_read_as_utf8() -> None:
    """Python's server hands its bytes over as if each were a character."""
    raw = "/agents/é%2F;?x=ü".encode().decode("latin-1")
    event = EventConverter(ROUTES, []).create_lambda_event("GET", raw, {})
    assert event["pathParameters"] == {"agent": "%C3%A9%2F;"}
    assert event["multiValueQueryStringParameters"] == {"x": ["ü"]}
