"""The history of a watch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from chalicelib.database import Order, collection, walk
from chalicelib.database.documents import WatchDocument, WatchEventDocument
from chalicelib.database.indexes import EVENTS_OF_WATCH
from chalicelib.database.names import WATCH_EVENTS
from chalicelib.watches.looking import flush

_NEWEST = Order(EVENTS_OF_WATCH, (("watch_id", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)))


def list_events(
    watch: WatchDocument, *, position: tuple[datetime, str] | None, limit: int
) -> Iterator[WatchEventDocument]:
    """A watch's events, newest first, from behind `position` (at, id)."""
    flush([watch["outbox"]])
    watch_id = watch["_id"]
    return walk(
        collection(WATCH_EVENTS),
        _NEWEST,
        {"watch_id": watch_id},
        low=_NEWEST.before(watch_id),
        high=_NEWEST.after(watch_id),
        position=_NEWEST.before(watch_id, *position) if position else None,
        limit=limit,
        shape=WatchEventDocument,
    )
