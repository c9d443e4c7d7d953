"""Watches and their events as the API shows them: without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.database.documents import AgentDocument, WatchDocument, WatchEventDocument
from chalicelib.registry import find_agents_by_id
from chalicelib.values.instants import format_instant, now
from chalicelib.watches.receivers import present_receiver

# A watch is looked at every minute; one that was not for so long waits for others.
LATE_AFTER = timedelta(minutes=5)


def present_watch(watch: WatchDocument, agents: Mapping[Any, AgentDocument]) -> dict[str, Any]:
    """A watch; `agents` are those that `agents_of` found."""
    agent = agents.get(watch["agent_id"])
    looked_at = watch["evaluated_at"]
    problem = watch["notify_problem"]
    return {
        "id": str(watch["_id"]),
        "name": watch["name"],
        "project": watch["project"],
        "agent": agent["name"] if agent else None,
        "version": watch["version"],
        "condition": watch["condition"],
        "notify": present_receiver(watch["notify"]),
        "state": watch["state"],
        "since": format_instant(watch["since"]),
        "evaluated_at": _text(looked_at),
        "late": now() - (looked_at or watch["updated_at"]) > LATE_AFTER,
        "reading": watch["reading"],
        "muted_until": _text(watch["muted_until"]),
        "notify_problem": problem and {**problem, "at": format_instant(problem["at"])},
        "created_at": format_instant(watch["created_at"]),
        "updated_at": format_instant(watch["updated_at"]),
    }


def agents_of(watches: list[WatchDocument]) -> dict[Any, AgentDocument]:
    """The agents that these watches are of, by id."""
    ids = {watch["agent_id"] for watch in watches if watch["agent_id"] is not None}
    return dict(find_agents_by_id(ids)) if ids else {}


def present_event(event: WatchEventDocument) -> dict[str, Any]:
    delivery = event["delivery"]
    return {
        "id": event["_id"],
        "watch_id": str(event["watch_id"]),
        "type": event["type"],
        "at": format_instant(event["at"]),
        "state": event["state"],
        "previous": event["previous"],
        "title": event["title"],
        "text": event["text"],
        "reading": event["reading"],
        "delivery": {
            **delivery,
            "next_attempt_at": _text(delivery["next_attempt_at"]),
            "delivered_at": _text(delivery["delivered_at"]),
        },
    }


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)
