"""Examples of the API document: what a session with the app really sent and was answered.

`examples.json` is recorded by `make openapi` and compared by a test; nothing in it is written by
hand. Shape: {"exchanges": [{"operation", "name", "path", "request", "status", "media_type",
"answer"}], "problems": {code: problem document}}.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from chalicelib.http import Endpoint

RECORDING = Path(__file__).with_name("examples.json")


@cache
def recording() -> dict[str, Any]:
    """The recorded session; empty before the first recording."""
    if not RECORDING.is_file():
        return {"exchanges": [], "problems": {}}
    found: dict[str, Any] = json.loads(RECORDING.read_text("utf-8"))
    return found


def path_example(endpoint: Endpoint, place: int, schema: Mapping[str, Any]) -> dict[str, Any]:
    """`example` of the path parameter at this place among the path's segments."""
    for exchange in _exchanges(endpoint):
        text = urlsplit(exchange["path"]).path.split("/")[place]
        return {"example": _typed(unquote(text), schema)}
    return {}


def query_example(endpoint: Endpoint, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """`example` of the query parameter with this name."""
    for exchange in _exchanges(endpoint):
        for given, text in parse_qsl(urlsplit(exchange["path"]).query):
            if given == name:
                return {"example": _typed(text, schema)}
    return {}


def request_examples(endpoint: Endpoint) -> dict[str, Any]:
    """`examples` of a request body, by name."""
    return _examples(
        (exchange["name"], exchange["request"])
        for exchange in _exchanges(endpoint)
        if exchange["request"] is not None
    )


def answer_examples(endpoint: Endpoint, status: int, media_type: str) -> dict[str, Any]:
    """`examples` of an answer with this status and media type, by name."""
    return _examples(
        (exchange["name"], exchange["answer"])
        for exchange in _exchanges(endpoint)
        if (exchange["status"], exchange["media_type"]) == (status, media_type)
    )


def problem_examples() -> dict[str, Any]:
    """One example for each code of an error."""
    return {code: {"value": document} for code, document in recording()["problems"].items()}


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    return json.loads(text) if schema.get("type") in ("integer", "number") else text


def _exchanges(endpoint: Endpoint) -> list[dict[str, Any]]:
    operation = endpoint.view.__name__
    return [e for e in recording()["exchanges"] if e["operation"] == operation]


def _examples(named: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    examples: dict[str, Any] = {}
    for name, value in named:
        if {"value": value} not in examples.values():
            examples[name] = {"value": value}
    return {"examples": examples} if examples else {}
