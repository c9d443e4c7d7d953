"""What the runs of a subject add up to, always exact and always fresh.

Hours without a mark are read from tiles. Marked hours, and of days with very many runs the hours
that an edge of a piece cuts, are read from the runs themselves. Marks are read first: an hour that
is found clean then had every run acknowledged before in its tile.

Of hours whose runs are gone (chalicelib.database.retention) tiles are all that there is: one that
an edge cuts counts where it begins, unless its tile has the rows.
"""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.database import WHOLE_REPLY, collection, find_retention
from chalicelib.database.documents import EntriesDocument, TileDocument
from chalicelib.database.names import MARKS
from chalicelib.errors import DatabaseTimeout, DatabaseUnavailable, InvalidQuery
from chalicelib.metrics.block import Block
from chalicelib.metrics.counted import adjust
from chalicelib.metrics.intervals import Bucket
from chalicelib.registry import Subject
from chalicelib.rollups.columns import read_blocks
from chalicelib.rollups.entries import REST, unpack_values
from chalicelib.rollups.moved import find_moved
from chalicelib.rollups.numbers import numbers
from chalicelib.rollups.row_extras import adjustment_of, going_block
from chalicelib.rollups.rows import OUTCOME_CODES, column, index_of
from chalicelib.rollups.sums import RowColumns, Sums
from chalicelib.rollups.takeover import check_taken_over
from chalicelib.rollups.tiles import MONTH, ROWS_OF_DAY, Dimension, find_tiles, month_of
from chalicelib.values.instants import day_of, format_instant, from_ms, hour_of, to_ms

MS_PER_HOUR = 3_600_000
MS_PER_DAY = 86_400_000
# How long one question adds up at most, beside what the database takes.
MOST_SECONDS = 15.0
# A day is moved once in its life: nobody meets that more than once or twice.
_ATTEMPTS = 5

# A version, where they are kept apart, and a value of the dimension.
Key = tuple[ObjectId | None, Any]
Match = Callable[[Any], bool]


class _Moved(Exception):
    """A day was moved out of its month's tile while this was read."""


class Total:
    """Stands for all values of a dimension together."""


TOTAL = Total()


class Wanted(NamedTuple):
    """What is measured: adjacent, ascending pieces of time, by version and by a dimension.

    With `match` only values that it holds for are counted, and not kept apart. With `and_total` all
    runs are counted under TOTAL too, once each, however many values they have. With `counters` the
    total's adjustment is whole, of runs that have moved as well.
    """

    pieces: Sequence[Bucket]
    dimension: Dimension = "total"
    by_version: bool = False
    match: Match | None = None
    cost_histogram: bool = False
    and_total: bool = False
    counters: bool = False


def measure(subject: Subject, wanted: Wanted) -> dict[Key, dict[int, Block]]:
    """The blocks of the subject's runs, by the place of their piece.

    Every run is counted once, but under each of its values where the dimension is a list (models,
    tools). Histograms of costs are complete only when they are asked for, and only of the total.
    Raises DatabaseTimeout when there is too much to add up.
    """
    if not wanted.pieces:
        return {}
    check_taken_over()
    for _ in range(_ATTEMPTS):
        try:
            return _Measuring(subject, wanted).run()
        except _Moved:
            continue
    raise DatabaseUnavailable("what was asked for is being moved just now; retry")


def marked_hours(
    subject: Subject, start: datetime, end: datetime
) -> Iterator[tuple[ObjectId, int]]:
    """The (version, hour) whose tiles cannot be believed now, hours in ms since 1970."""
    where = subject.where | {"_id.month": {"$gte": month_of(start), "$lt": end}}
    found = collection(MARKS).find(where, {"hours": 1, "agent_id": 1}).hint(subject.marks_index)
    start_ms, end_ms = to_ms(hour_of(start)), _ceil_ms(end)
    for mark in found.batch_size(WHOLE_REPLY):
        if subject.holds(mark["agent_id"]):
            month = to_ms(mark["_id"]["month"])
            for key in mark["hours"]:
                hour = month + (int(key[:2]) - 1) * MS_PER_DAY + int(key[2:]) * MS_PER_HOUR
                if start_ms <= hour < end_ms:
                    yield mark["_id"]["v"], hour


class _Measuring:
    def __init__(self, subject: Subject, wanted: Wanted) -> None:
        self._subject, self._wanted = subject, wanted
        self._dimensions = [wanted.dimension]
        if wanted.and_total:
            self._dimensions.append("total")
        pieces = wanted.pieces
        self._start, self._end = pieces[0].start, pieces[-1].end
        # The pieces are [edges[i], edges[i + 1]).
        self._edges = [to_ms(piece.start) for piece in pieces] + [_ceil_ms(self._end)]
        self._counted_from = to_ms(find_retention().counted_from)
        self._sums = Sums(cost_histogram=wanted.cost_histogram)
        self._deadline = time.monotonic() + MOST_SECONDS
        # The spans of runs to read one by one, [begin, end) in ms, by version.
        self._raw: dict[ObjectId, list[tuple[int, int]]] = defaultdict(list)
        # What the months' tiles name and was not found yet, and what was found before its month.
        self._named: dict[tuple[ObjectId, datetime], set[tuple[str, int]]] = {}
        self._early: dict[tuple[ObjectId, datetime], list[TileDocument]] = defaultdict(list)

    def run(self) -> dict[Key, dict[int, Block]]:
        self._doubted = self._read_marks()
        hourly = {day_of(from_ms(hour)) for hours in self._doubted.values() for hour in hours}
        hourly |= {day_of(from_ms(edge)) for edge in self._edges if edge % MS_PER_DAY}
        found = find_tiles(self._subject, self._dimensions, self._start, self._end, hourly)
        for tile in found:
            if self._subject.holds(tile["agent_id"]):
                self._add_tile(tile)
            self._check_time()
        if any(self._named.values()):
            raise _Moved
        self._add_runs()
        cells: dict[Key, dict[int, Block]] = defaultdict(dict)
        for (key, piece), block in self._sums.blocks().items():
            cells[key][piece] = block
        return cells

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise DatabaseTimeout(
                "there is too much to add up; ask for less (a narrower from and to)"
            )

    def _read_marks(self) -> dict[ObjectId, set[int]]:
        doubted: dict[ObjectId, set[int]] = defaultdict(set)
        for version_id, hour in marked_hours(self._subject, self._start, self._end):
            if hour >= self._counted_from:
                doubted[version_id].add(hour)
        for version_id, hours in doubted.items():
            for hour in hours:
                self._read_later(version_id, hour, hour + MS_PER_HOUR)
        return doubted

    def _read_later(self, version_id: ObjectId, begin: int, end: int) -> None:
        begin, end = max(begin, self._edges[0]), min(end, self._edges[-1])
        if begin < end:
            self._raw[version_id].append((begin, end))

    # Tiles

    def _add_tile(self, tile: TileDocument) -> None:
        key = tile["_id"]
        version_id, kind, begin = key["v"], key["kind"], key["begin"]
        month = version_id, month_of(begin)
        if kind == MONTH:
            kinds = self._dimensions
            named = {(ROWS_OF_DAY, to_ms(day)) for day in tile["days"]}
            named |= {(kind, to_ms(day)) for day in tile["heavy"] for kind in kinds}
            self._named[month] = {(kind, day) for kind, day in named if self._asks_for(day)}
            self._add_rows(tile, version_id, to_ms(begin))
            for early in self._early.pop(month, ()):
                self._add_tile(early)
        elif month not in self._named:
            self._early[month].append(tile)
        elif (kind, to_ms(begin)) in self._named[month]:
            self._named[month].remove((kind, to_ms(begin)))
            add = self._add_rows if kind == ROWS_OF_DAY else self._add_day
            add(tile, version_id, to_ms(begin))

    def _asks_for(self, day: int) -> bool:
        return day < self._edges[-1] and day + MS_PER_DAY > self._edges[0]

    def _key(self, version_id: ObjectId, value: Any) -> Key:
        wanted = self._wanted
        return (
            version_id if wanted.by_version else None,
            None if wanted.match or wanted.dimension == "total" else value,
        )

    def _add_day(self, tile: TileDocument, version_id: ObjectId, begin: int) -> None:
        is_total = tile["_id"]["kind"] == "total" != self._wanted.dimension
        add = self._add_total if is_total else self._add_entries
        if "day" in tile:
            add(tile["day"], version_id, begin, begin + MS_PER_DAY)
            return
        doubted = self._doubted.get(version_id, ())
        for hour, entries in tile["hours"].items():
            at = begin + int(hour) * MS_PER_HOUR
            if at in doubted or not self._edges[0] - MS_PER_HOUR < at < self._edges[-1]:
                continue
            if self._is_cut(at) and at >= self._counted_from:
                self._read_later(version_id, at, at + MS_PER_HOUR)
            elif at >= self._edges[0]:
                add(entries, version_id, at, at + MS_PER_HOUR)

    def _is_cut(self, hour: int) -> bool:
        """Whether an edge lies within the hour."""
        return bisect_right(self._edges, hour) < bisect_left(self._edges, hour + MS_PER_HOUR)

    def _add_entries(
        self, entries: EntriesDocument, version_id: ObjectId, begin: int, end: int
    ) -> None:
        match = self._wanted.match
        if match and ("rest" in entries or self._wanted.cost_histogram):
            # Whether runs of the value are among the rest, and their costs, only the runs can tell.
            if begin < self._counted_from:
                raise InvalidQuery(
                    "the runs of that time have expired, and of so many only sums are kept: leave"
                    f" out the filter, or ask from {format_instant(from_ms(self._counted_from))} on"
                )
            self._read_later(version_id, begin, end)
            return
        piece = bisect_right(self._edges, begin) - 1
        for value, block in unpack_values(entries, cost_histogram=self._wanted.cost_histogram):
            if match is None or (value is not REST and match(value)):
                self._sums.add_block((self._key(version_id, value), piece), block)

    def _add_total(
        self, entries: EntriesDocument, version_id: ObjectId, begin: int, _end: int
    ) -> None:
        piece = bisect_right(self._edges, begin) - 1
        for _, block in unpack_values(entries, cost_histogram=False):
            self._sums.add_block((self._total_key(version_id), piece), block)

    def _total_key(self, version_id: ObjectId) -> Key:
        return version_id if self._wanted.by_version else None, TOTAL

    # Rows

    def _add_rows(self, tile: TileDocument, version_id: ObjectId, begin: int) -> None:
        if self._wanted.dimension == "total" and "counted" in tile:
            self._add_adjustments(tile, version_id)
        if not tile["rows"]:
            return
        spans = self._spans(column(tile, "created"), version_id, begin)
        if not spans:
            return
        if self._wanted.dimension == "total":
            rows = RowColumns.of(tile, begin)
            for piece, low, high in spans:
                key = (self._key(version_id, None), piece)
                self._sums.add_rows(key, rows, low, high)
                self._add_going(key, tile, range(low, high))
        else:
            self._add_values(tile, version_id, begin, spans)

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
        tile: TileDocument,
        version_id: ObjectId,
        begin: int,
        spans: Sequence[tuple[int, int, int]],
    ) -> None:
        ends, values, places = _index_of(tile, self._wanted.dimension)
        match = self._wanted.match
        columns = RowColumns.of(tile, begin)
        if self._wanted.and_total:
            for piece, first, end in spans:
                total = (self._total_key(version_id), piece)
                self._sums.add_rows(total, columns, first, end)
                self._add_going(total, tile, range(first, end))
        rows = columns.pick(places)
        is_whole = len(spans) == 1 and spans[0][2] - spans[0][1] == tile["rows"]
        low = 0
        for value, high in zip(values, ends, strict=True):
            if match is None or match(value):
                key = self._key(version_id, value)
                for piece, first, end in spans:
                    a = low if is_whole else bisect_left(places, first, low, high)
                    b = high if is_whole else bisect_left(places, end, low, high)
                    if a < b:
                        self._sums.add_rows((key, piece), rows, a, b)
                        self._add_going((key, piece), tile, places[a:b])
            low = high

    def _add_going(self, key: Any, tile: TileDocument, places: Sequence[int]) -> None:
        if "going" in tile:
            block = going_block(tile, places if isinstance(places, range) else set(places))
            if block is not None:
                self._sums.add_block(key, block)

    def _add_adjustments(self, tile: TileDocument, version_id: ObjectId) -> None:
        """What Prometheus counted of runs that changed; those that were deleted have no row."""
        for piece, low, high in self._periods(tile, version_id):
            adjustment = adjustment_of(tile, low, high)
            if adjustment is not None:
                key = (self._key(version_id, None), piece)
                self._sums.add_block(key, Block(adjustment=adjustment))

    def _periods(self, tile: TileDocument, version_id: ObjectId) -> Iterator[tuple[int, int, int]]:
        """The hours of the tile that count, as (piece, from, to) in ms."""
        created = {entry["created"] for entry in tile["counted"]}
        excluded = self._excluded(version_id, min(created), max(created))
        for instant in created:
            if any(low <= instant < high for low, high in excluded):
                continue
            if self._edges[0] <= instant < self._edges[-1]:
                yield bisect_right(self._edges, instant) - 1, instant, instant + 1

    # Runs

    def _add_runs(self) -> None:
        wanted = self._wanted
        spans: dict[tuple[int, int], list[ObjectId]] = defaultdict(list)
        for version_id, several in self._raw.items():
            for span in _join(several):
                spans[span].append(version_id)
        dimension: Dimension = wanted.dimension
        for found in read_blocks(spans, self._edges, dimension, wanted.match):
            self._check_time()
            one = self._key(found.version_id, found.value)
            self._sums.add_block((one, found.piece), found.block)
        if wanted.counters:
            self._add_moved(spans)
        if wanted.and_total:
            for found in read_blocks(spans, self._edges, "total"):
                total = self._total_key(found.version_id)
                self._sums.add_block((total, found.piece), found.block)

    def _add_moved(self, spans: Mapping[tuple[int, int], Sequence[ObjectId]]) -> None:
        for version_id, row in find_moved(spans):
            key = self._key(version_id, None), bisect_right(self._edges, row.created_ms) - 1
            if row.counted is not None:
                self._sums.add_block(key, Block(adjustment=adjust([(row.counted, None)])))


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


def _join(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(set(spans)):
        if joined and joined[-1][1] >= begin:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _ceil_ms(instant: datetime) -> int:
    # The end of time is a fraction of a millisecond after the last run that there can be.
    return to_ms(instant - datetime.resolution) + 1
