"""The whole API document."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import cache
from inspect import getdoc
from typing import Any

from chalicelib import __version__
from chalicelib.http import ENDPOINTS, Endpoint
from chalicelib.openapi.examples import problem_examples
from chalicelib.openapi.operations import operation, tag_of
from chalicelib.openapi.problems import (
    every_problem,
    meaning,
    problem_response,
    problems_of,
    response_name,
)
from chalicelib.openapi.schemas import Schemas

OPENAPI_VERSION = "3.1.0"
# In the order in which somebody meets them; what is not named here comes last.
_TAGS = ("agents", "versions", "runs", "metrics", "watches", "prometheus", "ui", "health")
# Where `make run` serves, for the committed document; a served one names its own server.
LOCAL_SERVER = "http://127.0.0.1:9999"

_DESCRIPTION = """\
Records runs of AI agents and answers with totals that survive retries: sending the same run again
changes nothing, in whatever order reports arrive.

An *agent* belongs to a project and has *versions*; a version has *runs*. The agent in a path is its
name or its id. Times are RFC 3339 in UTC; costs are US dollars, and a cost that is not known is not
zero. Unknown fields and unknown query parameters are refused.

Where the service is locked, send `Authorization: Bearer amt_…`; each operation names the scope that
its token needs. Lists come in pages: follow the `Link` header with `rel="next"` as it is.

Every error is an RFC 9457 document with a stable `code`:
"""
_HEADERS = {
    "X-Request-Id": "Names this request in the log; quote it when you report a fault.",
    "Link": 'The next page\'s address, as `<address>; rel="next"`; absent on the last page.',
    "Retry-After": "Seconds to wait before the same request is worth repeating.",
    "WWW-Authenticate": "Which token is asked for (RFC 6750).",
}


def build_document(server: str = LOCAL_SERVER) -> dict[str, Any]:
    """The OpenAPI document of every documented endpoint, for the API at the address `server`."""
    return {**_head(), "servers": [{"url": server}], **_body()}


def document_text(server: str) -> str:
    """The document as it is served."""
    return json.dumps(build_document(server), ensure_ascii=False, separators=(",", ":"))


@cache
def _head() -> dict[str, Any]:
    info = {"title": "Agent Metrics", "version": __version__, "description": _description()}
    return {"openapi": OPENAPI_VERSION, "info": info}


@cache
def _body() -> dict[str, Any]:
    endpoints = sorted(filter(_is_documented, ENDPOINTS), key=_place)
    schemas = Schemas(endpoints)
    return {
        "tags": _tags(endpoints),
        "paths": _paths(endpoints, schemas),
        "components": {
            "securitySchemes": {"token": _security()},
            "headers": {name: _header(name) for name in _HEADERS},
            "responses": _responses(endpoints),
            "schemas": dict(sorted(schemas.definitions.items())),
            "examples": problem_examples(),
        },
    }


def _is_documented(endpoint: Endpoint) -> bool:
    return endpoint.documented


def _place(endpoint: Endpoint) -> int:
    tag = tag_of(endpoint)
    return _TAGS.index(tag) if tag in _TAGS else len(_TAGS)


def _description() -> str:
    codes = [f"- `{p.code}` ({p.status}): {meaning(p)}" for p in every_problem()]
    return _DESCRIPTION + "\n" + "\n".join(codes)


def _tags(endpoints: Sequence[Endpoint]) -> list[dict[str, str]]:
    modules = dict.fromkeys(endpoint.view.__module__ for endpoint in endpoints)
    names = dict.fromkeys(tag_of(endpoint) for endpoint in endpoints)
    return [
        {"name": name, "description": getdoc(sys.modules[module]) or ""}
        for name, module in zip(names, modules, strict=True)
    ]


def _paths(endpoints: Sequence[Endpoint], schemas: Schemas) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        methods = paths.setdefault(endpoint.path, {})
        methods[endpoint.method.lower()] = operation(endpoint, schemas)
    return paths


def _responses(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The responses that stand for errors; operations share them."""
    responses = {
        response_name(problems): problem_response(problems)
        for endpoint in endpoints
        for status, problems in problems_of(endpoint).items()
        if status not in endpoint.answers
    }
    return dict(sorted(responses.items()))


def _security() -> dict[str, str]:
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "amt_…",
        "description": "A token of the scope that the operation names, or of the scope `admin`.",
    }


def _header(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if name == "Retry-After":
        schema = {"type": "integer", "minimum": 0}
    required = name in ("X-Request-Id", "Retry-After")
    return {"description": _HEADERS[name], "required": required, "schema": schema}
