"""Counting what tiles of rows hold: by whole days where that does, else row by row."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from bson import ObjectId

from chalicelib.database.documents import TileDocument
from chalicelib.metrics.block import Block
from chalicelib.rollups.day_sums import SIZE
from chalicelib.rollups.numbers import numbers
from chalicelib.rollups.row_columns import RowColumns
from chalicelib.rollups.row_extras import adjustment_of, going_block
from chalicelib.rollups.rows import OUTCOME_CODES, column, index_of
from chalicelib.rollups.sums import Sums
from chalicelib.rollups.tiles import Dimension
from chalicelib.rollups.wanted import Key, Keys

MS_PER_HOUR, MS_PER_DAY = 3_600_000, 86_400_000

# A piece, and the rows that are in it, from one place to another.
Span = tuple[int, int, int]


class Rows:
    """Adds the rows of tiles to sums, those within the edges (ms) and not in doubted hours.

    Tiles without the columns of rows that the sums of days spare have no hour in doubt, and edges
    only between days; by values none at all (chalicelib.rollups.tiles.Detail).
    """

    def __init__(
        self,
        sums: Sums,
        keys: Keys,
        edges: Sequence[int],
        doubted: Mapping[ObjectId, Collection[int]],
    ) -> None:
        self._sums, self._keys, self._wanted = sums, keys, keys.wanted
        self._edges, self._doubted = edges, doubted

    def add(self, tile: TileDocument, version_id: ObjectId, begin: int) -> None:
        if self._wanted.dimension == "total" and "counted" in tile:
            self._add_adjustments(tile, version_id)
        if not tile["rows"]:
            return
        self._sums.make_room(tile["rows"])
        rows = RowColumns.of(tile, begin)
        spans = [] if _is_summed(tile) else self._spans(rows.created, version_id, begin)
        for key in self._keys.of_all(version_id):
            if _is_summed(tile):
                self._add_days(tile, rows, key)
            else:
                self._add_spans(tile, rows, spans, key)
        if self._wanted.dimension != "total":
            if _is_summed(tile):
                self._add_sums(tile, rows, version_id)
            elif spans:
                self._add_values(tile, rows, spans, version_id)

    # Whole days

    def _add_days(self, tile: TileDocument, rows: RowColumns, key: Key) -> None:
        records = numbers("q", tile["sums"])
        number = len(records) // SIZE - 1
        days = range(rows.begin, rows.begin + number * MS_PER_DAY, MS_PER_DAY)
        pieces = [bisect_right(self._edges, day) - 1 for day in days]
        if pieces[0] == pieces[-1]:
            parts = [(pieces[0], 0, tile["rows"], records[-SIZE:])]
        else:
            ends = list(accumulate(records[0 : SIZE * number : SIZE]))
            each = (records[at : at + SIZE] for at in range(0, SIZE * number, SIZE))
            parts = list(zip(pieces, [0, *ends], ends, each, strict=False))
        waiting, last = self._sums.days_of(key), len(self._edges) - 2
        for piece, low, high, record in parts:
            if low < high and 0 <= piece <= last:
                waiting[piece].append((rows, low, high, record))
                if "going" in tile:
                    self._add_going(key, piece, tile, range(low, high))

    def _add_sums(self, tile: TileDocument, rows: RowColumns, version_id: ObjectId) -> None:
        """The values of a tile that lies within one piece, or outside of all."""
        piece = bisect_right(self._edges, rows.begin) - 1
        if not 0 <= piece < len(self._edges) - 1:
            return
        ends, values, places = _index_of(tile, self._wanted.dimension)
        records = numbers("q", index_of(tile, self._wanted.dimension)["sums"])
        match, low, picked = self._wanted.match, 0, rows.pick_codes(places)
        for at, (value, high) in enumerate(zip(values, ends, strict=True)):
            if match is None or match(value):
                key = self._keys.of(version_id, value)
                record = records[at * SIZE : (at + 1) * SIZE]
                self._sums.days_of(key)[piece].append((picked, low, high, record))
                if "going" in tile:
                    self._add_going(key, piece, tile, set(places[low:high]))
            low = high

    # Rows

    def _spans(self, created: Sequence[int], version_id: ObjectId, begin: int) -> list[Span]:
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

    def _add_spans(
        self, tile: TileDocument, rows: RowColumns, spans: Sequence[Span], key: Key
    ) -> None:
        waiting = self._sums.rows_of(key)
        for piece, low, high in spans:
            waiting[piece].append((rows, low, high))
            if "going" in tile:
                self._add_going(key, piece, tile, range(low, high))

    def _add_values(
        self, tile: TileDocument, rows: RowColumns, spans: Sequence[Span], version_id: ObjectId
    ) -> None:
        ends, values, places = _index_of(tile, self._wanted.dimension)
        match, low = self._wanted.match, 0
        is_whole = len(spans) == 1 and spans[0][2] - spans[0][1] == tile["rows"]
        picked = rows.pick(places)
        for value, high in zip(values, ends, strict=True):
            if match is None or match(value):
                key = self._keys.of(version_id, value)
                waiting = self._sums.rows_of(key)
                for piece, first, end in spans:
                    a = low if is_whole else bisect_left(places, first, low, high)
                    b = high if is_whole else bisect_left(places, end, low, high)
                    if a < b:
                        waiting[piece].append((picked, a, b))
                        if "going" in tile:
                            self._add_going(key, piece, tile, set(places[a:b]))
            low = high

    def _add_going(
        self, key: Key, piece: int, tile: TileDocument, places: range | set[int]
    ) -> None:
        block = going_block(tile, places)
        if block is not None:
            self._sums.add_block(key, piece, block)

    def _add_adjustments(self, tile: TileDocument, version_id: ObjectId) -> None:
        """What Prometheus counted of runs that changed; those that were deleted have no row."""
        for piece, low, high in self._periods(tile, version_id):
            adjustment = adjustment_of(tile, low, high)
            if adjustment is not None:
                key = self._keys.of(version_id, None)
                self._sums.add_block(key, piece, Block(adjustment=adjustment))

    def _periods(self, tile: TileDocument, version_id: ObjectId) -> Iterator[tuple[int, int, int]]:
        """The hours of the tile that count, as (piece, from, to) in ms."""
        created = {entry["created"] for entry in tile["counted"]}
        excluded = self._excluded(version_id, min(created), max(created))
        for instant in created:
            if any(low <= instant < high for low, high in excluded):
                continue
            if self._edges[0] <= instant < self._edges[-1]:
                yield bisect_right(self._edges, instant) - 1, instant, instant + 1


def _is_summed(tile: TileDocument) -> bool:
    return "created" not in tile


def _index_of(tile: TileDocument, dimension: Dimension) -> tuple[Sequence[int], list[Any], Any]:
    """The ends, the values and the rows of a dimension's index."""
    if dimension != "outcome":
        index = index_of(tile, dimension)
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
