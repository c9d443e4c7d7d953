"""The history of a watch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from chalicelib.database import Document, Order, collection, walk
from chalicelib.database.documents import WatchEventDocument
from chalicelib.database.indexes import EVENTS_OF_WATCH
from chalicelib.watches.looking import flush

_NEWEST = Order(EVENTS_OF_WATCH, (("watch_id", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)))


def list_events(
    watch: Document, *, position: tuple[datetime, str] | None, limit: int
) -> Iterator[Document]:
    """A watch's events, newest first, from behind `position` (at, id)."""
    flush([watch])
    scope = watch["_id"]
    return walk(
        collection("watch_events"),
        _NEWEST,
        {"watch_id": scope},
        low=_NEWEST.before(scope),
        high=_NEWEST.after(scope),
        position=_NEWEST.before(scope, *position) if position else None,
        limit=limit,
        shape=WatchEventDocument,
    )
