"""What the runs of a scope add up to, always exact and always fresh.

Hours without a mark are read from their rollups, whole days from those of days where there are
any (chalicelib.rollups.days). Marked hours, and hours that an edge of a piece cuts, are read from
the runs themselves. Marks are read first: an hour that is found clean then had every run
acknowledged before in its rollup.

Of hours whose runs are gone (chalicelib.database.retention) the rollups are all that there is: one
that an edge cuts counts where it begins.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.database import WHOLE_REPLY, Document, collection, find_retention
from chalicelib.metrics.block import Block
from chalicelib.metrics.folding import Dimension, Row, fold, rows_of
from chalicelib.metrics.intervals import Bucket
from chalicelib.registry import Scope
from chalicelib.rollups.columns import (
    DIMENSION_COLUMNS,
    HourColumns,
    conditions_on_hours,
    conditions_on_spans,
    in_chunks,
    read_columns,
)
from chalicelib.rollups.day_reading import read_days
from chalicelib.rollups.days import known_until
from chalicelib.rollups.hours import HourKey, read_rollups
from chalicelib.rollups.readings import between, cut_hours, whole_days
from chalicelib.values.instants import HOUR, day_of, hour_of, to_ms


class Measured(NamedTuple):
    """Runs of one version in one piece that share a value of a dimension."""

    piece: int
    version_id: ObjectId
    value: Any
    block: Block


def measure(
    scope: Scope,
    pieces: Sequence[Bucket],
    dimension: Dimension,
    *,
    cost_histogram: bool = False,
) -> Iterator[Measured]:
    """The blocks of the scope's runs in each of the pieces, adjacent and ascending.

    Histograms of costs are complete only when they are asked for, and only of the total.

    `piece` of an answer is an index into them. Every run is counted once, but under each of its
    values where the dimension is a list (models, tools).
    """
    if not pieces:
        return
    start, end = pieces[0].start, pieces[-1].end
    starts = [piece.start for piece in pieces]
    counted_from = find_retention().counted_from
    cut = {hour for hour in cut_hours(pieces) if hour >= counted_from}
    marked = set(marked_hours(scope, max(hour_of(start), counted_from), end))
    rollups = _read_rollups(scope, pieces, dimension, marked, cost_histogram=cost_histogram)
    for (version_id, begin), value, block in rollups:
        if begin >= start and begin not in cut and (version_id, begin) not in marked:
            yield Measured(bisect_right(starts, begin) - 1, version_id, value, block)
    dirty = sorted(key for key in marked if key[1] not in cut)
    for group in _read_runs(scope, dirty, _spans(cut, start, end), dimension):
        yield from _fold(group, starts, dimension, is_cut=group.hour in cut)


def marked_hours(scope: Scope, start: datetime, end: datetime) -> Iterator[HourKey]:
    """The (version, hour) whose rollups cannot be believed now."""
    where = scope.where | {"_id.hour": {"$gte": start, "$lt": end}}
    found = collection("rollup_marks").find(where, {"_id": 1}).hint(scope.marks_index)
    for mark in found.batch_size(WHOLE_REPLY):
        yield mark["_id"]["v"], mark["_id"]["hour"]


def extent(scope: Scope) -> tuple[datetime, datetime] | None:
    """The first and the last UTC hour in which the scope has, or may have, runs."""
    hours = [
        hour
        for direction in (1, -1)
        for hour in (_first_mark(scope, direction), _first_rollup(scope, direction))
        if hour is not None
    ]
    return (min(hours), max(hours)) if hours else None


def _read_rollups(
    scope: Scope,
    pieces: Sequence[Bucket],
    dimension: Dimension,
    marked: set[HourKey],
    *,
    cost_histogram: bool,
) -> Iterator[tuple[HourKey, Any, Block]]:
    """The rollups of days, and of all hours that these leave: ((version, begin), value, block)."""
    days = whole_days(pieces, known_until())
    hours = between(days, hour_of(pieces[0].start), pieces[-1].end)
    doubted = {(version_id, day_of(hour)) for version_id, hour in marked}
    return chain(
        read_days(scope, days, dimension, doubted, cost_histogram=cost_histogram),
        read_rollups(scope, hours, dimension, cost_histogram=cost_histogram),
    )


def _first_mark(scope: Scope, direction: int) -> datetime | None:
    found = collection("rollup_marks").find(scope.where, {"_id": 1}).hint(scope.marks_by_hour)
    return _hour(found.sort("_id.hour", direction).limit(1).to_list())


def _first_rollup(scope: Scope, direction: int) -> datetime | None:
    # There are empty ones, of hours that all runs have moved from.
    where = scope.where | {"_id.dimension": "total", "runs": {"$ne": 0}}
    found = collection("rollups").find(where, {"_id": 1}).hint(scope.rollups_by_hour)
    return _hour(found.sort("_id.hour", direction).limit(1).to_list())


def _hour(found: list[Document]) -> datetime | None:
    return found[0]["_id"]["hour"] if found else None


def _spans(hours: Iterable[datetime], start: datetime, end: datetime) -> list[Bucket]:
    """The parts of these hours that lie in [start, end)."""
    return [
        # Compared as a difference: the last hour of the year 9999 has no end.
        Bucket(max(hour, start), end if end - hour < HOUR else hour + HOUR)
        for hour in sorted(hours)
    ]


def _read_runs(
    scope: Scope, dirty: list[HourKey], spans: list[Bucket], dimension: Dimension
) -> Iterator[HourColumns]:
    for hours in in_chunks(dirty):
        yield from read_columns(*conditions_on_hours(hours), [dimension])
    for some in in_chunks(spans):
        where = conditions_on_spans(scope.of_runs, some)
        yield from read_columns(where, scope.runs_index, [dimension])


def _fold(
    group: HourColumns, starts: list[datetime], dimension: Dimension, *, is_cut: bool
) -> Iterator[Measured]:
    rows = rows_of(group.columns)
    values = group.columns[DIMENSION_COLUMNS[dimension]]
    if is_cut:
        pieces = _divide(rows, values, [to_ms(start) for start in starts])
    else:
        pieces = {bisect_right(starts, group.hour) - 1: (rows, values)}
    for piece, (some, theirs) in pieces.items():
        for value, block in fold(some, theirs, dimension).items():
            yield Measured(piece, group.version_id, value, block)


def _divide(
    rows: list[Row], values: Sequence[Any], starts_ms: list[int]
) -> dict[int, tuple[list[Row], Sequence[Any]]]:
    """The rows of an hour, with their values, by the piece that they fall into."""
    some: dict[int, list[Row]] = defaultdict(list)
    theirs: dict[int, list[Any]] = defaultdict(list)
    for row, value in zip(rows, values, strict=True):
        piece = bisect_right(starts_ms, row[0]) - 1
        some[piece].append(row)
        theirs[piece].append(value)
    return {piece: (some[piece], theirs[piece]) for piece in some}
