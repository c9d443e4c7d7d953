"""Folding the hourly rollups of days that are over into one of each day (chalicelib.rollups.days).

Whatever is stopped goes on with the next call, and two at once do no harm: a day is stored only in
place of the `stale` that was read before its hours.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import pymongo
from bson import Binary, ObjectId
from pymongo import ReplaceOne

from chalicelib.database import Document, collection
from chalicelib.database.indexes import DAYS_STALE, MARKS_BY_HOUR, MARKS_OF_VERSION, ROLLUPS_BY_HOUR
from chalicelib.metrics.block import Block, add_block
from chalicelib.metrics.folding import DIMENSIONS, Dimension
from chalicelib.metrics.intervals import Bucket
from chalicelib.rollups.days import DayKey, add_missing, advance_until, day_id, read_until
from chalicelib.rollups.hours import (
    MAX_VALUES,
    REST,
    ROUND_TIMEOUT_S,
    collector_paused,
    pack_values,
    read_rollups_of,
    server_time,
)
from chalicelib.rollups.packing import pack
from chalicelib.values.instants import DAY, day_of

# How long a day has to be over. Those that recompute look at the server's clock too, and then at
# midnight: this is how far the clocks of a replica set's members may be apart.
LAG = timedelta(hours=2)
# Documents of days that one round folds: bounds memory, and what a crash repeats.
DOCUMENTS_A_ROUND = 12 * len(DIMENSIONS)


class Progress(NamedTuple):
    """How many days of versions were folded, and whether none was left when time ran out.

    Days with marks are left, and are none of these: their hours have to be recomputed first.
    """

    days: int
    is_done: bool


def fold_days(seconds: float) -> Progress:
    """Fold days that changed, for half the time at most, then those that have come to an end.

    Ends when there are none left, or after the round in which `seconds` ran out.
    """
    began = time.monotonic()
    with collector_paused():
        with pymongo.timeout(ROUND_TIMEOUT_S):
            limit, known = day_of(server_time() - LAG), read_until()
        changed = _fold_stale({"$lt": min(known, limit)}, began + seconds / 2)
        ended = _go_on(known, limit, began + seconds)
    return Progress(changed.days + ended.days, changed.is_done and ended.is_done)


def _go_on(known: datetime, limit: datetime, deadline: float) -> Progress:
    """Fold the days in [known, limit), the oldest first, until the deadline."""
    days = 0
    while known < limit:
        with pymongo.timeout(ROUND_TIMEOUT_S):
            day = _first_day(known, limit)
            if day < limit:
                add_missing(day, _versions_of(day))
        folded = _fold_stale(day, deadline) if day < limit else Progress(0, is_done=True)
        days += folded.days
        if not folded.is_done:
            break
        known = min(day + DAY, limit)
        with pymongo.timeout(ROUND_TIMEOUT_S):
            advance_until(known)
        if time.monotonic() > deadline:
            break
    return Progress(days, known >= limit)


def _first_day(start: datetime, end: datetime) -> datetime:
    """The first day of [start, end) with a mark or a rollup; `end` where there is none."""
    hours = {"_id.hour": {"$gte": start, "$lt": end}}
    total = {"_id.dimension": "total"} | hours
    # Marks first: a mark that is not there any more has left a rollup.
    marks = collection("rollup_marks").find(hours, {"_id": 1}).hint(MARKS_BY_HOUR)
    found = marks.sort("_id.hour", 1).limit(1).to_list()
    rollups = collection("rollups").find(total, {"_id": 1}).hint(ROLLUPS_BY_HOUR)
    found += rollups.sort("_id.hour", 1).limit(1).to_list()
    return min((day_of(document["_id"]["hour"]) for document in found), default=end)


def _versions_of(day: datetime) -> dict[ObjectId, ObjectId]:
    """The versions that have a mark or a rollup in the day, with their agents."""
    hours = {"_id.hour": {"$gte": day, "$lt": day + DAY}}
    # Marks first, as above.
    marks = collection("rollup_marks").find(hours, {"agent_id": 1}).hint(MARKS_BY_HOUR)
    agents = {mark["_id"]["v"]: mark["agent_id"] for mark in marks}
    pipeline: list[Document] = [
        {"$match": {"_id.dimension": "total"} | hours},
        {"$group": {"_id": "$_id.v", "agent_id": {"$first": "$agent_id"}}},
    ]
    groups = collection("rollups").aggregate(pipeline, hint=ROLLUPS_BY_HOUR)
    return agents | {group["_id"]: group["agent_id"] for group in groups}


def _fold_stale(days: Any, deadline: float) -> Progress:
    """Fold the days that a condition on `_id.day` selects, of those that cannot be believed."""
    where = {"stale": {"$exists": True}, "_id.day": days}
    found = collection("day_rollups").find(where, {"agent_id": 1, "stale": 1}).hint(DAYS_STALE)
    folded = 0
    while True:
        with pymongo.timeout(ROUND_TIMEOUT_S):
            documents = list(islice(found, DOCUMENTS_A_ROUND))
            if documents:
                folded += _fold(documents)
        if len(documents) < DOCUMENTS_A_ROUND:
            return Progress(folded, is_done=True)
        # After a round, not before: the least time is enough to get on.
        if time.monotonic() > deadline:
            return Progress(folded, is_done=False)


def _fold(stale: Sequence[Document]) -> int:
    """Store the documents anew, but for days with marks; of how many days they are."""
    marked = _marked(stale)
    clean = [document for document in stale if _key(document) not in marked]
    if clean:
        collection("day_rollups").bulk_write(list(_replacements(clean)), ordered=False)
    return len({_key(document) for document in clean})


def _marked(stale: Iterable[Document]) -> set[DayKey]:
    """Which of these days have marks."""
    conditions = [
        {"_id.v": version_id, "_id.hour": {"$gte": day, "$lt": day + DAY}}
        for version_id, day in {_key(document) for document in stale}
    ]
    marks = collection("rollup_marks").find({"$or": conditions}, {"_id": 1}).hint(MARKS_OF_VERSION)
    return {(mark["_id"]["v"], day_of(mark["_id"]["hour"])) for mark in marks}


def _replacements(stale: Iterable[Document]) -> Iterator[ReplaceOne[Document]]:
    by_dimension: dict[Dimension, dict[DayKey, Document]] = defaultdict(dict)
    for document in stale:
        by_dimension[document["_id"]["dimension"]][_key(document)] = document
    for dimension, documents in by_dimension.items():
        merged = _merge_hours(documents, dimension)
        for key, document in documents.items():
            where = {"_id": day_id(key, dimension), "stale": document["stale"]}
            yield ReplaceOne(where, {"agent_id": document["agent_id"], **_pack(merged[key])})


def _merge_hours(days: Iterable[DayKey], dimension: Dimension) -> dict[DayKey, dict[Any, Block]]:
    merged: dict[DayKey, dict[Any, Block]] = defaultdict(dict)
    spans = [(version_id, Bucket(day, day + DAY)) for version_id, day in days]
    for (version_id, hour), value, block in read_rollups_of(spans, dimension):
        add_block(merged[version_id, day_of(hour)], value, block)
    return merged


def _pack(blocks: dict[Any, Block]) -> Document:
    """`values` and `rest` as of an hour; nothing where these are too many for a document.

    Such a day is read by the hour: to put some of its values into `rest` would change answers.
    """
    rest = blocks.pop(REST, None)
    if len(blocks) > MAX_VALUES:
        return {}
    return pack_values(blocks) | ({"rest": Binary(pack(rest))} if rest else {})


def _key(document: Document) -> DayKey:
    return document["_id"]["v"], document["_id"]["day"]
