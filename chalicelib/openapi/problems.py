"""Which errors a route can answer, and how the document tells of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from chalicelib.errors import (
    AnswerTooLarge,
    DatabaseTimeout,
    DatabaseUnavailable,
    Forbidden,
    HostForbidden,
    InternalError,
    InvalidBody,
    InvalidCursor,
    InvalidQuery,
    MalformedBody,
    MalformedJson,
    MalformedPath,
    NoAnswer,
    NotReady,
    OriginForbidden,
    PayloadTooLarge,
    Problem,
    QuestionTooLarge,
    RateLimited,
    ServiceUnavailable,
    Throttled,
    Unauthorized,
    UnsupportedMediaType,
)
from chalicelib.http import Endpoint

PROBLEM_JSON = "application/problem+json"
_CHALLENGED = (Unauthorized, Forbidden)
_RETRIED = (ServiceUnavailable, Throttled, RateLimited)


def every_problem() -> list[type[Problem]]:
    """Every error with a code of its own, by status."""
    return sorted(
        {problem.code: problem for problem in _subclasses(Problem)}.values(),
        key=lambda problem: problem.status,
    )


def problems_of(endpoint: Endpoint) -> dict[int, list[type[Problem]]]:
    """The errors of the view, and those of the edge that this route can meet, by status."""
    met = {InvalidQuery, InternalError, Throttled, NoAnswer, *endpoint.raises}
    met.update(*(problems for applies, problems in _edge_problems(endpoint) if applies))
    by_status: dict[int, list[type[Problem]]] = defaultdict(list)
    for problem in every_problem():
        if problem in met:
            by_status[problem.status].append(problem)
    return by_status


def _edge_problems(endpoint: Endpoint) -> Iterator[tuple[bool, tuple[type[Problem], ...]]]:
    """What the edge may refuse, and whether it can happen to this route."""
    yield "{" in endpoint.path, (MalformedPath,)
    yield "cursor" in endpoint.query.__annotations__, (InvalidCursor,)
    yield endpoint.scope != "public", (AnswerTooLarge,)
    yield endpoint.is_question, (QuestionTooLarge,)
    yield endpoint.scope != "public", (Unauthorized, Forbidden, HostForbidden, RateLimited)
    yield endpoint.scope != "public", (DatabaseUnavailable, DatabaseTimeout, NotReady)
    yield endpoint.method != "GET", (OriginForbidden,)
    yield (
        endpoint.method in ("POST", "PATCH"),
        (MalformedBody, PayloadTooLarge, UnsupportedMediaType),
    )
    yield endpoint.body is not None, (MalformedJson, InvalidBody)


def response_name(problems: Iterable[type[Problem]]) -> str:
    """What a response that stands for these errors is called among the components."""
    return "Or".join(problem.code.title().replace("_", "") for problem in problems)


def problem_response(problems: list[type[Problem]]) -> dict[str, Any]:
    """The response of one status; its schema names the codes that it can have."""
    return {
        "description": "\n".join(f"- `{p.code}`: {meaning(p)}" for p in problems),
        "headers": {name: header(name) for name in _header_names(problems)},
        "content": {
            PROBLEM_JSON: {
                "schema": {
                    "$ref": "#/components/schemas/ProblemDocument",
                    "properties": {"code": {"enum": [problem.code for problem in problems]}},
                },
                "examples": {
                    problem.code: {"$ref": f"#/components/examples/{problem.code}"}
                    for problem in problems
                },
            }
        },
    }


def meaning(problem: type[Problem]) -> str:
    return (problem.__doc__ or "").strip()


def header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _header_names(problems: list[type[Problem]]) -> Iterator[str]:
    yield "X-Request-Id"
    if any(problem in _CHALLENGED for problem in problems):
        yield "WWW-Authenticate"
    if any(issubclass(problem, _RETRIED) for problem in problems):
        yield "Retry-After"


def _subclasses(problem: type[Problem]) -> Iterator[type[Problem]]:
    for subclass in problem.__subclasses__():
        if not subclass.__subclasses__() and subclass.__module__ == Problem.__module__:
            yield subclass
        yield from _subclasses(subclass)
