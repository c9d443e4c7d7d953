"""In which order versions come: 1.10 after 1.9, and a release after its candidates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

# What follows the numbers without a dot or a dash is one of a few words: 4f2a91c is a hash.
_WORD = r"[-.][A-Za-z][0-9A-Za-z.-]*|(?:a|b|c|rc|alpha|beta|pre|dev|post|p)\d*"
_RELEASE = re.compile(rf"v?(\d+(?:\.\d+)*)({_WORD})?(?:\+.*)?", re.ASCII)
_PARTS = re.compile(r"\d+|[A-Za-z]+")
# More digits than any release number has; a hash that is all digits is no number of a release.
_MOST_DIGITS = 9

Key = tuple[Any, ...]


def order_key(name: str) -> Key | None:
    """Where a version comes among others, or None where its name says nothing about that.

    A name says something that is dotted numbers, with or without "v" before and a word such as
    rc1, beta.2 or dev3 behind: 1.9, v2.0.0-rc.1, 2026.11.3.
    """
    match = _RELEASE.fullmatch(name.strip())
    if match is None or any(len(part) > _MOST_DIGITS for part in match[1].split(".")):
        return None
    numbers = [int(part) for part in match[1].split(".")]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return (tuple(numbers), *_rank_suffix(match[2]))


def says_order(names: Iterable[str]) -> bool:
    """Whether all of these names say where they come."""
    return all(order_key(name) is not None for name in names)


def _rank_suffix(suffix: str | None) -> Key:
    """A release comes after its candidates, and patches (post, p) after the release."""
    if suffix is None:
        return (1, ())
    suffix = suffix.lstrip("-.")
    parts = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part.lower())
        for part in _PARTS.findall(suffix)
    )
    is_later = re.match(r"(?:post|patch|p\d)", suffix, re.IGNORECASE)
    return (2 if is_later else 0, parts)
