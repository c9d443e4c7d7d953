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
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from bson import ObjectId

from chalicelib.database import WHOLE_REPLY, collection, find_retention
from chalicelib.database.documents import EntriesDocument, TileDocument
from chalicelib.database.names import MARKS
from chalicelib.errors import DatabaseTimeout, DatabaseUnavailable, InvalidQuery
from chalicelib.metrics.block import Block
from chalicelib.metrics.counted import adjust
from chalicelib.registry import Subject
from chalicelib.rollups.columns import read_blocks
from chalicelib.rollups.entries import REST, unpack_values
from chalicelib.rollups.measured_rows import Rows
from chalicelib.rollups.moved import find_moved
from chalicelib.rollups.sums import Sums
from chalicelib.rollups.takeover import check_taken_over
from chalicelib.rollups.tiles import MONTH, ROWS_OF_DAY, Detail, Dimension, find_tiles, month_of
from chalicelib.rollups.wanted import Key, Keys, Wanted
from chalicelib.values.instants import day_of, format_instant, from_ms, hour_of, to_ms

MS_PER_HOUR = 3_600_000
MS_PER_DAY = 86_400_000
# How long one question adds up at most, beside what the database takes.
MOST_SECONDS = 15.0
# A day is moved once in its life: nobody meets that more than once or twice.
_ATTEMPTS = 5


class _Moved(Exception):
    """A day was moved out of its month's tile while this was read."""


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
    start_ms, end_ms = to_ms(hour_of(start)), to_ms(end)
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
        self._edges = [to_ms(piece.start) for piece in pieces] + [to_ms(self._end)]
        self._counted_from = to_ms(find_retention().counted_from)
        self._sums = Sums(cost_histogram=wanted.cost_histogram)
        self._keys = Keys(wanted)
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
        self._rows = Rows(self._sums, self._keys, self._edges, self._doubted)
        span = self._start, self._end
        found = find_tiles(
            self._subject, self._dimensions, span, Detail(hourly, self._cut_months(hourly))
        )
        for tile in found:
            if self._subject.holds(tile["agent_id"]):
                self._add_tile(tile)
            self._check_time()
        if any(self._named.values()):
            raise _Moved
        self._add_runs()
        return self._sums.blocks()

    def _cut_months(self, hourly: Collection[datetime]) -> set[datetime] | None:
        """The months of which sums of whole days do not do; None where they never do."""
        if self._wanted.cost_histogram or self._wanted.dimension == "outcome":
            return None
        cut = {month_of(day) for day in hourly}
        if self._wanted.dimension != "total":
            # Of values there are sums of whole tiles alone.
            edges = [from_ms(edge) for edge in self._edges[:-1]] + [self._end]
            cut |= {month for edge in edges if edge != (month := month_of(edge))}
        return cut

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
            self._rows.add(tile, version_id, to_ms(begin))
            for early in self._early.pop(month, ()):
                self._add_tile(early)
        elif month not in self._named:
            self._early[month].append(tile)
        elif (kind, to_ms(begin)) in self._named[month]:
            self._named[month].remove((kind, to_ms(begin)))
            add = self._rows.add if kind == ROWS_OF_DAY else self._add_day
            add(tile, version_id, to_ms(begin))

    def _asks_for(self, day: int) -> bool:
        return day < self._edges[-1] and day + MS_PER_DAY > self._edges[0]

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
                self._sums.add_block(self._keys.of(version_id, value), piece, block)

    def _add_total(
        self, entries: EntriesDocument, version_id: ObjectId, begin: int, _end: int
    ) -> None:
        piece = bisect_right(self._edges, begin) - 1
        for _, block in unpack_values(entries, cost_histogram=False):
            self._sums.add_block(self._keys.of_total(version_id), piece, block)

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
            one = self._keys.of(found.version_id, found.value)
            self._sums.add_block(one, found.piece, found.block)
        if wanted.counters:
            self._add_moved(spans)
        if wanted.and_total:
            for found in read_blocks(spans, self._edges, "total"):
                total = self._keys.of_total(found.version_id)
                self._sums.add_block(total, found.piece, found.block)

    def _add_moved(self, spans: Mapping[tuple[int, int], Sequence[ObjectId]]) -> None:
        for version_id, row in find_moved(spans):
            if row.counted is not None:
                key = self._keys.of(version_id, None)
                piece = bisect_right(self._edges, row.created_ms) - 1
                block = Block(adjustment=adjust([(row.counted, None)]))
                self._sums.add_block(key, piece, block)


def _join(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(set(spans)):
        if joined and joined[-1][1] >= begin:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
