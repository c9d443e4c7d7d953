"""Days with very many runs: for every hour and dimension the blocks by value.

There is a tile for each dimension (chalicelib.rollups.tiles). Hours are counted some at a time, in
memory that does not grow with them, and each time is stored: what is stopped goes on where it was.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import pymongo
from bson import ObjectId

from chalicelib.database import collection
from chalicelib.database.documents import EntriesDocument, TileDocument
from chalicelib.database.names import TILES
from chalicelib.metrics.block import Block, add_block
from chalicelib.metrics.counted import adjust
from chalicelib.metrics.folding import rows_of
from chalicelib.rollups.columns import (
    conditions_on_span,
    count_runs,
    fold_by,
    read_columns,
    values_of,
)
from chalicelib.rollups.entries import MAX_VALUES, REST, pack_values, unpack_values
from chalicelib.rollups.moved import Span, find_moved
from chalicelib.rollups.row import Row
from chalicelib.rollups.rows import LAYOUT
from chalicelib.rollups.tiles import DIMENSIONS, Dimension, replace_tile, tile_id
from chalicelib.values.instants import from_ms, now, to_ms

MS_PER_HOUR = 3_600_000
# Runs that one query reads, and that are counted before they are stored.
RUNS_AT_ONCE, RUNS_A_STEP = 25_000, 250_000
STEP_TIMEOUT_S = 120
# From so long after its beginning on a day is added up: until then that would be done every minute.
ADDED_UP_AFTER = timedelta(hours=22)
# Values that a day keeps apart. One with more is read by the hour.
MAX_VALUES_A_DAY = 3_000
# Values of an hour that are counted apart, those of most runs so far; the others join the rest.
MAX_COUNTED = 10_000
_MOST_BYTES = 12_000_000

_EXTRAS = ("tokens", "score", "counted")

Folded = dict[Dimension, "Blocks"]


class Hour(NamedTuple):
    """What an hour's runs add up to, of how many documents, and the sum of their revisions.

    By these two a replay proves that its runs are counted (chalicelib.rollups.proving).
    """

    folded: Folded
    documents: int | None = None
    revisions: int = 0


class Blocks:
    """The blocks by value; values that come when there are too many join the rest for good."""

    def __init__(self) -> None:
        self.by_value: dict[Any, Block] = {}
        self._joined: set[int] = set()

    def add(self, value: Any, block: Block) -> None:
        is_rest = value is REST or (bool(self._joined) and hash(value) in self._joined)
        add_block(self.by_value, REST if is_rest else value, block)
        if len(self.by_value) > MAX_COUNTED:
            self._shrink()

    def _shrink(self) -> None:
        ranked = sorted(
            (item for item in self.by_value.items() if item[0] is not REST),
            key=lambda item: -item[1].runs,
        )
        for value, block in ranked[MAX_COUNTED // 2 :]:
            del self.by_value[value]
            self._joined.add(hash(value))
            add_block(self.by_value, REST, block)


class HeavyDay:
    def __init__(self, version_id: ObjectId, agent_id: ObjectId, day: datetime) -> None:
        self.version_id, self.agent_id, self.day = version_id, agent_id, day

    def begin(self, rows: Sequence[Row]) -> None:
        """Make the tiles, with the hours of these rows; all others have to be marked already."""
        known = self._find()
        hours: dict[datetime, Hour] = {}
        for hour_ms, some in groupby(rows, lambda row: row.created_ms // MS_PER_HOUR):
            hours[from_ms(hour_ms * MS_PER_HOUR)] = Hour(_fold_rows(list(some)))
        # The total last: while it is missing, nobody takes the day for one of blocks.
        for dimension in reversed(DIMENSIONS):
            self._store(dimension, known.get(dimension), hours, 0)

    def count(
        self, hours: Mapping[datetime, datetime], counted_from: int, deadline: float
    ) -> Iterator[dict[datetime, datetime]]:
        """Count the hours, and say which are stored, a few at a time, until the deadline.

        Raises Overtaken.
        """
        waiting: dict[datetime, datetime] = {}
        folded: dict[datetime, Hour] = {}
        runs, known = 0, self._find()
        for hour, marked_at in sorted(hours.items()):
            with pymongo.timeout(STEP_TIMEOUT_S):
                folded[hour] = counted = self._fold_hour(hour)
                waiting[hour], runs = marked_at, runs + (counted.documents or 0)
                if runs >= RUNS_A_STEP or time.monotonic() > deadline:
                    self._store_all(known, folded, counted_from)
                    yield waiting
                    waiting, folded, runs = {}, {}, 0
                    known = self._find()
            if time.monotonic() > deadline:
                break
        if waiting:
            with pymongo.timeout(STEP_TIMEOUT_S):
                self._store_all(known, folded, counted_from)
                yield waiting

    def count_hour(self, hour: datetime) -> dict[Dimension, EntriesDocument]:
        """What the tiles should have of an hour, by dimension."""
        folded = self._fold_hour(hour).folded
        return {d: _entries(folded[d].by_value if d in folded else {}) for d in DIMENSIONS}

    def _find(self) -> dict[str, TileDocument]:
        ids = [tile_id(self.version_id, dimension, self.day) for dimension in DIMENSIONS]
        found = collection(TILES).find({"_id": {"$in": ids}})
        return {tile["_id"]["kind"]: tile for tile in found}

    def _fold_hour(self, hour: datetime) -> Hour:
        folded: Folded = defaultdict(Blocks)
        number = revisions = 0
        begin = to_ms(hour)
        for span in self._divide((begin, begin + MS_PER_HOUR)):
            for group in read_columns(conditions_on_span(self.version_id, span), DIMENSIONS):
                rows = rows_of(group.columns)
                number += len(rows)
                revisions += group.revisions
                for dimension in DIMENSIONS:
                    values = values_of(group.columns, rows, dimension)
                    for value, block in fold_by(rows, values, dimension).items():
                        folded[dimension].add(value, block)
        moved = find_moved({(begin, begin + MS_PER_HOUR): [self.version_id]})
        counted = [(row.counted, None) for _, row in moved if row.counted is not None]
        if counted:
            folded["total"].add(None, Block(adjustment=adjust(counted)))
        return Hour(folded, number, revisions)

    def _divide(self, span: Span) -> Iterator[Span]:
        """The span in parts with about RUNS_AT_ONCE runs at most."""
        number = count_runs(self.version_id, span, 20 * RUNS_AT_ONCE)
        parts = min(-(-number // RUNS_AT_ONCE), span[1] - span[0])
        if parts <= 1:
            if number:
                yield span
            return
        length = (span[1] - span[0]) / parts
        edges = [span[0] + round(part * length) for part in range(parts)] + [span[1]]
        for begin, end in pairwise(edges):
            yield from self._divide((begin, end)) if number >= 2 * RUNS_AT_ONCE else [(begin, end)]

    def _store_all(
        self,
        known: Mapping[str, TileDocument],
        hours: Mapping[datetime, Hour],
        counted_from: int,
    ) -> None:
        for dimension in DIMENSIONS:
            self._store(dimension, known.get(dimension), hours, counted_from)

    def _store(
        self,
        dimension: Dimension,
        known: TileDocument | None,
        hours: Mapping[datetime, Hour],
        counted_from: int,
    ) -> None:
        """Store these hours beside those that are known."""
        stored: dict[str, EntriesDocument] = dict(known["hours"]) if known else {}
        for hour, counted in hours.items():
            folded = counted.folded
            blocks = folded[dimension].by_value if dimension in folded else {}
            entries = _entries(blocks)
            if dimension == "total" and counted.documents is not None:
                entries["documents"], entries["revisions"] = counted.documents, counted.revisions
            before = stored.get(f"{hour:%H}")
            # Runs of such an hour may be gone, or about to go: to count it again may only add.
            if to_ms(hour) >= counted_from or before is None or before["runs"] <= entries["runs"]:
                stored[f"{hour:%H}"] = entries
        tile: TileDocument = {
            "_id": tile_id(self.version_id, dimension, self.day),
            "agent_id": self.agent_id,
            "layout": LAYOUT,
            # Also an hour without runs, where some were counted that were deleted since or moved.
            "hours": {hour: some for hour, some in sorted(stored.items()) if some["values"]},
        }
        if now() >= self.day + ADDED_UP_AFTER:
            add_up(tile)
        replace_tile(_fit(tile), known)


def _fold_rows(rows: Sequence[Row]) -> Folded:
    columns = _columns_of(rows)
    folded: Folded = defaultdict(Blocks)
    packed = rows_of(columns)
    for dimension in DIMENSIONS:
        for value, block in fold_by(
            packed, values_of(columns, packed, dimension), dimension
        ).items():
            folded[dimension].add(value, block)
    return folded


def _columns_of(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """The rows as columns of stored runs, whose outcomes are what the rows say."""
    same = ("created_ms", "status", "outcome", "duration_us", "cost", "initiator", "models")
    columns = {name: [getattr(row, name) for row in rows] for name in (*same, "tools")}
    columns |= {name: [getattr(row, name) for row in rows] for name in _EXTRAS}
    return columns | {"reported_outcome": columns["outcome"]}


def _entries(blocks: dict[Any, Block], most: int = MAX_VALUES) -> EntriesDocument:
    runs = max((block.runs for block in blocks.values()), default=0)
    total = sum(block.runs for block in blocks.values())
    return {"runs": max(runs, total), **pack_values(blocks, most)}


def add_up(tile: TileDocument) -> None:
    """Give the tile the sum of its hours (`day`), unless that has too many values."""
    merged: dict[Any, Block] = {}
    for entries in tile["hours"].values():
        for value, block in unpack_values(entries):
            add_block(merged, value, block)
        if len(merged) > MAX_VALUES_A_DAY:
            return
    tile["day"] = pack_values(merged, MAX_VALUES_A_DAY)


def _fit(tile: TileDocument) -> TileDocument:
    """The tile with fewer values apart where it would be too large for a document."""
    most = MAX_VALUES
    while _size_of(tile) > _MOST_BYTES and most > 1:
        most //= 2
        tile.pop("day", None)
        for hour, entries in tile["hours"].items():
            blocks = dict(unpack_values(entries))
            packed = pack_values(blocks, most)
            tile["hours"][hour] = {**entries, **packed}
    return tile


def _size_of(tile: TileDocument) -> int:
    parts = [*tile["hours"].values(), *([tile["day"]] if "day" in tile else [])]
    return sum(
        len(entry["block"]) + 4 * len(entry["value"] or "") + 40
        for part in parts
        for entry in part["values"]
    )
