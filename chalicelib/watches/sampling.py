"""A sample sent to a watch's receiver, so that a delivery can be tried before it matters."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from chalicelib.database.documents import WatchDocument
from chalicelib.errors import InvalidWatch
from chalicelib.values.instants import now
from chalicelib.watches.delivering import agent_name, send
from chalicelib.watches.notices import message_of, sample_event


def send_sample(watch: WatchDocument) -> dict[str, Any]:
    """How the delivery of a sample went. Raises InvalidWatch where nobody is told."""
    if watch["notify"] is None:
        raise InvalidWatch("this watch tells nobody: set 'notify' first")
    event = sample_event(watch, f"{watch['_id']}.test.{ObjectId()}", now())
    outcome = send(watch, message_of(watch, event, agent_name(watch)))
    return {
        "delivered": outcome.is_delivered,
        "detail": outcome.detail,
        "event_id": event["_id"],
    }
