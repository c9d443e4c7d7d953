"""Texts and metadata that are longer than what is kept: cut, and not refused.

A run is worth more than the end of its stack trace. What was cut is named by its path, so that
nobody takes the rest for the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import to_json

from chalicelib.values.numbers import INT64_MAX, INT64_MIN

MAX_TEXT_BYTES = 4096
MAX_METADATA_BYTES = 16_384
MAX_METADATA_KEYS = 50
# Paths of one run that are listed; where there are more, the last one is all of the metadata.
MAX_PATHS = 50
_MAX_PATH_LENGTH = 100
_ELLIPSIS = "…"
_BRACES, _COMMA_AND_COLON = 2, 2


class CutText(str):
    """A text of which the end was cut off."""

    __slots__ = ()


class CutMetadata(dict[str, Any]):
    """Metadata with the paths of what was cut, or left out."""

    def __init__(self, kept: Mapping[str, Any], paths: list[str]) -> None:
        super().__init__(kept)
        self.paths = paths


def cut_text(text: str) -> str:
    """The text in at most MAX_TEXT_BYTES of UTF-8, cut at a character and ending in an ellipsis."""
    # No character has more than four bytes.
    if len(text) * 4 <= MAX_TEXT_BYTES:
        return text
    encoded = text.encode()
    if len(encoded) <= MAX_TEXT_BYTES:
        return text
    kept = encoded[: MAX_TEXT_BYTES - len(_ELLIPSIS.encode())].decode(errors="ignore")
    return CutText(kept + _ELLIPSIS)


def metadata(value: Any) -> dict[str, Any]:
    """A flat object of texts, numbers and booleans, without nulls and what is too much.

    At most 50 keys, each text at most 4096 bytes, and 16 KB as compact JSON in all. Raises
    ValueError for anything else, with a text for the client.
    """
    if not isinstance(value, dict):
        raise ValueError("metadata is an object of texts, numbers and booleans")
    known = {key: item for key, item in value.items() if item is not None}
    for key, item in known.items():
        _check_entry(key, item)
    if len(known) <= MAX_METADATA_KEYS and len(to_json(known)) <= MAX_TEXT_BYTES:
        return known
    return _fit(known)


def _fit(known: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    paths = []
    for key, item, has_room in _measured(known):
        if not has_room or type(item) is CutText:
            paths.append(f"metadata.{key}"[:_MAX_PATH_LENGTH])
        if has_room:
            kept[key] = str(item) if type(item) is CutText else item
    if not paths:
        return kept
    if len(paths) > MAX_PATHS:
        paths[MAX_PATHS - 1 :] = ["metadata"]
    return CutMetadata(kept, paths)


def _measured(known: Mapping[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Each entry, cut where it has to be, and whether there is room for it."""
    count, size = 0, _BRACES
    for key, item in known.items():
        cut = cut_text(item) if isinstance(item, str) else item
        more = len(to_json(key)) + len(to_json(cut)) + _COMMA_AND_COLON
        has_room = count < MAX_METADATA_KEYS and size + more <= MAX_METADATA_BYTES
        if has_room:
            count, size = count + 1, size + more
        yield key, cut, has_room


def _check_entry(key: Any, item: Any) -> None:
    if not isinstance(key, str) or not key or key.startswith("$") or "\0" in key:
        raise ValueError(
            f"the key {_short(key)} must be text that is not empty, without NUL or a first $"
        )
    if isinstance(item, str | bool):
        return
    if isinstance(item, int):
        if not INT64_MIN <= item <= INT64_MAX:
            raise ValueError(f"{_short(key)}: an integer has at most 64 bits")
    elif not isinstance(item, float) or not math.isfinite(item):
        raise ValueError(
            f"{_short(key)}: must be a text, a finite number or a boolean; metadata is flat"
        )


def _short(key: Any) -> str:
    """A key as a message can carry it."""
    return repr(key[:40] if isinstance(key, str) else key)
