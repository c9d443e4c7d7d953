"""Counting anew what is marked, the oldest first, for as long as there is time.

Safe beside traffic and beside others that do the same. A month of a version is taken at a time;
what fails is set aside for a while, with its error, and is not in the way of others.
"""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

import pymongo
from bson import ObjectId
from pymongo.errors import PyMongoError

from chalicelib.database import Recent, collection, database, problem_of
from chalicelib.database.documents import AsideDocument, MarkDocument
from chalicelib.database.indexes import BY_ID, MARKS_ASIDE, MARKS_BY_AGE
from chalicelib.database.names import MARKS, TILES
from chalicelib.rollups.counting import MS_PER_HOUR, Month
from chalicelib.rollups.marks import MarkOfAge, mark_hours, marks_of_age
from chalicelib.rollups.rows import column
from chalicelib.rollups.takeover import take_over_marks
from chalicelib.rollups.tiles import MONTH, Overtaken
from chalicelib.values.instants import EPOCH, from_ms, to_ms

ROUND_TIMEOUT_S = 120
# Two months are counted at a time: while one waits for the database the other adds up.
WORKERS = 2
# Documents of marks that are taken at a time: what a round holds in memory.
MARKS_AT_A_TIME = 40
# How long one month of one version may keep the others waiting.
SLICE_S = 20.0
# What failed is tried again after this, and after twice as long each time, up to a day.
ASIDE_S, MOST_ASIDE_S = 300, 86_400

log = logging.getLogger("agent_metrics")


class Backlog(NamedTuple):
    """What waits to be counted: months of versions, since when, and what was set aside."""

    months: int
    since: datetime | None
    aside: list[MarkDocument]


def count_marked(seconds: float, then: Callable[[Iterable[ObjectId]], object] | None = None) -> int:
    """Count the hours anew whose marks have come of age, oldest first; how many were done.

    Ends when there are none left, or after the steps in which `seconds` ran out. `then` is called
    now and again with the versions whose hours were counted.
    """
    deadline = time.monotonic() + seconds
    done = 0
    with pymongo.timeout(ROUND_TIMEOUT_S):
        take_over_marks()
    with ThreadPoolExecutor(WORKERS) as workers, collector_paused():
        while time.monotonic() < deadline:
            with pymongo.timeout(ROUND_TIMEOUT_S):
                marks = marks_of_age(server_time(), MARKS_AT_A_TIME)
            count = partial(_count_month, deadline=deadline)
            counted = sum(workers.map(count, marks))
            if then is not None and marks:
                with pymongo.timeout(ROUND_TIMEOUT_S):
                    then({mark["_id"]["v"] for mark in marks})
            if not counted:
                break
            done += counted
    return done


def read_backlog() -> Backlog:
    """What waits to be counted, of age or not."""
    marks = collection(MARKS)
    first = marks.find({}, {"oldest": 1}).sort("oldest", 1).hint(MARKS_BY_AGE).limit(1).to_list()
    found = marks.find({"aside": {"$exists": True}}, {"aside": 1}).hint(MARKS_ASIDE)
    aside = found.limit(100).to_list()
    since = first[0]["oldest"] if first else None
    return Backlog(marks.count_documents({}, hint=BY_ID), since, aside)


def backlog_age() -> int:
    """For how many seconds the oldest mark has waited, by the server's clock; 0 without marks."""
    since = collection(MARKS).find({"oldest": {"$ne": None}}, {"oldest": 1}).hint(MARKS_BY_AGE)
    first = [mark["oldest"] for mark in since.sort("oldest", 1).limit(1) if mark["oldest"]]
    return max(0, round((server_time() - first[0]).total_seconds())) if first else 0


@contextmanager
def collector_paused() -> Iterator[None]:
    """Adding up makes millions of tuples and no cycles: looking for these took a third of it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def server_time() -> datetime:
    """The server's own time, or this process's if that is earlier (chalicelib.rollups.marks)."""
    return min(_server_clock(), datetime.fromtimestamp(Recent.now(), UTC))


def _server_clock() -> datetime:
    present: datetime = database().command("hello")["localTime"]
    return present.replace(tzinfo=UTC)  # of which a command's answer says nothing


def _count_month(mark: MarkOfAge, deadline: float) -> int:
    begun = time.monotonic()
    if begun > deadline:
        return 0
    try:
        return Month(mark, min(deadline, begun + SLICE_S)).count()
    except Overtaken:
        return 0
    except Exception as error:
        # Whatever it is, others must not wait for it; but what passes is no fault of this month.
        if isinstance(error, PyMongoError) and not error.timeout and problem_of(error):
            raise
        _set_aside(mark, error)
        return 0


def _set_aside(mark: MarkDocument, error: Exception) -> None:
    tries = mark.get("aside", {}).get("tries", 0) + 1
    seconds = min(ASIDE_S * 2 ** (tries - 1), MOST_ASIDE_S)
    name = f"{type(error).__name__} {getattr(error, 'code', None) or ''}".strip()
    version, month = mark["_id"]["v"], mark["_id"]["month"]
    log.error(
        "counting failed and was set aside",
        extra={"version_id": str(version), "month": f"{month:%Y-%m}", "error": name},
    )
    aside: AsideDocument = {
        "until": server_time() + timedelta(seconds=seconds),
        "error": name,
        "tries": tries,
    }
    collection(MARKS).update_one({"_id": mark["_id"]}, {"$set": {"aside": aside}})


def mark_all() -> None:
    """Mark every hour that has been counted, so that it is counted anew."""
    where = {"_id.kind": MONTH}
    for tile in collection(TILES).find(where, {"agent_id": 1, "created": 1, "days": 1, "heavy": 1}):
        begin = to_ms(tile["_id"]["begin"])
        hours = {
            from_ms((begin + at) // MS_PER_HOUR * MS_PER_HOUR) for at in column(tile, "created")
        }
        for day in (*tile["days"], *tile["heavy"]):
            hours |= {day.replace(hour=hour) for hour in range(24)}
        mark_hours(tile["_id"]["v"], tile["agent_id"], hours, EPOCH)
