"""Counting what tiles of rows hold: by whole days where that does, else row by row."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from bson import ObjectId

from chalicelib.database import Document
from chalicelib.metrics.block import Block
from chalicelib.rollups.day_sums import SIZE
from chalicelib.rollups.numbers import numbers
from chalicelib.rollups.row_columns import RowColumns
from chalicelib.rollups.row_extras import adjustment_of, going_block
from chalicelib.rollups.rows import OUTCOME_CODES, column
from chalicelib.rollups.sums import Sums
from chalicelib.rollups.tiles import Dimension
from chalicelib.rollups.wanted import Keys

MS_PER_HOUR, MS_PER_DAY = 3_600_000, 86_400_000


class Rows:
    """Adds the rows of tiles to sums, those within the edges (ms) and not in doubted hours.

    Tiles of months other than the `cut` ones are of whole days; where `cut` is None, none are.
    """

    def __init__(
        self,
        sums: Sums,
        keys: Keys,
        edges: Sequence[int],
        doubted: Mapping[ObjectId, Collection[int]],
        cut: Collection[datetime] | None,
    ) -> None:
        self._sums, self._keys, self._wanted = sums, keys, keys.wanted
        self._edges, self._doubted, self._cut = edges, doubted, cut

    def add(self, tile: Document, version_id: ObjectId, begin: int) -> None:
        if self._wanted.dimension == "total" and "counted" in tile:
            self._add_adjustments(tile, version_id)
        if not tile["rows"]:
            return
        if "created" not in tile:
            self._add_days(tile, version_id, begin)
            return
        spans = self._spans(column(tile, "created"), version_id, begin)
        if not spans:
            return
        if self._wanted.dimension == "total":
            rows = RowColumns.of(tile, begin)
            for piece, low, high in spans:
                key = (self._keys.of(version_id, None), piece)
                self._sums.add_rows(key, rows, low, high)
                self._add_going(key, tile, range(low, high))
        else:
            self._add_values(tile, version_id, begin, spans)

    # Whole days

    def _add_days(self, tile: Document, version_id: ObjectId, begin: int) -> None:
        rows, records = RowColumns.of(tile, begin), numbers("q", tile["sums"])
        key, number = self._keys.of(version_id, None), len(records) // SIZE - 1
        pieces = [
            bisect_right(self._edges, begin + place * MS_PER_DAY) - 1 for place in range(number)
        ]
        if pieces[0] == pieces[-1]:
            parts = [(pieces[0], 0, tile["rows"], records[-SIZE:])]
        else:
            ends = list(accumulate(records[0 : SIZE * number : SIZE]))
            begins = [0, *ends]
            parts = [
                (piece, begins[at], ends[at], records[at * SIZE : (at + 1) * SIZE])
                for at, piece in enumerate(pieces)
            ]
        for piece, low, high, record in parts:
            if low < high and 0 <= piece < len(self._edges) - 1:
                self._sums.add_day((key, piece), rows, (low, high), record)
                if "going" in tile:
                    self._add_going((key, piece), tile, range(low, high))

    # Rows

    def _spans(
        self, created: Sequence[int], version_id: ObjectId, begin: int
    ) -> list[tuple[int, int, int]]:
        """The rows that count, as (piece, from, to)."""
        edges = self._edges
        first, last = begin + created[0], begin + created[-1]
        excluded = self._excluded(version_id, first, last)
        low, high = bisect_right(edges, first), bisect_left(edges, last + 1)
        if not excluded and low == high and 0 < low < len(edges):
            return [(low - 1, 0, len(created))]
        cuts = set(edges[max(low - 1, 0) : high + 1])
        for start, end in excluded:
            cuts.update((max(start, edges[0]), min(end, edges[-1])))
        spans, points = [], sorted(cuts)
        places = [bisect_left(created, point - begin) for point in points]
        gone = {at for start, end in excluded for at in range(start, end, MS_PER_HOUR)}
        for at in range(len(points) - 1):
            point, low, high = points[at], places[at], places[at + 1]
            if low < high and point // MS_PER_HOUR * MS_PER_HOUR not in gone:
                spans.append((bisect_right(edges, point) - 1, low, high))
        return spans

    def _excluded(self, version_id: ObjectId, first: int, last: int) -> list[tuple[int, int]]:
        """Marked hours, as [begin, end)."""
        hours = self._doubted.get(version_id, ())
        return [(h, h + MS_PER_HOUR) for h in hours if h <= last and h + MS_PER_HOUR > first]

    def _add_values(
        self,
        tile: Document,
        version_id: ObjectId,
        begin: int,
        spans: Sequence[tuple[int, int, int]],
    ) -> None:
        ends, values, places = _index_of(tile, self._wanted.dimension)
        match = self._wanted.match
        columns = RowColumns.of(tile, begin)
        if self._wanted.and_total:
            for piece, first, end in spans:
                total = (self._keys.of_total(version_id), piece)
                self._sums.add_rows(total, columns, first, end)
                self._add_going(total, tile, range(first, end))
        rows = columns.pick(places)
        is_whole = len(spans) == 1 and spans[0][2] - spans[0][1] == tile["rows"]
        low = 0
        for value, high in zip(values, ends, strict=True):
            if match is None or match(value):
                key = self._keys.of(version_id, value)
                for piece, first, end in spans:
                    a = low if is_whole else bisect_left(places, first, low, high)
                    b = high if is_whole else bisect_left(places, end, low, high)
                    if a < b:
                        self._sums.add_rows((key, piece), rows, a, b)
                        self._add_going((key, piece), tile, places[a:b])
            low = high

    def _add_going(self, key: Any, tile: Document, places: Sequence[int]) -> None:
        if "going" in tile:
            block = going_block(tile, places if isinstance(places, range) else set(places))
            if block is not None:
                self._sums.add_block(key, block)

    def _add_adjustments(self, tile: Document, version_id: ObjectId) -> None:
        """What Prometheus counted of runs that changed; those that were deleted have no row."""
        for piece, low, high in self._periods(tile, version_id):
            adjustment = adjustment_of(tile, low, high)
            if adjustment is not None:
                key = (self._keys.of(version_id, None), piece)
                self._sums.add_block(key, Block(adjustment=adjustment))

    def _periods(self, tile: Document, version_id: ObjectId) -> Iterator[tuple[int, int, int]]:
        """The hours of the tile that count, as (piece, from, to) in ms."""
        created = {entry["created"] for entry in tile["counted"]}
        excluded = self._excluded(version_id, min(created), max(created))
        for instant in created:
            if any(low <= instant < high for low, high in excluded):
                continue
            if self._edges[0] <= instant < self._edges[-1]:
                yield bisect_right(self._edges, instant) - 1, instant, instant + 1


def _index_of(tile: Document, dimension: Dimension) -> tuple[Sequence[int], list[Any], Any]:
    """The ends, the values and the rows of a dimension's index."""
    if dimension != "outcome":
        index = tile[dimension]
        return numbers("I", index["ends"]), index["values"], numbers("H", index["rows"])
    ends, values, places = [], [], []
    codes = column(tile, "code")
    for outcome, code in OUTCOME_CODES.items():
        some = [place for place, value in enumerate(codes) if value & 7 == code]
        if some:
            places += some
            ends.append(len(places))
            values.append(outcome)
    return ends, values, places
