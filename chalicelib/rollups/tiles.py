"""Tiles: what the runs of a version add up to, or the runs themselves while they are few.

`_id` is {v, kind, begin}. A tile is replaced only in place of the `revision` that was read before
its runs were, so an older count never takes the place of a newer one.

    month       the runs of a UTC month as rows (chalicelib.rollups.rows)
    day         the runs of a UTC day as rows, where the month's tile would grow too large
    total, …    a day with very many runs: for every hour of it the blocks by this dimension
                (`hours`: {"00": {runs, values, rest}, …}), and those of the whole day (`day`)

The month's tile says where its runs are: the days that have rows of their own (`days`), those of
blocks (`heavy`), and itself for all others. What is there besides is not looked at. Other tiles are
written first, so what a month's tile names is there, unless it was moved while it was read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from chalicelib.database import WHOLE_REPLY, Clause, collection
from chalicelib.database.documents import TileDocument, TileKey
from chalicelib.database.names import MARKS, TILES
from chalicelib.registry import Subject
from chalicelib.rollups.row_extras import EXTRAS
from chalicelib.values.instants import END_OF_TIME, day_of

Dimension = Literal["total", "status", "initiator", "model", "tool", "outcome"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
MONTH, ROWS_OF_DAY = "month", "day"
# What adding up needs of a tile of rows.
_COLUMNS = ("rows", "code", "duration", "exponent", "sums")
# And where rows are looked at one by one, or a tile has no sums of days.
_OF_ROWS = ("created", "cost")


class Overtaken(Exception):
    """Another has stored one of the tiles in between: the marks stay, and so does its work."""


def tile_id(version_id: ObjectId, kind: str, begin: datetime) -> TileKey:
    return {"v": version_id, "kind": kind, "begin": begin}


def month_of(instant: datetime) -> datetime:
    """The beginning of the UTC month that holds the instant."""
    return day_of(instant).replace(day=1)


def end_of_month(month: datetime) -> datetime:
    """The beginning of the next month; the last one ends where time does."""
    if month > END_OF_TIME - timedelta(days=32):
        return END_OF_TIME
    return month_of(month + timedelta(days=32))


class Detail(NamedTuple):
    """How much of tiles a question needs.

    Of the days in `hourly` their hours, and of those that were not added up; of others their sums.
    Of rows all that there is in the months that are `cut`, which all are where that is None; of
    others what is needed beside their sums of days (chalicelib.rollups.day_sums).
    """

    hourly: Collection[datetime]
    cut: Collection[datetime] | None


def find_tiles(
    subject: Subject,
    dimensions: Sequence[Dimension],
    range_: tuple[datetime, datetime],
    detail: Detail,
) -> Iterator[TileDocument]:
    """The tiles with runs of the range, with what a question by these dimensions needs."""
    start, end = range_
    span = {"$gte": day_of(start), "$lt": end}
    months = {"_id.kind": MONTH, "_id.begin": {"$gte": month_of(start), "$lt": end}}
    days = {"_id.kind": {"$in": [ROWS_OF_DAY, *dimensions]}, "_id.begin": span}
    where = {"$or": [subject.where | months, subject.where | days]}
    by_hour = {
        "$or": [
            {"$in": ["$_id.begin", sorted(detail.hourly)]},
            {"$eq": [{"$type": "$day"}, "missing"]},
        ]
    }
    fields: Clause = {
        **dict.fromkeys((*_COLUMNS, *EXTRAS, "agent_id", "days", "heavy"), 1),
        **{dimension: 1 for dimension in dimensions if dimension not in ("total", "outcome")},
        "day": {"$cond": [by_hour, "$$REMOVE", "$day"]},
        "hours": {"$cond": [by_hour, "$hours", "$$REMOVE"]},
        **_of_rows(detail.cut),
    }
    found = collection(TILES).find(where, fields).hint(subject.tiles_index)
    return found.batch_size(WHOLE_REPLY)


def _of_rows(cut: Collection[datetime] | None) -> Clause:
    if cut is None:
        return dict.fromkeys(_OF_ROWS, 1)
    month = {"$dateTrunc": {"date": "$_id.begin", "unit": "month"}}
    wanted: list[Clause] = [{"$eq": [{"$type": "$sums"}, "missing"]}]
    if cut:
        wanted.append({"$in": [month, sorted(cut)]})
    return {name: {"$cond": [{"$or": wanted}, f"${name}", "$$REMOVE"]} for name in _OF_ROWS}


def replace_tile(tile: TileDocument, known: TileDocument | None) -> None:
    """Store a tile in place of the known one, or as a new one. Raises Overtaken."""
    tile["revision"] = ObjectId()
    try:
        if known is None:
            collection(TILES).insert_one(tile)
            return
        where = {"_id": tile["_id"], "revision": known["revision"]}
        if not collection(TILES).replace_one(where, tile).matched_count:
            raise Overtaken
    except DuplicateKeyError:
        raise Overtaken from None


def extent(subject: Subject) -> tuple[datetime, datetime] | None:
    """Whole months within which all runs of the subject lie, as far as they are known."""
    months = subject.where | {"_id.kind": MONTH}
    ends = [
        (name, where, field, order)
        for name, where, field in (
            (TILES, months, "_id.begin"),
            (MARKS, subject.where, "_id.month"),
        )
        for order in (1, -1)
    ]
    (_, where, field, order), *others = ends
    pipeline: list[Clause] = _first(where, field, order)
    pipeline += [
        {"$unionWith": {"coll": name, "pipeline": _first(where, field, order)}}
        for name, where, field, order in others
    ]
    found: Iterable[Any] = collection(TILES).aggregate(pipeline, hint=subject.tiles_index)
    begins = [each["begin"] for each in found]
    return (min(begins), end_of_month(max(begins))) if begins else None


def _first(where: Clause, field: str, order: int) -> list[Clause]:
    return [
        {"$match": where},
        {"$sort": {field: order}},
        {"$limit": 1},
        {"$project": {"_id": 0, "begin": f"${field}"}},
    ]
