"""Watches: made, read, changed, deleted; their history, and trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson import ObjectId
from chalice.app import Blueprint

from chalicelib import watches as room
from chalicelib.audit import ChangedObject, recorded
from chalicelib.database.documents import WatchDocument
from chalicelib.errors import (
    AgentNotFound,
    InvalidQuery,
    InvalidWatch,
    ProjectForbidden,
    TooManyWatches,
    WatchNotFound,
)
from chalicelib.http import (
    Call,
    Reply,
    author_of,
    endpoint,
    list_reply,
    page_size,
    position_in,
)
from chalicelib.registry import find_agent
from chalicelib.values.instants import DAY, EPOCH, format_instant, now
from chalicelib.wire.cursors import read_instant, read_object_id, read_text
from chalicelib.wire.queries import PageQuery
from chalicelib.wire.watch_models import (
    Firings,
    FiringsQuery,
    TrialResult,
    Watch,
    WatchChange,
    WatchEvent,
    WatchQuery,
    WatchRequest,
    WatchSecret,
    WatchTest,
    WatchTrial,
)

watches = Blueprint(__name__)
PATH = "/api/v1/watches"
ONE = PATH + "/{watch}"
_CHOSEN = ("name", "project", "agent", "version", "condition", "notify", "muted_until")
FIRINGS_DAYS = 30
MOST_FIRING = 1000


@endpoint(
    watches,
    "GET",
    PATH,
    scope="read",
    query=WatchQuery,
    answers={200: list[Watch]},
    raises=(AgentNotFound,),
)
def list_watches(call: Call) -> Reply:
    """Watches with their states, in the order they were made."""
    filters = {name: call.query[name] for name in ("state",) if name in call.query}
    position = position_in(call, read_object_id, owner=call.project)
    after = position[0] if position else None
    found = _watches_of(call, filters, after, page_size(call) + 1)
    agents = room.agents_of(found)
    return list_reply(
        call,
        found,
        lambda watch: room.present_watch(watch, agents),
        lambda watch: [watch["_id"]],
        owner=call.project,
    )


@endpoint(
    watches,
    "POST",
    PATH,
    scope="admin",
    body=WatchRequest,
    answers={201: Watch},
    raises=(InvalidWatch, ProjectForbidden, TooManyWatches),
)
def create_watch(call: Call) -> Reply:
    """Make a watch; `secret`, if it has one, is in this answer and in no other."""
    target = room.find_target(call.body, project=call.project)
    origin = call.address.removesuffix(PATH)
    subject = ChangedObject("watch", {"watch": call.body["name"]}, target.owner)
    with recorded(author_of(call), subject, before=None, after=_asked(call.body)) as recording:
        # Only an absolute address is of use in a message.
        made = room.create_watch(call.body, target, origin=origin if "://" in origin else "")
        recording.names, recording.after = _names(made), _settings(made)
    keys = (made["notify"] or {}).get("keys")
    secret = {"secret": keys[0]["secret"]} if keys else {}
    return Reply(_present(made) | secret, 201)


@endpoint(watches, "GET", ONE, scope="read", answers={200: Watch}, raises=(WatchNotFound,))
def get_watch(call: Call, watch: str) -> Reply:
    """One watch, its state, and the numbers behind it."""
    return Reply(_present(_find(call, watch)))


@endpoint(
    watches,
    "PATCH",
    ONE,
    scope="admin",
    body=WatchChange,
    answers={200: Watch},
    raises=(InvalidWatch, WatchNotFound),
)
def change_watch(call: Call, watch: str) -> Reply:
    """Change, mute or redirect a watch; with another condition it begins anew."""
    found = _find(call, watch)
    target = room.Target(found["project"], found["owner"], found["agent_id"], found["version"])
    asked = _asked(call.body)
    with recorded(
        author_of(call), _about(found), before=_settings(found), after=asked
    ) as recording:
        changed = room.change_watch(found, call.body, target)
        recording.names, recording.after = _names(changed), _settings(changed)
    keys = (changed["notify"] or {}).get("keys")
    is_new = bool(keys) and not (found["notify"] or {}).get("keys")
    secret = {"secret": keys[0]["secret"]} if keys and is_new else {}
    return Reply(_present(changed) | secret)


@endpoint(watches, "DELETE", ONE, scope="admin", answers={204: None}, raises=(WatchNotFound,))
def delete_watch(call: Call, watch: str) -> Reply:
    """Delete a watch and its history."""
    found = _find(call, watch)
    with recorded(author_of(call), _about(found), before=_settings(found), after=None):
        room.delete_watch(found)
    return Reply("", 204)


@endpoint(
    watches,
    "GET",
    ONE + "/events",
    scope="read",
    query=PageQuery,
    answers={200: list[WatchEvent]},
    raises=(WatchNotFound,),
)
def list_watch_events(call: Call, watch: str) -> Reply:
    """The changes of a watch's state, newest first, and how they were delivered."""
    found = _find(call, watch)
    position = position_in(call, read_instant, read_text, watch=found["_id"])
    events = room.list_events(
        found,
        position=(position[0], position[1]) if position else None,
        limit=page_size(call) + 1,
    )
    return list_reply(
        call,
        events,
        room.present_event,
        lambda event: [event["at"], event["_id"]],
        watch=found["_id"],
    )


@endpoint(
    watches,
    "POST",
    ONE + "/test",
    scope="admin",
    answers={200: WatchTest},
    raises=(InvalidWatch, WatchNotFound),
)
def test_watch(call: Call, watch: str) -> Reply:
    """Send a sample to whom the watch tells, now, and say how that went."""
    return Reply(room.send_sample(_find(call, watch)))


@endpoint(
    watches,
    "POST",
    ONE + "/secret",
    scope="admin",
    answers={200: WatchSecret},
    raises=(InvalidWatch, WatchNotFound),
)
def rotate_watch_secret(call: Call, watch: str) -> Reply:
    """Give a webhook a new secret; messages are signed with both for a day."""
    found = _find(call, watch)
    after = {"secret": "another one"}
    with recorded(author_of(call), _about(found), before={"secret": "one"}, after=after):
        secret, until = room.rotate_secret(found)
    return Reply({"secret": secret, "previous_until": format_instant(until)})


@endpoint(
    watches,
    "POST",
    "/api/v1/watch-trials",
    scope="read",
    is_question=True,
    body=WatchTrial,
    answers={200: TrialResult},
    raises=(InvalidWatch, ProjectForbidden),
)
def try_watch(call: Call) -> Reply:
    """What a watch would have done over the last days, had it been there."""
    target = room.find_target(call.body, project=call.project)
    days = call.body.get("days", room.TRIAL_DAYS)
    return Reply(room.try_watch(call.body["condition"], target, days))


@endpoint(
    watches,
    "GET",
    "/api/v1/watch-firings",
    scope="read",
    query=FiringsQuery,
    answers={200: Firings},
    raises=(AgentNotFound,),
)
def list_watch_firings(call: Call) -> Reply:
    """The times in which watches were firing, the latest first."""
    end = call.query.get("end") or now()
    start = call.query.get("start") or max(EPOCH, end - FIRINGS_DAYS * DAY)
    if start >= end:
        raise InvalidQuery("'from' must be before 'to'")
    found = _watches_of(call, {}, None, MOST_FIRING + 1)
    watched = found[:MOST_FIRING]
    firings, is_cut = room.list_firings(watched, start, end)
    agents = room.agents_of(watched)
    shown = [room.present_firing(firing, agents) for firing in firings[:MOST_FIRING]]
    body = {
        "from": format_instant(start),
        "to": format_instant(end),
        "firings": shown,
        "truncated": is_cut or len(shown) < len(firings) or len(watched) < len(found),
    }
    return Reply(body)


def _watches_of(
    call: Call, filters: dict[str, Any], after: ObjectId | None, limit: int
) -> list[WatchDocument]:
    """The watches that the caller may see and asks for."""
    if "agent" in call.query:
        filters["agent_id"] = find_agent(call.query["agent"], project=call.project)["_id"]
    if "project" in call.query:
        filters["$and"] = [{"owner": call.query["project"]}]
    return list(room.list_watches(owner=call.project, filters=filters, after=after, limit=limit))


def _find(call: Call, watch: str) -> WatchDocument:
    return room.find_watch(watch, owner=call.project)


def _about(watch: WatchDocument) -> ChangedObject:
    return ChangedObject("watch", _names(watch), watch["owner"])


def _names(watch: WatchDocument) -> dict[str, str]:
    agent_id = watch["agent_id"]
    own = {"watch": watch["name"], "watch_id": str(watch["_id"])}
    return own if agent_id is None else own | {"agent_id": str(agent_id)}


def _settings(watch: WatchDocument) -> dict[str, Any]:
    """What somebody chose of a watch, as the API shows it: without secrets."""
    shown = _present(watch)
    return {name: shown[name] for name in _CHOSEN}


def _asked(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for, before it is checked: a receiver may hold secrets, and is only named."""
    given = {name: value for name, value in body.items() if name != "notify"}
    return given | ({"notify": "given"} if body.get("notify") else {})


def _present(watch: WatchDocument) -> dict[str, Any]:
    return room.present_watch(watch, room.agents_of([watch]))
