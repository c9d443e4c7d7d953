"""What a shape says of its values, in place of pydantic's Field, AfterValidator and their kin.

Importing those brings the larger half of pydantic, a quarter of a cold start, before any body
has arrived. The hooks below are read only when a shape's validator is built, at its first use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic_core import CoreSchema, core_schema

Shape = TypeVar("Shape")
Handler = Callable[[Any], Any]

# `from` and `pass` are keywords of Python.
_NAMES_ON_THE_WIRE = {"start": "from", "end": "to", "passed": "pass"}


def request(shape: type[Shape]) -> type[Shape]:
    """A TypedDict that clients send: fields it does not name are refused, no type is bent.

    As in answers, a field that has another name on the wire is listed above.
    """
    shape.__pydantic_config__ = {  # type: ignore[attr-defined]
        "extra": "forbid",
        "strict": True,
        "alias_generator": _name_on_the_wire,
    }
    return shape


def answer(shape: type[Shape]) -> type[Shape]:
    """A TypedDict that is answered, with fields that have other names on the wire."""
    shape.__pydantic_config__ = {  # type: ignore[attr-defined]
        "alias_generator": _name_on_the_wire
    }
    return shape


def _name_on_the_wire(name: str) -> str:
    return _NAMES_ON_THE_WIRE.get(name, name)


class _Documented:
    """`documented` goes into the API document beside what pydantic finds itself."""

    def __init__(self, documented: Mapping[str, Any] | None = None) -> None:
        self.documented = documented or {}

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Handler) -> dict[str, Any]:
        return {**handler(schema), **self.documented}


class Meaning(_Documented):
    """What a field means, in a sentence for the API document."""

    def __init__(self, description: str) -> None:
        super().__init__({"description": description})


class Bounds(_Documented):
    """Limits in pydantic_core's words: ge, le, min_length, max_length, allow_inf_nan."""

    def __init__(self, documented: Mapping[str, Any] | None = None, **bounds: float) -> None:
        super().__init__(documented)
        self.bounds = bounds

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> Any:
        return {**handler(source), **self.bounds}


class Checked(_Documented):
    """A function of the validated value, which gives what is kept; its ValueError refuses."""

    def __init__(
        self, check: Callable[[Any], Any], documented: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(documented)
        self.check = check

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))


class Parsed(_Documented):
    """A function of the value as it was sent, whatever its type; `documented` says all of it."""

    def __init__(self, parse: Callable[[Any], Any], documented: Mapping[str, Any]) -> None:
        super().__init__(documented)
        self.parse = parse

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Handler) -> dict[str, Any]:
        return dict(self.documented)
