"""The times in which watches were firing, from what their history says of each change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from chalicelib.database import Clause, collection
from chalicelib.database.documents import AgentDocument, WatchDocument, WatchEventDocument
from chalicelib.database.indexes import EVENTS_OF_WATCH
from chalicelib.database.names import WATCH_EVENTS
from chalicelib.values.instants import format_instant
from chalicelib.watches.looking import flush

_MOST_EVENTS = 5000
_FIRING = "firing"


class Firing(NamedTuple):
    """`since` is None where it began before the time asked for, `until` where it ends after."""

    watch: WatchDocument
    since: datetime | None
    until: datetime | None


def list_firings(
    watches: list[WatchDocument], start: datetime, end: datetime
) -> tuple[list[Firing], bool]:
    """When the watches were firing in [start, end), the latest first; whether some are missing."""
    if not watches:
        return [], False
    flush(watch["outbox"] for watch in watches)
    known = {watch["_id"]: watch for watch in watches}
    # An event tells the state before it, so that those after the start tell how it began.
    where: Clause = {"watch_id": {"$in": list(known)}, "at": {"$gte": start}}
    found = collection(WATCH_EVENTS).find(
        where, {"watch_id": 1, "at": 1, "state": 1, "previous": 1}
    )
    events = list(
        found.sort([("watch_id", 1), ("at", -1), ("_id", -1)])
        .hint(EVENTS_OF_WATCH)
        .limit(_MOST_EVENTS + 1)
    )
    told = groupby(events[:_MOST_EVENTS], key=_watch_of)
    changes = {watch: list(of)[::-1] for watch, of in told}
    firings = [
        firing
        for watch in watches
        for firing in _firings(watch, changes.get(watch["_id"], []), start, end)
    ]
    firings.sort(key=lambda firing: firing.since or start, reverse=True)
    return firings, len(events) > _MOST_EVENTS


def present_firing(firing: Firing, agents: Mapping[Any, AgentDocument]) -> dict[str, Any]:
    """A time of firing; `agents` are those that `agents_of` found."""
    agent = agents.get(firing.watch["agent_id"])
    return {
        "watch_id": str(firing.watch["_id"]),
        "name": firing.watch["name"],
        "agent": agent["name"] if agent else None,
        "condition": firing.watch["condition"],
        "since": firing.since and format_instant(firing.since),
        "until": firing.until and format_instant(firing.until),
    }


def _watch_of(event: WatchEventDocument) -> Any:
    return event["watch_id"]


def _firings(
    watch: WatchDocument, changes: list[WatchEventDocument], start: datetime, end: datetime
) -> Iterator[Firing]:
    """The times of one watch; `changes` are all of the start and after, the oldest first."""
    for state, since, until in _times(watch, changes, start):
        if state == _FIRING and (since is None or since < end):
            yield Firing(watch, since, None if until is None or until >= end else until)


def _times(
    watch: WatchDocument, changes: Iterable[WatchEventDocument], start: datetime
) -> Iterator[tuple[str, datetime | None, datetime | None]]:
    """Each state with when it began and ended; None before the start, and for what still is."""
    state, since = None, None
    for change in changes:
        yield state or change["previous"], since, change["at"]
        state, since = change["state"], change["at"]
    # A watch that began anew with another condition has changed without an event.
    if state not in (None, watch["state"]):
        yield state, since, watch["since"]
        state, since = watch["state"], watch["since"]
    elif state is None:
        state, since = watch["state"], watch["since"] if watch["since"] >= start else None
    yield state, since, None
