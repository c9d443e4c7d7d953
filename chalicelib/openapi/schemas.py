"""The shapes of chalicelib.wire.models and metric_models as JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from chalicelib.http import Endpoint
from chalicelib.wire.models import adapter
from chalicelib.wire.reply_models import ProblemDocument

Mode = Literal["validation", "serialization"]
Schema = dict[str, Any]


class _Untitled(GenerateJsonSchema):
    """Without the titles that repeat every field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


class Schemas:
    """The schema of every shape that the endpoints name, sharing their definitions."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        inputs = dict.fromkeys((*_requests(endpoints), *_answers(endpoints)))
        self._by_shape, found = TypeAdapter.json_schemas(
            [(shape, mode, adapter(shape)) for shape, mode in inputs],
            ref_template="#/components/schemas/{model}",
            schema_generator=_Untitled,
        )
        self.definitions: dict[str, Schema] = found["$defs"]
        for definition in self.definitions.values():
            definition.pop("title", None)

    def of_request(self, shape: Any) -> Schema:
        return self._by_shape[shape, "validation"]

    def of_answer(self, shape: Any) -> Schema:
        return self._by_shape[shape, "serialization"]

    def of_query(self, shape: Any) -> Schema:
        """The schema of a query itself: its fields become parameters, so it is no component."""
        return adapter(shape).json_schema(schema_generator=_Untitled)


def _requests(endpoints: Iterable[Endpoint]) -> Iterator[tuple[Any, Mode]]:
    for endpoint in endpoints:
        shape = body_of(endpoint)
        if shape is not None:
            yield shape, "validation"


def _answers(endpoints: Iterable[Endpoint]) -> Iterator[tuple[Any, Mode]]:
    yield ProblemDocument, "serialization"
    for endpoint in endpoints:
        for shape in endpoint.answers.values():
            if shape is not None:
                yield shape, "serialization"


def body_of(endpoint: Endpoint) -> Any:
    """The shape of the endpoint's body, or None."""
    return endpoint.documents_body if endpoint.body is None else endpoint.body
