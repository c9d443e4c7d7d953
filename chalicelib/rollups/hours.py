"""Rollups: for each version and UTC hour, the metrics blocks of its runs.

One document for each of the dimensions (chalicelib.metrics.folding) holds a packed block for
every value of it. They are recomputed from the runs of marked hours (chalicelib.rollups.marks),
never added to, so doing it twice, or again after a crash, changes nothing.
"""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pymongo
from bson import Binary, ObjectId
from pymongo import DeleteOne, ReplaceOne
from pymongo.errors import BulkWriteError

from chalicelib.database import (
    WHOLE_REPLY,
    Document,
    collection,
    database,
    duplicates,
    find_retention,
)
from chalicelib.database.indexes import BY_ID, MARKS_BY_AGE, ROLLUPS_OF_VERSION
from chalicelib.metrics.block import Block, add_block, merge_blocks
from chalicelib.metrics.folding import DIMENSIONS, Dimension, fold, rows_of
from chalicelib.metrics.intervals import Bucket
from chalicelib.registry import Scope
from chalicelib.rollups.columns import (
    DIMENSION_COLUMNS,
    conditions_on_hours,
    in_chunks,
    read_columns,
)
from chalicelib.rollups.days import note_changed
from chalicelib.rollups.marks import GRACE_S
from chalicelib.rollups.packing import pack, unpack
from chalicelib.rollups.totals import note_recomputed

# How many marked hours one round recomputes: bounds memory, and what a crash repeats.
HOURS_A_ROUND = 12
ROUND_TIMEOUT_S = 120
# Two rounds go on at a time: while one waits for the database the other adds up.
WORKERS = 2
MARKS_AT_A_TIME = 40 * HOURS_A_ROUND
# Values of one dimension in one hour that keep a block of their own, those with most runs.
MAX_VALUES = 1000

HourKey = tuple[ObjectId, datetime]
Folded = dict[Dimension, dict[Any, Block]]


class Rest:
    """Stands for the values of a dimension that an hour had too many of to keep apart."""


REST = Rest()


def read_rollups(
    scope: Scope, spans: Sequence[Bucket], dimension: Dimension, *, cost_histogram: bool = True
) -> Iterator[tuple[HourKey, Any, Block]]:
    """The stored rollups of whole hours in these spans: ((version, hour), value, block)."""
    wanted = [(scope.where, span) for span in spans]
    yield from _read(wanted, scope.rollups_index, dimension, cost_histogram=cost_histogram)


def read_rollups_of(
    spans: Iterable[tuple[ObjectId, Bucket]], dimension: Dimension, *, cost_histogram: bool = True
) -> Iterator[tuple[HourKey, Any, Block]]:
    """The same for single versions, each in a span of its own."""
    wanted: list[tuple[Document, Bucket]] = [({"_id.v": v}, span) for v, span in spans]
    yield from _read(wanted, ROLLUPS_OF_VERSION, dimension, cost_histogram=cost_histogram)


def _read(
    wanted: Sequence[tuple[Document, Bucket]],
    index: str,
    dimension: Dimension,
    *,
    cost_histogram: bool,
) -> Iterator[tuple[HourKey, Any, Block]]:
    for some in in_chunks(wanted):
        conditions = [
            where | {"_id.dimension": dimension, "_id.hour": {"$gte": span.start, "$lt": span.end}}
            for where, span in some
        ]
        found = collection("rollups").find({"$or": conditions}, {"values": 1, "rest": 1})
        for rollup in found.hint(index).batch_size(WHOLE_REPLY):
            key = (rollup["_id"]["v"], rollup["_id"]["hour"])
            for value, block in unpack_values(rollup, cost_histogram=cost_histogram):
                yield key, value, block


def unpack_values(rollup: Document, *, cost_histogram: bool) -> Iterator[tuple[Any, Block]]:
    """The values of a rollup with their blocks; REST is the last one, where there is one."""
    for entry in rollup["values"]:
        yield entry["value"], unpack(entry["block"], cost_histogram=cost_histogram)
    if "rest" in rollup:
        yield REST, unpack(rollup["rest"], cost_histogram=cost_histogram)


def recompute_marked(
    seconds: float, then: Callable[[Iterable[ObjectId]], object] | None = None
) -> int:
    """Recompute the hours whose marks have come of age, oldest first; how many were done.

    Ends when there are none left, or after the rounds in which `seconds` ran out. `then` is
    called now and again with the versions whose hours were recomputed.
    """
    deadline = time.monotonic() + seconds
    done = 0
    with ThreadPoolExecutor(WORKERS) as workers, collector_paused():
        while time.monotonic() < deadline:
            with pymongo.timeout(ROUND_TIMEOUT_S):
                present = server_time()
                marks = _marks_of_age(present)
            if not marks:
                break
            rounds = in_chunks(marks, HOURS_A_ROUND)
            work = partial(_recompute, present=present, deadline=deadline)
            done += sum(workers.map(work, rounds))
            if then is not None:
                with pymongo.timeout(ROUND_TIMEOUT_S):
                    then({mark["_id"]["v"] for mark in marks})
    return done


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


def count_marked() -> int:
    """How many hours wait to be recomputed, of age or not."""
    return collection("rollup_marks").count_documents({}, hint=BY_ID)


def _marks_of_age(present: datetime) -> list[Document]:
    """Marks so old that every write they announced has ended, by the server's own clock."""
    where = {"marked_at": {"$lt": present - timedelta(seconds=GRACE_S)}}
    found = collection("rollup_marks").find(where).sort("marked_at", 1).hint(MARKS_BY_AGE)
    return found.limit(MARKS_AT_A_TIME).to_list()


def server_time() -> datetime:
    """The server's own time: marks carry it, and no other clock can tell their age."""
    present: datetime = database().command("hello")["localTime"]
    return present.replace(tzinfo=UTC)  # of which a command's answer says nothing


def _recompute(marks: Sequence[Document], present: datetime, deadline: float) -> int:
    """Store what the runs of the marked hours add up to, then clear the marks not renewed since.

    Answers how many hours that were; none after the deadline.
    """
    if time.monotonic() > deadline:
        return 0
    with pymongo.timeout(ROUND_TIMEOUT_S):
        folded = _fold_hours([(mark["_id"]["v"], mark["_id"]["hour"]) for mark in marks])
        _store(
            rollup
            for mark in marks
            for rollup in _documents(mark, folded[mark["_id"]["v"], mark["_id"]["hour"]])
        )
        note_recomputed((mark["_id"]["v"], mark["_id"]["hour"]) for mark in marks)
        note_changed(marks, present)
        collection("rollup_marks").bulk_write(
            [DeleteOne({"_id": mark["_id"], "marked_at": mark["marked_at"]}) for mark in marks],
            ordered=False,
        )
    return len(marks)


def _fold_hours(hours: Iterable[HourKey]) -> dict[HourKey, Folded]:
    folded: dict[HourKey, Folded] = defaultdict(lambda: defaultdict(dict))
    for version_id, hour, columns in read_columns(*conditions_on_hours(hours), DIMENSIONS):
        rows = rows_of(columns)
        for dimension in DIMENSIONS:
            blocks = folded[version_id, hour][dimension]
            values = columns[DIMENSION_COLUMNS[dimension]]
            for value, block in fold(rows, values, dimension).items():
                add_block(blocks, value, block)
    return folded


def _documents(mark: Document, folded: Folded) -> Iterator[Document]:
    """The rollups of an hour; those without runs are kept, empty, to replace what was there."""
    total = merge_blocks(folded["total"].values())
    for dimension in DIMENSIONS:
        yield {
            "_id": {**mark["_id"], "dimension": dimension},
            "agent_id": mark["agent_id"],
            "marked_at": mark["marked_at"],
            "runs": total.runs,
            **pack_values(folded[dimension]),
        }


def pack_values(blocks: dict[Any, Block]) -> Document:
    """`values` with their blocks, and `rest` where there are too many."""
    ranked = sorted(blocks.items(), key=lambda item: item[1].runs, reverse=True)
    rest = merge_blocks(block for _, block in ranked[MAX_VALUES:])
    values = [
        {"value": value, "block": Binary(pack(block))} for value, block in ranked[:MAX_VALUES]
    ]
    return {"values": values} | ({"rest": Binary(pack(rest))} if rest.runs else {})


def _store(rollups: Iterable[Document]) -> None:
    """Replace older rollups; one made under a newer mark knows more, and stays.

    That is refused as a duplicate of `_id`, because the condition keeps it from being found.
    """
    counted_from = find_retention().counted_from
    writes = [
        ReplaceOne(_replaceable(rollup, counted_from), rollup, upsert=True) for rollup in rollups
    ]
    try:
        collection("rollups").bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        duplicates(error)


def _replaceable(rollup: Document, counted_from: datetime) -> Document:
    """What selects the stored rollup if this one may take its place."""
    where = {"_id": rollup["_id"], "marked_at": {"$lte": rollup["marked_at"]}}
    if rollup["_id"]["hour"] < counted_from:
        # Runs of this hour may be gone, or about to go: to count it again may only add.
        where["runs"] = {"$lte": rollup["runs"]}
    return where
