"""What a shape says of its values, in place of pydantic's Field, AfterValidator and their kin.

Importing those brings the larger half of pydantic, a quarter of a cold start, before any body
has arrived. The hooks below are read only when a shape's validator is built, at its first use.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pydantic_core import CoreSchema, PydanticCustomError, ValidationError, core_schema

Handler = Callable[[Any], Any]


def request(shape: Any = None, /, **wire_names: str) -> Any:
    """Marks a TypedDict that clients send: fields it does not name are refused, no type is bent.

    `wire_names` gives the fields that are called otherwise on the wire, because `from` and `pass`
    are keywords of Python: `@request(start="from")`. A shape that inherits such a field inherits
    its name.
    """
    return _configured(shape, wire_names, {"extra": "forbid", "strict": True})


def answer(shape: Any = None, /, **wire_names: str) -> Any:
    """Marks a TypedDict that is answered with fields that are called otherwise on the wire."""
    return _configured(shape, wire_names, {})


def _configured(shape: Any, wire_names: Mapping[str, str], options: Mapping[str, Any]) -> Any:
    """The shape with its configuration; without one, what configures the shape that follows."""
    if shape is None:
        return partial(_configured, wire_names=wire_names, options=options)
    inherited = (getattr(base, "__wire_names__", {}) for base in shape.__orig_bases__)
    names = dict(ChainMap(dict(wire_names), *inherited))
    shape.__wire_names__ = names
    shape.__pydantic_config__ = {
        **options,
        "alias_generator": lambda name: names.get(name, name),
    }
    return shape


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


class Tagged(_Documented):
    """One of several shapes, chosen by what the field named `tag` says."""

    def __init__(self, tag: str, choices: Mapping[str, Any]) -> None:
        super().__init__()
        self.tag = tag
        self.choices = choices

    def __get_pydantic_core_schema__(self, source: object, handler: Any) -> CoreSchema:
        choices = {name: handler.generate_schema(shape) for name, shape in self.choices.items()}
        union = core_schema.tagged_union_schema(
            choices,
            self.tag,
            custom_error_type="unknown_choice",
            custom_error_message=f"must be an object whose '{self.tag}' is one of: "
            + ", ".join(self.choices),
        )
        return core_schema.no_info_wrap_validator_function(self._validate, union)

    def _validate(self, value: Any, validate: Handler) -> Any:
        try:
            return validate(value)
        except ValidationError as error:
            # The chosen shape's name is no part of where the mistake is.
            found = [self._without_choice({**e}) for e in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(error.title, found) from None

    def _without_choice(self, error: dict[str, Any]) -> Any:
        loc = error["loc"]
        if error["type"] == "unknown_choice":
            made = PydanticCustomError("unknown_choice", error["msg"])
            return {"type": made, "loc": loc, "input": error["input"]}
        kept = {name: error[name] for name in ("type", "input", "ctx") if name in error}
        return kept | {"loc": loc[1:] if loc and loc[0] in self.choices else loc}


class Parsed(_Documented):
    """A function of the value as it was sent, whatever its type; `documented` says all of it."""

    def __init__(self, parse: Callable[[Any], Any], documented: Mapping[str, Any]) -> None:
        super().__init__(documented)
        self.parse = parse

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Handler) -> dict[str, Any]:
        return dict(self.documented)
