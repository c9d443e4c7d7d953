"""An event as a message: what a person reads, and what a program gets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from chalicelib.database.documents import WatchEvent
from chalicelib.values.instants import format_instant
from chalicelib.watches.messages import Message

_MOST_FACTS = 10


def message_of(watch: Mapping[str, Any], event: WatchEvent, agent: str | None) -> Message:
    """The message of an event; `agent` is the name of the agent that is watched, if it is one."""
    page = _page(watch["origin"], agent)
    return Message(
        event_id=event["_id"],
        event_type=event["type"],
        at=event["at"],
        watch_id=str(watch["_id"]),
        state=event["state"],
        title=event["title"],
        text=event["text"],
        facts=tuple(_facts(event["reading"]))[:_MOST_FACTS],
        page=page,
        source=agent or watch["owner"] or "agent-metrics",
        data=_data(watch, event, agent, page),
    )


def sample_event(watch: Mapping[str, Any], event_id: str, at: datetime) -> WatchEvent:
    """An event as it would be now, for trying the delivery."""
    return {
        "_id": event_id,
        "type": "watch.test",
        "at": at,
        "state": watch["state"],
        "previous": watch["state"],
        "title": f"TEST: {watch['name']}",
        "text": "This is a sample: nothing has happened.",
        "reading": watch["reading"],
    }


def _data(
    watch: Mapping[str, Any], event: WatchEvent, agent: str | None, page: str | None
) -> dict[str, Any]:
    return {
        "id": event["_id"],
        "watch": {
            "id": str(watch["_id"]),
            "name": watch["name"],
            "project": watch["owner"],
            "agent": agent,
            "version": watch["version"],
            "condition": watch["condition"],
        },
        "state": event["state"],
        "previous": event["previous"],
        "since": format_instant(event["at"]),
        "title": event["title"],
        "text": event["text"],
        "reading": event["reading"],
        "url": page,
    }


def _page(origin: str, agent: str | None) -> str | None:
    """Where the dashboard shows it."""
    if not origin:
        return None
    path = f"/agents/{quote(agent, safe='')}" if agent else "/"
    return f"{origin}/dashboard#{path}?"


def _facts(reading: Mapping[str, Any], prefix: str = "") -> Any:
    """The numbers of a reading as names and values, those of its parts behind theirs."""
    for name, value in reading.items():
        words = f"{prefix}{name.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _facts(value, f"{words}: ")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield words, f"{value:,.6g}"
        elif isinstance(value, str) and name != "test":
            yield words, value
