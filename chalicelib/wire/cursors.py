"""Opaque cursors: where a page of a list ended, bound to the filters it was made with."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from bson import ObjectId
from bson.errors import InvalidId

from chalicelib.errors import InvalidCursor
from chalicelib.values.instants import from_ms, to_ms


def encode_cursor(position: list[Any], binding: Mapping[str, Any]) -> str:
    """URL-safe text of a position: a list of ids, datetimes, texts and integers."""
    content = [_digest(binding), *map(_to_json, position)]
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(
    text: str, binding: Mapping[str, Any], shape: tuple[Callable[[Any], Any], ...]
) -> list[Any]:
    """The position in a cursor; `shape` reads its parts (see `read_*`).

    Raises InvalidCursor when it was not made here, or for other filters.
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        digest, *parts = content
        position = [read(part) for read, part in zip(shape, parts, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error, InvalidId):
        raise InvalidCursor(
            "the cursor is not one of this API: use the address in the Link header as it is"
        ) from None
    if digest != _digest(binding):
        raise InvalidCursor(
            "the cursor belongs to a list with other filters: start again without a cursor"
        )
    return position


def read_instant(part: Any) -> Any:
    return from_ms(read_integer(part))


def read_integer(part: Any) -> int:
    if type(part) is not int or not -(2**63) <= part < 2**63:
        raise ValueError("not an integer")
    return part


def read_identity(part: Any) -> int | str:
    """A run's id."""
    return read_text(part) if isinstance(part, str) else read_integer(part)


def read_object_id(part: Any) -> ObjectId:
    return ObjectId(read_text(part))


def read_text(part: Any) -> str:
    if not isinstance(part, str):
        raise ValueError("not a text")
    part.encode()  # a lone surrogate is no text either
    return part


def _to_json(part: Any) -> Any:
    if isinstance(part, str | int):
        return part
    return str(part) if isinstance(part, ObjectId) else to_ms(part)


def _digest(binding: Mapping[str, Any]) -> str:
    text = json.dumps(sorted(binding.items()), default=str)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
