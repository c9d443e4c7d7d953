"""Errors without what differs from run to run, so that those of one kind read the same."""

from __future__ import annotations

import re

MAX_PATTERN = 300
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    # UUIDs, then addresses in memory, then hashes and keys: eight or more of letters and digits
    # that have both.
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b0x[0-9a-f]+\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[a-z])\w{8,}\b", re.IGNORECASE), "<id>"),
    # Instants before numbers, so that they are one mask and not six.
    (
        re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"),
        "<time>",
    ),
    (re.compile(r"(?<![\w.])[-+]?\d+(?:[.,:]\d+)*"), "<n>"),
    (re.compile(r"\d+"), "<n>"),
    (re.compile(r"\s+"), " "),
)


def mask(text: str) -> str:
    """The text with numbers, times and ids masked, on one line, cut at MAX_PATTERN characters."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    text = text.strip()
    return text if len(text) <= MAX_PATTERN else f"{text[: MAX_PATTERN - 1]}…"
