"""API Gateway's own answers, in the words of the service.

What never reaches the function (an unknown path, too many requests) is answered by API Gateway:
as problem+json with CORS, so that clients meet one kind of error.
"""

from __future__ import annotations

import json
from typing import Any

from chalicelib.errors import (
    Denied,
    MethodNotAllowed,
    NoAnswer,
    PayloadTooLarge,
    Problem,
    Refused,
    RouteNotFound,
    Throttled,
    Unauthorized,
    UnsupportedMediaType,
)
from chalicelib.http import PROBLEM_JSON
from chalicelib.wire.telemetry_models import BINARY_MEDIA_TYPES

ANY_METHOD = "x-amazon-apigateway-any-method"
BINARY_TYPES = "x-amazon-apigateway-binary-media-types"


# The names are API Gateway's. Its own messages are not repeated: for an unknown path they may
# quote the Authorization header.
_UNKNOWN_PATH = RouteNotFound("there is nothing at this address")
_DENIED = Denied("the request was denied before it reached the service")
ANSWERS: dict[str, Problem] = {
    # An unknown path, without and with an Authorization header.
    "MISSING_AUTHENTICATION_TOKEN": _UNKNOWN_PATH,
    "INVALID_SIGNATURE": _UNKNOWN_PATH,
    "RESOURCE_NOT_FOUND": _UNKNOWN_PATH,
    "UNAUTHORIZED": Unauthorized("send a token: 'Authorization: Bearer ...'"),
    "ACCESS_DENIED": _DENIED,
    "WAF_FILTERED": _DENIED,
    "REQUEST_TOO_LARGE": PayloadTooLarge(
        "the request is larger than what reaches the service (6 MB): split the batch"
    ),
    "UNSUPPORTED_MEDIA_TYPE": UnsupportedMediaType(
        "send JSON, with 'Content-Type: application/json'"
    ),
    "THROTTLED": Throttled("too many requests at once; retry shortly"),
    "DEFAULT_4XX": Refused("the request was refused before it reached the service"),
    # The function was throttled, too slow or broken. A retry is safe, whatever the cause.
    "DEFAULT_5XX": NoAnswer("the service did not answer; retry shortly"),
}


def add_answers(template: dict[str, Any]) -> None:
    """Put the answers above into a SAM template, and the refusal of unknown methods.

    Bodies in protobuf are no text: API Gateway hands those on as Base64. What the service answers
    is text in any case. Compressed bodies arrive unpacked, because the stage compresses.
    """
    properties = template["Resources"]["RestAPI"]["Properties"]
    properties["DefinitionBody"][BINARY_TYPES] = list(BINARY_MEDIA_TYPES)
    properties["GatewayResponses"] = {name: _response(p) for name, p in ANSWERS.items()}
    for operations in properties["DefinitionBody"]["paths"].values():
        operations[ANY_METHOD] = _refusal(operations)


def _response(problem: Problem) -> dict[str, Any]:
    document = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": "$context.requestId",
    }
    headers = {
        "Content-Type": PROBLEM_JSON,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        # These answers hold nothing that a page of another origin must not see.
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Retry-After",
        **problem.headers,
    }
    return {
        "StatusCode": problem.status,
        "ResponseParameters": {"Headers": {name: f"'{text}'" for name, text in headers.items()}},
        "ResponseTemplates": {"application/json": json.dumps(document)},
    }


def _refusal(operations: dict[str, Any]) -> dict[str, Any]:
    """An operation for the methods that a path does not have: the service answers 405 itself.

    API Gateway would call the path unknown. `Allow` is the service's to know.
    """
    known = next(iter(operations.values()))
    return {
        "responses": {str(MethodNotAllowed.status): {"description": MethodNotAllowed.title}},
        "x-amazon-apigateway-integration": known["x-amazon-apigateway-integration"],
    }
