"""A route as an operation of the API document."""

from __future__ import annotations

from inspect import getdoc
from typing import Any

from chalicelib.http import Endpoint
from chalicelib.openapi.examples import (
    answer_examples,
    path_example,
    query_example,
    request_examples,
)
from chalicelib.openapi.problems import (
    PROBLEM_JSON,
    header,
    problem_response,
    problems_of,
    response_name,
)
from chalicelib.openapi.schemas import Schemas, body_of
from chalicelib.values.identities import MAX_ID_LENGTH

JSON = "application/json"
# Not http.HTTPStatus: its phrases depend on the version of Python.
_PHRASES = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    207: "Multi-Status: some were rejected",
    422: "Unprocessable Content: all were rejected",
}
# One variable name stands at each place of a path (API Gateway wants it so), one meaning too.
_TEXT = {"type": "string", "minLength": 1}
_PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "agent": {"description": "An agent's name, or its id.", "schema": _TEXT},
    "version": {"description": "A version of the agent.", "schema": _TEXT},
    "run": {
        "description": "The run's id, the caller's own: digits name the integer.",
        "schema": {**_TEXT, "maxLength": MAX_ID_LENGTH},
    },
    "trace": {"description": "The `trace_id` that runs were reported with.", "schema": _TEXT},
    "watch": {"description": "The watch's id.", "schema": _TEXT},
}


def operation(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    """What stands under the route's path and method."""
    summary, _, rest = (getdoc(endpoint.view) or "").partition("\n\n")
    described: dict[str, Any] = {
        "operationId": endpoint.view.__name__,
        "tags": [tag_of(endpoint)],
        "summary": " ".join(summary.split()).rstrip("."),
        "description": rest,
        "security": [] if endpoint.scope == "public" else [{"token": [endpoint.scope]}],
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint, schemas)],
        "requestBody": _request_body(endpoint, schemas),
        "responses": _responses(endpoint, schemas),
    }
    return {name: value for name, value in described.items() if value not in ("", None)}


def tag_of(endpoint: Endpoint) -> str:
    """The name of the module that holds the view."""
    return endpoint.view.__module__.rpartition(".")[2]


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    places = enumerate(endpoint.path.split("/"))
    variables = [(place, part[1:-1]) for place, part in places if part.startswith("{")]
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            **_PATH_PARAMETERS[name],
            **path_example(endpoint, place, _PATH_PARAMETERS[name]["schema"]),
        }
        for place, name in variables
    ]


def _query_parameters(endpoint: Endpoint, schemas: Schemas) -> list[dict[str, Any]]:
    query = schemas.of_query(endpoint.query)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in query.get("required", ()),
            **{key: value for key, value in schema.items() if key == "description"},
            "schema": {key: value for key, value in schema.items() if key != "description"},
            **query_example(endpoint, name, schema),
        }
        for name, schema in query.get("properties", {}).items()
    ]


def _request_body(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any] | None:
    shape = body_of(endpoint)
    if shape is None:
        return None
    content = {"schema": schemas.of_request(shape)}
    return {"required": True, "content": {JSON: content | request_examples(endpoint)}}


def _responses(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    responses = {
        str(status): _answer(endpoint, status, shape, schemas)
        for status, shape in endpoint.answers.items()
    }
    for status, problems in problems_of(endpoint).items():
        if status in endpoint.answers:
            # One status for two things, which their media types tell apart.
            _join(responses[str(status)], problem_response(problems))
        else:
            name = response_name(problems)
            responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
    return dict(sorted(responses.items()))


def _answer(endpoint: Endpoint, status: int, shape: Any, schemas: Schemas) -> dict[str, Any]:
    if shape is None:
        headers = {"X-Request-Id": header("X-Request-Id")}
        return {"description": _PHRASES[status], "headers": headers}
    first, *others = endpoint.produces
    schema = schemas.of_answer(shape)
    content: dict[str, Any] = {
        first: {"schema": schema, **answer_examples(endpoint, status, first)}
    }
    for media_type in others:
        content[media_type] = {
            "schema": {"type": "string"},
            **answer_examples(endpoint, status, media_type),
        }
    names = ["X-Request-Id"]
    if "cursor" in endpoint.query.__annotations__:
        names.append("Link")
    return {
        "description": _PHRASES[status],
        "headers": {name: header(name) for name in names},
        "content": content,
    }


def _join(response: dict[str, Any], problem: dict[str, Any]) -> None:
    response["description"] += f"\n\n{problem['description']}"
    response["content"][PROBLEM_JSON] = problem["content"][PROBLEM_JSON]
