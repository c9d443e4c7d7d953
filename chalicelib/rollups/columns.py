"""The runs of hours as columns, ready to be folded (chalicelib.metrics.folding)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from bson import DatetimeMS, ObjectId
from pymongo.errors import OperationFailure

from chalicelib.database import Document, collection
from chalicelib.database.indexes import RUNS_OF_VERSION
from chalicelib.metrics.folding import Columns, Dimension
from chalicelib.metrics.intervals import Bucket
from chalicelib.metrics.tokens import TOKEN_FIELDS
from chalicelib.values.instants import to_ms

_HOUR = {"$dateTrunc": {"date": "$created", "unit": "hour"}}
_TOKENS = [f"${field}" for field in TOKEN_FIELDS]
# The fields of a run that every fold needs, and those of single dimensions.
# $push skips what is missing, and columns must stay aligned.
_ALWAYS: dict[str, Any] = {
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
    "counted": {"$ifNull": ["$counted", None]},
}
DIMENSION_COLUMNS: dict[Dimension, str] = {
    "total": "status",
    "status": "status",
    "initiator": "initiator",
    "model": "models",
    "tool": "tools",
}
_TOO_LARGE = (10334, 146, 17419)  # BSONObjectTooLarge, ExceededMemoryLimit, BufBuilder's limit
_CHUNK_ROWS = 20_000
HOURS_A_CHUNK = 24
MS_PER_HOUR = 3_600_000

T = TypeVar("T")


class HourColumns(NamedTuple):
    """Some or all runs of one version in one UTC hour."""

    version_id: ObjectId
    hour: datetime
    columns: Columns


def read_columns(
    where: Document, index: str, dimensions: Iterable[Dimension]
) -> Iterator[HourColumns]:
    """The runs that `where` selects, by version and hour.

    An hour with more runs than fit into one document comes in several parts.
    """
    fields = _ALWAYS | {
        name: {"$ifNull": [f"${name}", None]}
        for name in (DIMENSION_COLUMNS[dimension] for dimension in dimensions)
    }
    pipeline: list[dict[str, Any]] = [
        {"$match": where},
        {
            "$group": {
                "_id": {
                    "v": "$_id.v",
                    "hour": _HOUR,
                },
                **{name: {"$push": field} for name, field in fields.items()},
            }
        },
    ]
    try:
        found = collection("runs").aggregate(pipeline, hint=index, batchSize=50).to_list()
    except OperationFailure as error:
        if error.code not in _TOO_LARGE:
            raise
        yield from _stream(where, index, fields)
        return
    for group in found:
        yield HourColumns(group["_id"]["v"], group["_id"]["hour"], group)


def _stream(where: Document, index: str, fields: dict[str, Any]) -> Iterator[HourColumns]:
    """The same, run by run: half as fast, but with no limit to how many share an hour."""
    projection = fields | {
        "_id": {"v": "$_id.v"},
        "hour": _HOUR,
    }
    parts: dict[tuple[ObjectId, datetime], dict[str, list[Any]]] = {}
    for run in collection("runs").find(where, projection).hint(index):
        key = (run["_id"]["v"], run["hour"])
        part = parts.setdefault(key, {name: [] for name in fields})
        for name in fields:
            part[name].append(run[name])
        if len(part["status"]) >= _CHUNK_ROWS:
            yield HourColumns(*key, parts.pop(key))
    for key, part in parts.items():
        yield HourColumns(*key, part)


def conditions_on_hours(hours: Iterable[tuple[ObjectId, datetime]]) -> tuple[Document, str]:
    """What selects the runs of these (version, hour), and the index that serves it."""
    conditions = [
        {"_id.v": version_id, "created": {"$gte": hour, "$lt": _after(hour)}}
        for version_id, hour in hours
    ]
    return {"$or": conditions}, RUNS_OF_VERSION


def conditions_on_spans(scope: Document, spans: Iterable[Bucket]) -> Document:
    """What selects the scope's runs in these spans of time."""
    return {
        "$or": [
            scope | {"created": {"$gte": span.start, "$lt": _ceil_ms(span.end)}} for span in spans
        ]
    }


def in_chunks(items: Sequence[T], size: int = HOURS_A_CHUNK) -> Iterator[Sequence[T]]:
    """Few enough hours at a time that their runs fit into memory."""
    for at in range(0, len(items), size):
        yield items[at : at + size]


def _ceil_ms(instant: datetime) -> DatetimeMS:
    # The end of time is a fraction of a millisecond after the last run that there can be.
    return DatetimeMS(to_ms(instant - datetime.resolution) + 1)


def _after(hour: datetime) -> DatetimeMS:
    # Not a datetime: the last hour of the year 9999 has no end that one can hold.
    return DatetimeMS(to_ms(hour) + MS_PER_HOUR)
