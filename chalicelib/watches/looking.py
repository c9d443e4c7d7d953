"""Every watch looked at, the one that was not for longest first, as far as the time reaches.

A look stores its outcome in one write to the watch, and only if nobody else has changed its state
meanwhile. A change of state is stored with the event that tells of it, so that neither can be there
without the other; from the watch the event is moved into `watch_events` under an id of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from chalicelib.database import WHOLE_REPLY, Clause, collection, problem_of
from chalicelib.database.documents import AgentDocument, WatchDocument, WatchEventDocument
from chalicelib.database.indexes import WATCHES_BY_LOOK
from chalicelib.database.names import WATCH_EVENTS, WATCHES
from chalicelib.errors import VersionNotFound
from chalicelib.registry import find_version, version_names
from chalicelib.runs import newest_failures
from chalicelib.values.instants import HOUR, now
from chalicelib.watches.conditions import judge
from chalicelib.watches.judgements import Judgement, Situation, unknown
from chalicelib.watches.measuring import measure_all, of_watch
from chalicelib.watches.new_errors import NEWEST_RUNS, Failure
from chalicelib.watches.new_errors import judge as judge_errors
from chalicelib.watches.presenting import agents_of
from chalicelib.watches.transitions import advance

ROUND = 50
log = logging.getLogger("agent_metrics")


class Looked(NamedTuple):
    """How many watches were looked at, how many changed, and whether that was all of them."""

    watches: int
    changes: int
    is_done: bool


def look(seconds: float) -> Looked:
    """Look at every watch once, or at as many as there is time for."""
    started, deadline = now(), time.monotonic() + seconds
    aside: list[ObjectId] = []
    watches = changes = 0
    while time.monotonic() < deadline:
        some = _next_watches(started, aside)
        if not some:
            return Looked(watches, changes, is_done=True)
        changes += _look_at(some, aside)
        watches += len(some)
    return Looked(watches, changes, is_done=False)


def _next_watches(started: datetime, aside: list[ObjectId]) -> list[WatchDocument]:
    """Those that were not looked at for longest, since before this look began."""
    due: list[Clause] = [
        {"evaluated_at": None},
        {"evaluated_at": {"$lt": started}},
        # A clock that went back: what it showed before must not hide them. Not from when this look
        # began: held up for an hour, it would find what it has looked at itself, without end.
        {"evaluated_at": {"$gt": now() + HOUR}},
    ]
    found = collection(WATCHES).find({"$or": due, "_id": {"$nin": aside}})
    oldest_first = found.sort("evaluated_at", 1).hint(WATCHES_BY_LOOK)
    return oldest_first.limit(ROUND).batch_size(WHOLE_REPLY).to_list()


def _look_at(watches: list[WatchDocument], aside: list[ObjectId]) -> int:
    """Look at some at once; at each alone when that fails, so that one spoils nothing."""
    flush(watch["outbox"] for watch in watches)
    try:
        return _store(_judge_all(watches, now()))
    except Exception as error:
        if isinstance(error, PyMongoError) and problem_of(error):
            raise
        if len(watches) == 1:
            # It is seen as late, and tried again the next time.
            log.exception("watch %s cannot be evaluated", watches[0]["_id"])
            aside.append(watches[0]["_id"])
            return 0
        return sum(_look_at([watch], aside) for watch in watches)


def flush(outboxes: Iterable[WatchEventDocument | None]) -> None:
    """Move what was told to be told out of the watches; what has been moved already stays one."""
    waiting = [event for event in outboxes if event]
    if not waiting:
        return
    collection(WATCH_EVENTS).bulk_write(
        [UpdateOne({"_id": e["_id"]}, {"$setOnInsert": e}, upsert=True) for e in waiting],
        ordered=False,
    )
    collection(WATCHES).bulk_write(
        [
            UpdateOne({"_id": e["watch_id"], "outbox._id": e["_id"]}, {"$set": {"outbox": None}})
            for e in waiting
        ],
        ordered=False,
    )


def _judge_all(
    watches: list[WatchDocument], present: datetime
) -> Iterator[tuple[WatchDocument, Judgement, datetime]]:
    """Each watch with what its condition says; it belongs to where its agent is now."""
    measured = []
    agents = agents_of(watches)
    for watch in watches:
        agent = agents.get(watch["agent_id"])
        if agent is not None:
            watch["owner"] = agent["project"]
        if agent is None and watch["agent_id"] is not None:
            yield watch, unknown("the agent is not there any more", watch["memory"]), present
        elif agent is not None and watch["condition"]["type"] == "new_error":
            yield watch, judge_errors(_failures(watch, agent), _situation(watch, present)), present
        else:
            measured.append(watch)
    for group, series in measure_all(measured, present):
        for watch in group:
            situation = _situation(watch, present)
            its = of_watch(series, watch)
            yield watch, judge(watch["condition"], its, situation, watch["version"]), present


def _situation(watch: WatchDocument, present: datetime) -> Situation:
    return Situation(present, watch["state"], watch["memory"])


def _failures(watch: WatchDocument, agent: AgentDocument) -> list[Failure] | None:
    try:
        version = find_version(agent, watch["version"]) if watch["version"] else None
    except VersionNotFound:
        return None
    failed = newest_failures(agent, version, looked_at=NEWEST_RUNS)
    if failed is None:
        return None
    names = version_names(run["_id"]["v"] for run in failed)
    return [
        Failure(run["_id"]["id"], names[run["_id"]["v"]], run["status"], run.get("error"))
        for run in failed
    ]


def _store(judged: Iterator[tuple[WatchDocument, Judgement, datetime]]) -> int:
    """Store what became of the watches; how many have changed their state."""
    writes: list[UpdateOne] = []
    changed: list[WatchEventDocument] = []
    for watch, judgement, present in judged:
        change = advance(watch, judgement, present)
        fields = {**change.fields, "evaluated_at": present, "owner": watch["owner"]}
        where = {"_id": watch["_id"], "revision": watch["revision"]}
        if change.event is None:
            writes.append(UpdateOne(where, {"$set": fields}))
            continue
        fields["outbox"] = change.event
        update = {"$set": fields, "$inc": {"revision": 1}}
        # Whoever else looked at it just now has told of it, and this look is void.
        if collection(WATCHES).update_one(where | {"outbox": None}, update).modified_count:
            changed.append(change.event)
    if writes:
        collection(WATCHES).bulk_write(writes, ordered=False)
    flush(changed)
    return len(changed)
