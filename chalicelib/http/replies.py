"""Responses: serialised once, with the headers that every answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from bson import ObjectId
from chalice.app import Request, Response
from pydantic_core import to_json

from chalicelib.config import ConfigurationError, settings
from chalicelib.errors import AnswerTooLarge, Problem
from chalicelib.http.calls import JSON, request_id_of
from chalicelib.values.carrying import MOST_CARRIED_BYTES, can_be_carried, carried_size

PROBLEM_JSON = "application/problem+json"


class Reply(NamedTuple):
    """What a view answers: anything that serialises to JSON, or text with its content type."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = MappingProxyType({})
    content_type: str = JSON


def render(reply: Reply) -> Response:
    body = reply.body
    if not isinstance(body, str):
        body = (body if isinstance(body, bytes) else to_json(body, fallback=_fallback)).decode()
    if not can_be_carried(body):
        raise AnswerTooLarge(
            f"the answer would have {carried_size(body)} bytes as Lambda carries it, more than"
            f" {MOST_CARRIED_BYTES}: ask for less, with a smaller limit, a shorter range, a longer"
            " interval or no group_by"
        )
    # An answer that never has a body is of no type. An empty list of lines has one, and so has an
    # empty protobuf message.
    is_of_no_type = not body and reply.status in (202, 204)
    content_type = {} if is_of_no_type else {"Content-Type": reply.content_type}
    return Response(body, status_code=reply.status, headers={**content_type, **reply.headers})


def render_text(
    body: bytes, status: int, content_type: str, headers: Mapping[str, str]
) -> Response:
    """An answer whose bytes, of whatever format, are text."""
    return render(Reply(body, status, headers, content_type))


def _fallback(value: Any) -> Any:
    if isinstance(value, ObjectId):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def render_problem(problem: Problem, request_id: str) -> Response:
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": request_id,
    }
    if problem.errors:
        document["errors"] = problem.errors
    return render(Reply(document, problem.status, problem.headers, PROBLEM_JSON))


def finish(request: Request, response: Response) -> Response:
    """Headers that every answer carries, the refusals and preflights too."""
    response.headers["X-Request-Id"] = request_id_of(request)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.update(_cors_headers(request.headers.get("origin")))
    return response


def _cors_headers(origin: str | None) -> dict[str, str]:
    try:
        allowed = settings().cors_origins
    except ConfigurationError:
        return {}  # the answer at hand already tells of it
    if not allowed:
        return {}
    if origin not in allowed and "*" not in allowed:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": "*" if "*" in allowed else str(origin),
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept",
        "Access-Control-Expose-Headers": "Link, Retry-After, X-Request-Id",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }
