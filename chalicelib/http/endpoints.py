"""`@endpoint`: the one decorator between Chalice and the views.

It registers a route, and around each call authenticates, decodes the path, validates query and
body, turns errors into problem documents, serialises, adds CORS and logs a line.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chalice.app import Blueprint, Request, Response

from chalicelib.access import Scope, authenticate, check_browser
from chalicelib.config import ConfigurationError, is_deployed
from chalicelib.database import database_errors
from chalicelib.errors import InternalError, MethodNotAllowed, NotReady, Problem
from chalicelib.http.calls import (
    JSON,
    BodyRules,
    Call,
    address_of,
    authorization_of,
    decode_parameter,
    read_body,
    read_raw_query,
    request_id_of,
    validate_body,
    validate_query,
)
from chalicelib.http.replies import Reply, finish, render, render_problem
from chalicelib.wire.queries import NoQuery

log = logging.getLogger("agent_metrics")
View = Callable[..., Reply]
# How a problem is put: the default is RFC 9457.
Explain = Callable[[Problem, Request], Response]


class Endpoint(NamedTuple):
    """One route, with what the API document says of it.

    `query` and `body` are shapes from chalicelib.wire.models, `answers` maps a status to one.
    A view that reads `raw_body` itself names its shape in `documents_body` instead of `body`.
    `raises` holds the problems of the view itself, not those of this edge; `produces` the media
    types of a success, the first of them by default. What is not `documented` is for browsers.
    `body_rules` say which bodies are taken; `explain` makes answers of problems. What adds up runs
    `is_question`: of these a token may have a limit of its own.
    """

    method: str
    path: str
    view: View
    scope: Scope
    query: Any
    body: Any
    documents_body: Any
    answers: Mapping[int, Any]
    raises: tuple[type[Problem], ...]
    produces: tuple[str, ...]
    documented: bool
    body_rules: BodyRules
    explain: Explain
    is_question: bool

    @property
    def takes_body(self) -> bool:
        """Whether a body is read at all; some are posted to without anything to say."""
        shapes = (self.body, self.documents_body)
        return any(shape is not None for shape in shapes) or self.body_rules != BodyRules()


ENDPOINTS: list[Endpoint] = []


def endpoint(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    scope: Scope,
    answers: Mapping[int, Any],
    query: Any = NoQuery,
    body: Any = None,
    documents_body: Any = None,
    raises: tuple[type[Problem], ...] = (),
    produces: tuple[str, ...] = (JSON,),
    documented: bool = True,
    body_rules: BodyRules = BodyRules(),  # noqa: B008 - it never changes
    explain: Explain | None = None,
    is_question: bool = False,
) -> Callable[[View], View]:
    """Route `method path` to the decorated view, called as `view(call, **path_parameters)`."""

    def register(view: View) -> View:
        served = Endpoint(
            method,
            path,
            view,
            scope,
            query,
            body,
            documents_body,
            answers,
            raises,
            produces,
            documented,
            body_rules,
            explain or _explain,
            is_question,
        )
        _route(blueprint, served)
        return view

    return register


def _route(blueprint: Blueprint, served: Endpoint) -> None:
    """Have Chalice call the endpoint for its path."""

    def handle(**parameters: str) -> Response:
        return _handle(served, blueprint.current_request, parameters)

    _register_preflight(blueprint, served.path)
    # Whatever is read can be asked for with HEAD too: monitors send nothing else.
    methods = ["GET", "HEAD"] if served.method == "GET" else [served.method]
    name = served.view.__name__
    # Any content type reaches the view: its refusal is then a problem document with CORS.
    blueprint.route(served.path, methods=methods, name=name, content_types=["*/*"])(handle)
    ENDPOINTS.append(served)


def rewrite_chalice_errors(event: Any, get_response: Callable[[Any], Response]) -> Response:
    """Chalice middleware: what Chalice refuses before or after a view, as a problem document."""
    response = get_response(event)
    if "X-Request-Id" in response.headers:
        return _without_body(event, response)
    if response.status_code != MethodNotAllowed.status:
        return _without_body(event, finish(event, _explain(_unexpected(), event)))
    allowed = str(response.headers.get("Allow", ""))
    problem = MethodNotAllowed(f"this address takes {allowed}", headers={"Allow": allowed})
    return _without_body(event, finish(event, render_problem(problem, request_id_of(event))))


def _without_body(request: Request, response: Response) -> Response:
    """To HEAD the headers are the whole answer: a body would be taken for the next one's head."""
    if request.method == "HEAD":
        response.body = ""
    return response


def _register_preflight(blueprint: Blueprint, path: str) -> None:
    if any(known.path == path for known in ENDPOINTS):
        return

    def preflight(**_: str) -> Response:
        return finish(blueprint.current_request, Response("", status_code=204))

    # Not Chalice's own CORS: that knows one origin, fixed when the API is deployed.
    blueprint.route(path, methods=["OPTIONS"], name="preflight", content_types=["*/*"])(preflight)


def _handle(served: Endpoint, request: Request, parameters: dict[str, str]) -> Response:
    started = time.perf_counter()
    call = Call(request)
    try:
        response = render(_call(served, call, parameters))
    except Problem as problem:
        response = served.explain(problem, request)
    except ConfigurationError as error:
        # Without a trace: the text names the setting, and values stay out of the log.
        log.error("configuration: %s", error)  # noqa: TRY400
        response = served.explain(NotReady(_missing(error)), request)
    except Exception:
        log.exception("unexpected error in %s %s", request.method, served.path)
        response = served.explain(_unexpected(), request)
    _log(served, request, parameters, response, started, token=call.token)
    return finish(request, response)


def _call(served: Endpoint, call: Call, parameters: dict[str, str]) -> Reply:
    with database_errors():
        if served.scope != "public":
            check_browser(call.request.method, call.headers)
        call.token, call.project, call.scopes = authenticate(
            authorization_of(call.request), served.scope, is_question=served.is_question
        )
        decoded = {name: decode_parameter(value) for name, value in parameters.items()}
        call.raw_query = read_raw_query(call.request)
        call.query = validate_query(served.query, call.raw_query)
        if served.takes_body:
            call.raw_body = read_body(call.request, served.body_rules)
        if served.body is not None:
            call.body = validate_body(served.body, call.raw_body)
        return served.view(call, **decoded)


def _missing(error: ConfigurationError) -> str:
    """A developer may read which setting it is; a deployed service says it to its log alone."""
    if is_deployed():
        return "the service is not set up yet; its log says what is missing"
    return f"the service is not set up yet: {error}"


def _explain(problem: Problem, request: Request) -> Response:
    return render_problem(problem, request_id_of(request))


def _unexpected() -> Problem:
    return InternalError(
        "something went wrong on our side; quote the request_id when you report it"
    )


def _log(
    served: Endpoint,
    request: Request,
    parameters: dict[str, str],
    response: Response,
    started: float,
    *,
    token: str | None,
) -> None:
    """One line a request, with the token's name and the client's address; never a body or token."""
    log.info(
        "%s %s %d",
        request.method,
        served.path,
        response.status_code,
        extra={
            "method": request.method,
            "route": served.path,
            "status": response.status_code,
            "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            "request_id": request_id_of(request),
            "agent": parameters.get("agent"),
            "address": address_of(request),
            "token": token,
        },
    )
