"""Watches: made, found, listed, changed and deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, ReturnDocument

from chalicelib.database import Clause, Order, collection, committed, walk
from chalicelib.database.documents import WatchDocument, WatchState
from chalicelib.database.indexes import BY_ID, WATCHES_OF_OWNER
from chalicelib.database.names import WATCH_EVENTS, WATCHES
from chalicelib.errors import InvalidWatch, TooManyWatches, WatchNotFound
from chalicelib.values.instants import now
from chalicelib.watches.receivers import BOTH_VALID, prepare, rotate
from chalicelib.watches.targets import Target, check_condition

MOST_WATCHES = 10_000
LAYOUT = 1
_EVERY = Order(BY_ID, (("_id", ASCENDING),))
_OF_OWNER = Order(WATCHES_OF_OWNER, (("owner", ASCENDING), ("_id", ASCENDING)))
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")


def create_watch(asked: Mapping[str, Any], target: Target, *, origin: str) -> WatchDocument:
    """A new watch. Raises InvalidWatch or TooManyWatches."""
    check_condition(asked["condition"], target)
    notify = prepare(asked.get("notify"), None)
    if collection(WATCHES).estimated_document_count() >= MOST_WATCHES:
        raise TooManyWatches(f"there are {MOST_WATCHES} watches, as many as there may be")
    instant = now()
    watch: WatchDocument = {
        "_id": ObjectId(),
        "layout": LAYOUT,
        "name": asked["name"],
        "project": target.project,
        "owner": target.owner,
        "agent_id": target.agent_id,
        "version": target.version,
        "condition": asked["condition"],
        "notify": notify,
        "origin": origin,
        "muted_until": asked.get("muted_until"),
        **_unknown_state(),
        "since": instant,
        "revision": 0,
        "outbox": None,
        "notify_problem": None,
        "created_at": instant,
        "updated_at": instant,
    }
    collection(WATCHES).insert_one(watch)
    return watch


def find_watch(text: str, *, owner: str | None) -> WatchDocument:
    """The watch with this id; `owner` limits what the caller may see. Raises WatchNotFound."""
    if _OBJECT_ID.fullmatch(text):
        where: Clause = {"_id": ObjectId(text)}
        found = committed(WATCHES).find_one(where if owner is None else where | {"owner": owner})
        if found is not None:
            return found
    raise WatchNotFound(f"no watch has the id '{text[:100]}': GET /api/v1/watches lists them")


def list_watches(
    *,
    owner: str | None,
    filters: Mapping[str, Any],
    after: ObjectId | None,
    limit: int,
) -> Iterator[WatchDocument]:
    """Watches in the order they were made; `filters` are fields and their values."""
    order, prefix = (_EVERY, ()) if owner is None else (_OF_OWNER, (owner,))
    where = dict(filters) if owner is None else {**filters, "owner": owner}
    return walk(
        collection(WATCHES),
        order,
        where,
        low=order.before(*prefix),
        high=order.after(*prefix),
        position=None if after is None else order.before(*prefix, after),
        limit=limit,
        shape=WatchDocument,
    )


def change_watch(watch: WatchDocument, asked: Mapping[str, Any], target: Target) -> WatchDocument:
    """The watch with what was asked for changed. Raises InvalidWatch, or WatchNotFound if it went.

    With another condition it begins anew: nothing is known of it yet.
    """
    change: Clause = {n: asked[n] for n in ("name", "muted_until") if n in asked}
    if "notify" in asked:
        change |= {"notify": prepare(asked["notify"], watch["notify"]), "notify_problem": None}
    if "condition" in asked and asked["condition"] != watch["condition"]:
        check_condition(asked["condition"], target)
        change |= {"condition": asked["condition"], "since": now(), **_unknown_state()}
    return _update(watch, {"$set": {**change, "updated_at": now()}, "$inc": {"revision": 1}})


def rotate_secret(watch: WatchDocument) -> tuple[str, datetime]:
    """Give the watch a new secret: that, and until when the one before is valid.

    Raises InvalidWatch where there is none.
    """
    notify = watch["notify"]
    if not notify or "keys" not in notify:
        raise InvalidWatch("only webhooks of the format 'standard' have a secret")
    instant = now()
    rotated = rotate(notify, instant)
    _update(watch, {"$set": {"notify": rotated, "updated_at": instant}})
    return rotated["keys"][0]["secret"], instant + BOTH_VALID


def delete_watch(watch: WatchDocument) -> None:
    """Remove a watch and its events. Safe to repeat."""
    collection(WATCHES).delete_one({"_id": watch["_id"]})
    collection(WATCH_EVENTS).delete_many({"watch_id": watch["_id"]})


def _update(watch: WatchDocument, change: Clause) -> WatchDocument:
    found = collection(WATCHES).find_one_and_update(
        {"_id": watch["_id"]}, change, return_document=ReturnDocument.AFTER
    )
    if found is None:
        raise WatchNotFound("the watch has just been deleted")
    return found


def _unknown_state() -> WatchState:
    return {
        "state": "insufficient_data",
        "evaluated_at": None,
        "reading": {},
        "memory": {},
        "told": [],
    }
