"""Whether an answer is one that the API document promises: status, media type, schema, headers.

Every answer that the integration tests get is held against it. Objects may hold nothing that the
document does not name, so that a field without documentation shows as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from chalicelib.http import ENDPOINTS
from chalicelib.openapi.document import build_document

_DOCUMENT = "urn:document"
_UNDOCUMENTED = {route.path for route in ENDPOINTS if not route.documented}
# What any address answers to a method that it does not take.
_ANYWHERE = {405: {"$ref": f"{_DOCUMENT}#/components/schemas/ProblemDocument"}}
# Lists hold up to thousands of items, all made by the same code.
_ITEMS = 50


@cache
def document() -> dict[str, Any]:
    """The document as clients would read it back."""
    made: dict[str, Any] = json.loads(json.dumps(build_document()))
    return made


def check_answer(
    method: str, route: str, status: int, headers: Mapping[str, str], text: str
) -> None:
    """Raises AssertionError when the document does not promise this answer."""
    if route in _UNDOCUMENTED or method in ("OPTIONS", "HEAD"):
        return
    where = f"{method} {route} answered {status}"
    assert headers.get("X-Request-Id"), f"{where} without X-Request-Id"
    media_type = headers.get("Content-Type", "").partition(";")[0]
    assert bool(media_type) == bool(text), f"{where} as '{media_type}' with {len(text)} characters"
    if status in _ANYWHERE:
        schema = _ANYWHERE[status]
    else:
        operation = document()["paths"][route][method.lower()]
        assert str(status) in operation["responses"], f"{where}, which is not documented"
        response = resolve(operation["responses"][str(status)])
        if "content" not in response:
            assert text == "", f"{where} with a body: not documented"
            return
        assert media_type in response["content"], f"{where} as {media_type}: not documented"
        undocumented = ({"Link", "Retry-After", "WWW-Authenticate"} & headers.keys()) - response[
            "headers"
        ].keys()
        assert not undocumented, f"{where} with {undocumented}: not documented"
        schema = response["content"][media_type]["schema"]
    answer = (
        json.loads(text) if media_type.endswith("json") and "ndjson" not in media_type else text
    )
    if isinstance(answer, list):
        answer = answer[:_ITEMS]
    check_schema(answer, schema, where)


def check_schema(value: Any, schema: dict[str, Any], where: str) -> None:
    """Raises AssertionError naming what in the value does not fit, and where it was seen."""
    validator = Draft202012Validator(
        _absolute(schema), registry=_registry(), format_checker=FormatChecker()
    )
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert not errors, f"{where}: {'; '.join(errors)[:2000]}"


def resolve(found: dict[str, Any]) -> dict[str, Any]:
    """What a reference within the document stands for; anything else as it is."""
    if set(found) != {"$ref"}:
        return found
    target: Any = document()
    for part in found["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return dict(target)


@cache
def _registry() -> Registry[Any]:
    strict = deepcopy(document())
    for schema in strict["components"]["schemas"].values():
        # Not additionalProperties: a reference may add to what the object has.
        schema.setdefault("unevaluatedProperties", False)
    resource = Resource.from_contents(strict, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(_DOCUMENT, resource)
    return registry


def _absolute(schema: Any) -> Any:
    """The schema with references that lead into the document from outside."""
    if isinstance(schema, list):
        return [_absolute(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _absolute(value) for name, value in schema.items()}
    if isinstance(made.get("$ref"), str) and made["$ref"].startswith("#"):
        made["$ref"] = _DOCUMENT + made["$ref"]
    return made
