"""What a notification says, before it takes the form of any receiver."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple


class Message(NamedTuple):
    """One notification.

    `event_id` is the same for every try at delivering it. `state` is the state entered, `title` a
    line, `text` a few sentences, `facts` the numbers as (name, value); `page` the address to look
    at, if it is known. `data` is all of it for programs.
    """

    event_id: str
    event_type: str
    at: datetime
    watch_id: str
    state: str
    title: str
    text: str
    facts: tuple[tuple[str, str], ...]
    page: str | None
    source: str
    data: dict[str, Any]


def cut(text: str, most: int) -> str:
    """The text in at most so many characters, ending in … where it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"
