"""What runs and tasks are called: a 64-bit integer or a text.

A text that is how such an integer is written is that integer, so a path, a query parameter, a cell
of a CSV file and JSON all name the same run.
"""

from __future__ import annotations

import re
from typing import Any

from chalicelib.values.numbers import INT64_MAX, INT64_MIN, whole

MAX_ID_LENGTH = 200
_CANONICAL = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
_HELP = f"an id is a 64-bit integer, or a text of 1 to {MAX_ID_LENGTH} printable characters"

Identity = int | str


def identity(value: Any) -> Identity:
    """The id that a client sent. Raises ValueError with a text for the client."""
    return identity_of_text(value) if type(value) is str else whole(value, _HELP)


def identity_of_text(text: str) -> Identity:
    """The id that a text names, as in a path. Raises ValueError with a text for the client."""
    if _CANONICAL.fullmatch(text) and INT64_MIN <= int(text) <= INT64_MAX:
        return int(text)
    if not 1 <= len(text) <= MAX_ID_LENGTH or is_blank(text) or has_control(text):
        raise ValueError(_HELP)
    return text


def is_blank(text: str) -> bool:
    """Whether a person sees nothing in the text: blanks, or characters that draw nothing."""
    return text.isspace() or (
        not text.isprintable() and not any(c.isprintable() and c != " " for c in text)
    )


def has_control(text: str) -> bool:
    """Whether a control character is in the text."""
    return not text.isprintable() and any(c < " " or "\x7f" <= c <= "\x9f" for c in text)
