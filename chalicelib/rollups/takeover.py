"""Taking over what a release before tiles has stored: `rollups`, `day_rollups`, `rollup_marks`.

An hour whose runs are there is marked, and counted by the next upkeep. One whose runs are gone is
carried over as it is: its day becomes one of blocks. Old documents go when theirs are stored, so
that whatever is stopped goes on where it was. Nothing is answered meanwhile: it would lack what is
not taken over yet.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from chalicelib.database import Recent, collection, database, find_retention
from chalicelib.database.documents import EntriesDocument, RollupDocument, TileDocument
from chalicelib.database.names import DAY_ROLLUPS, ROLLUP_MARKS, ROLLUPS, TILES
from chalicelib.errors import NotReady
from chalicelib.metrics.block import Block, add_block, merge_blocks
from chalicelib.metrics.counted import Adjustment
from chalicelib.rollups.counting import name_day
from chalicelib.rollups.entries import REST, pack_values, unpack_values
from chalicelib.rollups.heavy_days import add_up
from chalicelib.rollups.marks import mark_hours
from chalicelib.rollups.rows import LAYOUT
from chalicelib.rollups.tiles import DIMENSIONS, Dimension, tile_id
from chalicelib.values.instants import DAY, EPOCH, day_of
from chalicelib.values.outcomes import OUTCOMES

OLD = (ROLLUPS, DAY_ROLLUPS, ROLLUP_MARKS)
_MARKS_A_ROUND = 1_000

# Once it is done it stays so, but for a process of the old release that was still at work.
_done: Recent[str, bool] = Recent(seconds=3600)


def check_taken_over() -> None:
    """Raises NotReady while there is something that only the release before could read."""
    if not _done.get_or("rollups", lambda: is_taken_over() or None):
        raise NotReady(
            "the database is as an older release left it: run 'python manage.py upgrade'"
        )


def is_taken_over() -> bool:
    return collection(ROLLUPS).find_one({}, {"_id": 1}) is None


def count_old() -> int:
    """How many hours of versions wait to be taken over."""
    return collection(ROLLUPS).count_documents({"_id.dimension": "total"})


def take_over(seconds: float) -> int:
    """Take over as much as there is time for; how many hours of versions, 0 when none is left."""
    deadline = time.monotonic() + seconds
    take_over_marks()
    done = 0
    while (first := collection(ROLLUPS).find_one({"_id.dimension": "total"})) is not None:
        done += _take_over_day(first["_id"]["v"], first["agent_id"], day_of(first["_id"]["hour"]))
        if time.monotonic() > deadline:
            return done
    if not done:
        for name in OLD:
            database().drop_collection(name)
        _done.forget()
    return done


def take_over_marks() -> None:
    """Make the old marks ones of today; a process of the old release may set some at any time."""
    while marks := collection(ROLLUP_MARKS).find().limit(_MARKS_A_ROUND).to_list():
        hours: dict[tuple[ObjectId, ObjectId], set[datetime]] = defaultdict(set)
        for mark in marks:
            hours[mark["_id"]["v"], mark["agent_id"]].add(mark["_id"]["hour"])
        for (version_id, agent_id), theirs in hours.items():
            mark_hours(version_id, agent_id, theirs)
        for mark in marks:
            same = {"_id": mark["_id"], "marked_at": mark["marked_at"]}
            collection(ROLLUP_MARKS).delete_one(same)


def _take_over_day(version_id: ObjectId, agent_id: ObjectId, day: datetime) -> int:
    where = {"_id.v": version_id, "_id.hour": {"$gte": day, "$lt": day + DAY}}
    old = collection(ROLLUPS).find(where).to_list()
    counted_from = find_retention().counted_from
    hours = {document["_id"]["hour"] for document in old}
    kept = [document for document in old if document["_id"]["hour"] < counted_from]
    if any(document["runs"] for document in kept):
        _carry_over(version_id, agent_id, day, kept)
    countable = [hour for hour in hours if hour >= counted_from]
    mark_hours(version_id, agent_id, countable, EPOCH)
    collection(ROLLUPS).delete_many(where)
    return len(hours)


def _carry_over(
    version_id: ObjectId, agent_id: ObjectId, day: datetime, old: Sequence[RollupDocument]
) -> None:
    """Make these hours' rollups tiles of a day; the total last (chalicelib.rollups.heavy_days)."""
    hours: dict[str, dict[str, EntriesDocument]] = defaultdict(dict)
    for document in old:
        if document["runs"]:
            hours[document["_id"]["dimension"]][f"{document['_id']['hour']:%H}"] = _entries(
                document
            )
    for hour, total in hours["total"].items():
        hours["total"][hour] = _as_counted(total, hours["status"].get(hour))
    hours["outcome"] = {hour: _by_outcome(each) for hour, each in hours["status"].items()}
    for dimension in reversed(DIMENSIONS):
        _insert(version_id, agent_id, day, dimension, hours[dimension])
    name_day(version_id, agent_id, day)


def _insert(
    version_id: ObjectId,
    agent_id: ObjectId,
    day: datetime,
    dimension: Dimension,
    hours: Mapping[str, EntriesDocument],
) -> None:
    tile: TileDocument = {
        "_id": tile_id(version_id, dimension, day),
        "agent_id": agent_id,
        "layout": LAYOUT,
        "revision": ObjectId(),
        "hours": dict(sorted(hours.items())),
    }
    add_up(tile)
    try:
        collection(TILES).insert_one(tile)
    except DuplicateKeyError:
        return  # from before this was stopped; it may have been counted since


def _entries(rollup: RollupDocument) -> EntriesDocument:
    entries: EntriesDocument = {"runs": rollup["runs"], "values": rollup["values"]}
    if "rest" in rollup:
        entries["rest"] = rollup["rest"]
    return entries


def _as_counted(total: EntriesDocument, by_status: EntriesDocument | None) -> EntriesDocument:
    """The total with what Prometheus's counters had of it: nothing of runs in progress.

    Durations and costs of old blocks are of these too.
    """
    statuses = unpack_values(by_status) if by_status else ()
    going = merge_blocks(block for _, block in statuses if block.runs == block.in_progress)
    if not going.runs:
        return total
    ((value, block),) = unpack_values(total)
    durations, costs = going.durations, going.costs
    block.adjustment = Adjustment(
        cost=-costs.ended,
        without_cost=-costs.unknown,
        durations=-durations.count,
        sum_us=-durations.sum_us,
        histogram={bucket: -count for bucket, count in durations.histogram.items()},
    )
    return {"runs": total["runs"], **pack_values({value: block})}


def _by_outcome(entries: EntriesDocument) -> EntriesDocument:
    """The blocks by outcome of those by status, each of which has one outcome."""
    blocks: dict[Any, Block] = {}
    for status, block in unpack_values(entries):
        counted = [outcome for outcome in OUTCOMES if getattr(block, outcome)]
        value = counted[0] if status is not REST and len(counted) == 1 else REST
        add_block(blocks, value, block)
    return {"runs": entries["runs"], **pack_values(blocks)}
