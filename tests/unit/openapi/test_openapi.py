"""The API document: valid, complete, exemplified, and the same as the committed one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

import app  # noqa: F401 - registers the routes
from chalicelib.http import ENDPOINTS, Endpoint
from chalicelib.openapi.document import document_text
from chalicelib.openapi.problems import every_problem
from management.openapi import DOCUMENT, committed_text
from tests.api_contract import check_schema, document, resolve

ROOT = Path(__file__).parents[3]
DOCUMENTED = [endpoint for endpoint in ENDPOINTS if endpoint.documented]

every_endpoint = pytest.mark.parametrize(
    "endpoint", DOCUMENTED, ids=lambda endpoint: endpoint.view.__name__
)


def operation_of(endpoint: Endpoint) -> dict[str, Any]:
    return dict(document()["paths"][endpoint.path][endpoint.method.lower()])


def test_the_committed_document_is_the_generated_one() -> None:
    assert committed_text() == DOCUMENT.read_text("utf-8"), "run 'make openapi'"


def test_it_is_openapi_3_1() -> None:
    validate(document())
    assert document()["openapi"].startswith("3.1.")


def test_a_served_document_names_the_server_that_it_came_from() -> None:
    served = json.loads(document_text("https://api.example.com/stage"))
    assert served["servers"] == [{"url": "https://api.example.com/stage"}]
    assert served | {"servers": []} == document() | {"servers": []}


def test_the_app_starts_without_it() -> None:
    """Building it takes longer than all other work of a cold start."""
    probe = "import sys, app; print([m for m in sys.modules if m.startswith('chalicelib.openapi')])"
    found = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_every_endpoint_for_clients_is_in_it_and_no_other() -> None:
    described = {
        (method.upper(), path)
        for path, methods in document()["paths"].items()
        for method in methods
    }
    assert described == {(endpoint.method, endpoint.path) for endpoint in DOCUMENTED}


def test_an_operation_is_called_as_its_view() -> None:
    names = [operation_of(endpoint)["operationId"] for endpoint in DOCUMENTED]
    assert names == [endpoint.view.__name__ for endpoint in DOCUMENTED]
    assert len(set(names)) == len(names)


@every_endpoint
def test_an_operation_says_which_token_it_needs(endpoint: Endpoint) -> None:
    needed = [] if endpoint.scope == "public" else [{"token": [endpoint.scope]}]
    assert operation_of(endpoint)["security"] == needed


@every_endpoint
def test_every_parameter_says_what_it_means(endpoint: Endpoint) -> None:
    silent = [p["name"] for p in operation_of(endpoint)["parameters"] if not p.get("description")]
    assert silent == []


@every_endpoint
def test_every_answer_tells_the_request_id_and_a_list_its_next_page(endpoint: Endpoint) -> None:
    responses = operation_of(endpoint)["responses"]
    for response in map(resolve, responses.values()):
        assert "X-Request-Id" in response["headers"]
    is_list = "cursor" in endpoint.query.__annotations__
    success = resolve(responses[str(min(endpoint.answers))])
    assert ("Link" in success["headers"]) == is_list


def test_every_error_is_in_the_text_and_says_when_to_retry() -> None:
    for problem in every_problem():
        assert f"`{problem.code}` ({problem.status})" in document()["info"]["description"]
        assert problem.__doc__, f"{problem.__name__} does not say what it means"
    for response in document()["components"]["responses"].values():
        media = response["content"]["application/problem+json"]
        codes = set(media["schema"]["properties"]["code"]["enum"])
        assert codes == media["examples"].keys()
        passing = bool(codes & {p.code for p in every_problem() if p.status in (429, 503)})
        assert ("Retry-After" in response["headers"]) == passing


def test_every_example_fits_its_schema() -> None:
    found = list(examples())
    assert len(found) > 100
    for where, schema, value in found:
        check_schema(value, schema, where)


def examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """(where, schema, value) of each example in the document."""
    for endpoint in DOCUMENTED:
        operation, name = operation_of(endpoint), endpoint.view.__name__
        for parameter in operation["parameters"]:
            if "example" in parameter:
                yield f"{name} {parameter['name']}", parameter["schema"], parameter["example"]
        yield from _media_examples(name, operation.get("requestBody", {}))
        for status, response in operation["responses"].items():
            yield from _media_examples(f"{name} {status}", resolve(response))


def _media_examples(where: str, described: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for media_type, media in described.get("content", {}).items():
        for name, example in media.get("examples", {}).items():
            yield f"{where} {media_type} {name}", media["schema"], resolve(example)["value"]
