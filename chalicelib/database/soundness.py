"""Stored documents that lack a field, or have another type in it, because somebody bent them.

Such a document is left out of every answer and named in the log, so that it spoils nothing but
itself; `manage.py verify` lists them all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import (
    Any,
    Literal,
    NamedTuple,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from bson.int64 import Int64
from typing_extensions import is_typeddict

from chalicelib.database.connection import Document
from chalicelib.database.documents import RunDocument

log = logging.getLogger("agent_metrics")
# What a run has that was not deleted, which has a shape of its own in nothing but this.
_OF_EVERY_RUN = ("status", "outcome", "recorded_at")
_WHOLE = {int, Int64}
_TYPES: dict[Any, set[Any]] = {int: _WHOLE, float: {float, *_WHOLE}, Literal: {str}}


class Kind(NamedTuple):
    """What a field may hold: values of these types, a list of `items`, one of some `words`."""

    is_required: bool
    types: frozenset[type]
    items: frozenset[type] | None = None
    words: frozenset[str] | None = None

    def holds(self, value: Any) -> bool:
        if type(value) not in self.types:
            return False
        if self.items is not None and type(value) is list:
            return all(type(item) in self.items for item in value)
        return self.words is None or value is None or value in self.words


def sound(documents: Iterable[Document], shape: Any, *fields: str) -> Iterator[Any]:
    """The documents that have the shape, a TypedDict of chalicelib.database.documents.

    Of documents that were read in part only these `fields` are looked at.
    """
    return (document for document in documents if is_sound(document, shape, *fields))


def is_sound(document: Document, shape: Any, *fields: str) -> bool:
    """Whether the document has the shape; else it is named in the log."""
    bent = bent_fields(document, shape, *fields)
    if bent:
        name, texts = shape.__name__.removesuffix("Document").lower(), ", ".join(bent)
        log.error("left out: the %s %s is bent in %s", name, _identity(document), texts)
    return not bent


def bent_fields(document: Document, shape: Any, *fields: str) -> list[str]:
    """The fields of the shape that the document lacks, or has otherwise."""
    kinds = kinds_of(shape)
    return [
        name
        for name in fields or kinds
        if (not kinds[name].holds(document[name]) if name in document else kinds[name].is_required)
    ]


@cache
def kinds_of(shape: Any) -> Mapping[str, Kind]:
    """What each field of a shape may hold."""
    kinds = {name: _kind(hint) for name, hint in _hints(shape).items() if name != "_id"}
    if shape is RunDocument:
        kinds |= {name: kinds[name]._replace(is_required=True) for name in _OF_EVERY_RUN}
    return kinds


def _hints(shape: Any) -> dict[str, Any]:
    return get_type_hints(shape, include_extras=True)


def _kind(hint: Any) -> Kind:
    is_required = get_origin(hint) is not NotRequired
    hint = hint if is_required else get_args(hint)[0]
    options = get_args(hint) if get_origin(hint) in (Union, type(int | str)) else (hint,)
    types: set[type] = set()
    items = words = None
    for option in options:
        types |= _types_of(option)
        if get_origin(option) is list:
            items = frozenset(_types_of(get_args(option)[0]))
        if get_origin(option) is Literal:
            words = frozenset(get_args(option))
    return Kind(is_required, frozenset(types), items, words)


def _types_of(hint: Any) -> set[Any]:
    """The types of the driver's values that a hint stands for."""
    origin = get_origin(hint) or hint
    return _TYPES.get(origin, {dict} if is_typeddict(origin) else {origin})


def _identity(document: Document) -> str:
    identity = document.get("_id")
    if isinstance(identity, Mapping):
        return " ".join(str(part) for part in identity.values())
    return str(identity)
