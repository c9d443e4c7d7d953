"""The runs themselves, read as columns of an hour or as rows, and folded into blocks."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo.errors import OperationFailure

from chalicelib.database import Clause, collection
from chalicelib.database.indexes import RUNS_OF_VERSION
from chalicelib.database.names import RUNS
from chalicelib.metrics.block import Block
from chalicelib.metrics.counted import ELSEWHERE
from chalicelib.metrics.folding import Columns, fold, rows_of
from chalicelib.metrics.folding import Row as FoldedRow
from chalicelib.metrics.tokens import TOKEN_FIELDS
from chalicelib.rollups.moved import Span, condition, conditions, find_moved
from chalicelib.rollups.row import Row
from chalicelib.rollups.rows import hash_of
from chalicelib.rollups.soundness import sound_columns, sound_hour
from chalicelib.rollups.tiles import Dimension
from chalicelib.values.instants import from_ms, hour_of

_TOKENS = [f"${field}" for field in TOKEN_FIELDS]
_ELSEWHERE = {"$literal": ELSEWHERE}
_HOUR = {"$dateTrunc": {"date": "$created", "unit": "hour"}}
# The fields of a run that every fold needs, and those of single dimensions.
# $push skips what is missing, and columns must stay aligned.
_ALWAYS: Clause = {
    "created_ms": {"$toLong": "$created"},
    # A run that was deleted has no status left.
    "status": {"$ifNull": ["$status", None]},
    "outcome": {"$ifNull": ["$outcome", None]},
    "reported_outcome": {"$ifNull": ["$reported_outcome", None]},
    "duration_us": {"$ifNull": ["$duration_us", None]},
    "cost": {"$ifNull": ["$cost", None]},
    "tokens": {
        "$cond": [
            {"$eq": [{"$ifNull": [*_TOKENS, None]}, None]},
            None,
            [{"$ifNull": [field, None]} for field in _TOKENS],
        ]
    },
    "score": {"$ifNull": ["$score", None]},
    "counted": {
        "$cond": [{"$gt": ["$counted_at", None]}, _ELSEWHERE, {"$ifNull": ["$counted", None]}]
    },
}
DIMENSION_COLUMNS: dict[Dimension, str] = {
    "total": "status",
    "status": "status",
    "initiator": "initiator",
    "model": "models",
    "tool": "tools",
    "outcome": "outcome",
}
_REVISIONS: Clause = {"revisions": {"$sum": "$revision"}}
_OF_ROWS = ("status", "cost", "initiator", "models", "tools", "id", "revision")
_ROW_FIELDS: Clause = {
    **_ALWAYS,
    **{name: {"$ifNull": [f"${name}", None]} for name in ("initiator", "models", "tools")},
    "id": "$_id.id",
    "revision": {"$ifNull": ["$revision", None]},
}
# BSONObjectTooLarge, ExceededMemoryLimit, BufBuilder's limit, no memory left that may go to disk.
_TOO_LARGE = (10334, 146, 17419, 292)
_CHUNK_ROWS = 20_000
LISTS = ("model", "tool")


class HourColumns(NamedTuple):
    """Some or all runs of one version in one UTC hour; `revisions` is the sum of theirs."""

    version_id: ObjectId
    hour: datetime
    columns: Columns
    revisions: int


class Found(NamedTuple):
    """Runs of one version in one piece that share a value of a dimension."""

    version_id: ObjectId
    piece: int
    value: Any
    block: Block


def read_blocks(
    spans: Mapping[Span, Sequence[ObjectId]],
    edges: Sequence[int],
    dimension: Dimension,
    match: Callable[[Any], bool] | None = None,
) -> Iterator[Found]:
    """What the runs of versions in spans add up to, in the pieces that the edges (ms) divide.

    With `match` only runs that have a value for which it holds, all of them together.
    """
    for where in conditions(spans, "created"):
        for group in read_columns(where, [dimension]):
            rows = rows_of(group.columns)
            values = values_of(group.columns, rows, dimension)
            if match is not None:
                rows = list(_matching(rows, values, match, is_list=dimension in LISTS))
                values = [None] * len(rows)
            by = dimension if match is None else "total"
            for piece, some in _divide(rows, values, edges).items():
                for value, block in fold_by(*some, by).items():
                    yield Found(group.version_id, piece, value, block)


def _matching(
    rows: Sequence[FoldedRow], values: Sequence[Any], match: Callable[[Any], bool], *, is_list: bool
) -> Iterator[FoldedRow]:
    for row, value in zip(rows, values, strict=True):
        # Of a deleted run nothing is left to match.
        if row[1] is not None and any(map(match, value or (None,)) if is_list else (match(value),)):
            yield row


def values_of(columns: Columns, rows: Sequence[FoldedRow], dimension: Dimension) -> Sequence[Any]:
    """The value of each run that the dimension is about; `rows` are those of the columns."""
    if dimension == "outcome":
        return [row[1] for row in rows]
    return columns[DIMENSION_COLUMNS[dimension]]


def fold_by(
    rows: Sequence[FoldedRow], values: Sequence[Any], dimension: Dimension
) -> dict[Any, Block]:
    """A block for each value; see chalicelib.metrics.folding."""
    return fold(rows, values, "status" if dimension == "outcome" else dimension)


def read_columns(where: Clause, dimensions: Iterable[Dimension]) -> Iterator[HourColumns]:
    """The runs that `where` selects, by version and hour.

    An hour with more runs than fit into one document comes in several parts.
    """
    fields = _ALWAYS | {
        name: {"$ifNull": [f"${name}", None]}
        for name in (DIMENSION_COLUMNS[dimension] for dimension in dimensions)
    }
    group = {"_id": {"v": "$_id.v", "hour": _HOUR}}
    pipeline: list[Clause] = [
        {"$match": where},
        {"$group": group | _REVISIONS | {n: {"$push": field} for n, field in fields.items()}},
    ]
    try:
        hours: Iterable[Any] = (
            collection(RUNS).aggregate(pipeline, hint=RUNS_OF_VERSION, batchSize=50).to_list()
        )
    except OperationFailure as error:
        if error.code not in _TOO_LARGE:
            raise
        yield from _stream(where, fields)
        return
    for hour in hours:
        key = hour["_id"]["v"], hour["_id"]["hour"]
        yield HourColumns(*key, sound_hour(*key, hour), hour["revisions"])


def read_rows(version_id: ObjectId, spans: Sequence[Span], most: int) -> list[Row] | None:
    """The runs of a version in these spans, in the order of `created`; None of more than `most`.

    With what was counted there of runs that have moved since.
    """
    where = {"$or": [{"_id.v": version_id} | condition(span) for span in spans]}
    pipeline: list[Clause] = [
        {"$match": where},
        {"$limit": most + 1},
        {"$group": {"_id": None, **{n: {"$push": field} for n, field in _ROW_FIELDS.items()}}},
    ]
    try:
        found: list[Any] = list(collection(RUNS).aggregate(pipeline, hint=RUNS_OF_VERSION))
    except OperationFailure as error:
        if error.code not in _TOO_LARGE:
            raise
        return None
    moved = [row for _, row in find_moved({span: [version_id] for span in spans})]
    if len(moved) + (len(found[0]["status"]) if found else 0) > most:
        return None
    columns = sound_columns(found[0], f"version {version_id}") if found else None
    rows = moved + (_rows_of(columns) if columns else [])
    rows.sort(key=_created)
    return rows


def count_runs(version_id: ObjectId, span: Span, most: int) -> int:
    """How many runs of a version there are in the span; not counted beyond `most`."""
    where = {"_id.v": version_id} | condition(span)
    return collection(RUNS).count_documents(where, hint=RUNS_OF_VERSION, limit=most)


def hours_with_runs(version_id: ObjectId, span: Span) -> list[datetime]:
    """The UTC hours of the span in which the version has runs, or had some that were counted."""
    pipeline: list[Clause] = [
        {"$match": {"_id.v": version_id} | condition(span)},
        {"$project": {"_id": 0, "created": 1}},
        {"$group": {"_id": _HOUR}},
    ]
    found: Iterable[Any] = collection(RUNS).aggregate(pipeline, hint=RUNS_OF_VERSION)
    hours = {each["_id"] for each in found}
    moved = find_moved({span: [version_id]})
    return sorted(hours | {hour_of(from_ms(row.created_ms)) for _, row in moved})


def conditions_on_span(version_id: ObjectId, span: Span) -> Clause:
    """What selects the runs of a version in a span."""
    return {"_id.v": version_id} | condition(span)


def _rows_of(columns: Mapping[str, Sequence[Any]]) -> list[Row]:
    rows = [
        Row(
            folded[0],
            status,
            folded[1],
            folded[2],
            cost if folded[4] is not None or folded[6] is not None else None,
            initiator,
            tuple(models or ()),
            tuple(tools or ()),
            folded[7],
            folded[8],
            folded[9],
            hash_of(run_id, revision),
        )
        for folded, status, cost, initiator, models, tools, run_id, revision in zip(
            rows_of(columns), *(columns[name] for name in _OF_ROWS), strict=True
        )
    ]
    rows.reverse()  # the index has the newest first
    return rows


def _created(row: Row) -> int:
    return row.created_ms


def _stream(where: Clause, fields: Clause) -> Iterator[HourColumns]:
    """The same, run by run: half as fast, but with no limit to how many share an hour."""
    projection = fields | {"_id": {"v": "$_id.v"}, "hour": _HOUR, "revision": 1}
    parts: dict[tuple[ObjectId, datetime], dict[str, list[Any]]] = {}
    revisions: dict[tuple[ObjectId, datetime], int] = defaultdict(int)
    waiting = 0
    found: Iterable[Any] = collection(RUNS).find(where, projection).hint(RUNS_OF_VERSION)
    for run in found:
        key = (run["_id"]["v"], run["hour"])
        part = parts.setdefault(key, {name: [] for name in fields})
        revisions[key] += run.get("revision", 0)
        for name in fields:
            part[name].append(run[name])
        waiting += 1
        if waiting >= _CHUNK_ROWS:
            for done, columns in parts.items():
                yield HourColumns(*done, sound_hour(*done, columns), revisions.pop(done))
            parts, waiting = {}, 0
    for done, columns in parts.items():
        yield HourColumns(*done, sound_hour(*done, columns), revisions.pop(done))


def _divide(
    rows: list[FoldedRow], values: Sequence[Any], edges: Sequence[int]
) -> dict[int, tuple[list[FoldedRow], Sequence[Any]]]:
    """The rows of an hour, with their values, by the piece that they fall into."""
    if not rows:
        return {}
    created = [row[0] for row in rows]
    first, last = (bisect_right(edges, at) - 1 for at in (min(created), max(created)))
    if first == last:
        return {first: (rows, values)}
    some: dict[int, list[FoldedRow]] = defaultdict(list)
    theirs: dict[int, list[Any]] = defaultdict(list)
    for row, value in zip(rows, values, strict=True):
        piece = bisect_right(edges, row[0]) - 1
        some[piece].append(row)
        theirs[piece].append(value)
    return {piece: (some[piece], theirs[piece]) for piece in some}
