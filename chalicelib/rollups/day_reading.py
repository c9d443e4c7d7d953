"""Reading the rollups of whole days, and of the hours of those that cannot be believed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from chalicelib.database import WHOLE_REPLY, Document, collection
from chalicelib.metrics.block import Block
from chalicelib.metrics.folding import Dimension
from chalicelib.metrics.intervals import Bucket
from chalicelib.registry import Scope
from chalicelib.rollups.columns import in_chunks
from chalicelib.rollups.days import DayKey
from chalicelib.rollups.hours import HourKey, read_rollups_of, unpack_values
from chalicelib.values.instants import DAY


def read_days(
    scope: Scope,
    spans: Sequence[Bucket],
    dimension: Dimension,
    doubted: set[DayKey],
    *,
    cost_histogram: bool,
) -> Iterator[tuple[HourKey, Any, Block]]:
    """What is in the rollups of these spans of whole days: ((version, begin), value, block).

    A block is of a day; of an hour where the day is doubted, because it has marks, or where its
    document cannot be believed, or was left empty (chalicelib.rollups.day_folding).
    """
    by_hour = [key for key in doubted if _holds(spans, key[1])]
    for document in _find(scope, spans, dimension):
        key = (document["_id"]["v"], document["_id"]["day"])
        if key in doubted:
            continue
        if "stale" in document or "values" not in document:
            by_hour.append(key)
            continue
        for value, block in unpack_values(document, cost_histogram=cost_histogram):
            yield key, value, block
    yield from read_rollups_of(_join(by_hour), dimension, cost_histogram=cost_histogram)


def _find(scope: Scope, spans: Sequence[Bucket], dimension: Dimension) -> Iterator[Document]:
    for some in in_chunks(spans):
        conditions = [
            scope.where
            | {"_id.dimension": dimension, "_id.day": {"$gte": span.start, "$lt": span.end}}
            for span in some
        ]
        fields = {"values": 1, "rest": 1, "stale": 1}
        found = collection("day_rollups").find({"$or": conditions}, fields)
        yield from found.hint(scope.days_index).batch_size(WHOLE_REPLY)


def _holds(spans: Sequence[Bucket], day: datetime) -> bool:
    place = bisect_right(spans, day, key=lambda span: span.start) - 1
    return place >= 0 and day < spans[place].end


def _join(keys: Iterable[DayKey]) -> list[tuple[ObjectId, Bucket]]:
    """The days as spans of versions, those that adjoin in one."""
    joined: list[tuple[ObjectId, Bucket]] = []
    for version_id, day in sorted(keys):
        if joined and joined[-1][0] == version_id and joined[-1][1].end == day:
            joined[-1] = (version_id, Bucket(joined[-1][1].start, day + DAY))
        else:
            joined.append((version_id, Bucket(day, day + DAY)))
    return joined
