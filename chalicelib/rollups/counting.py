"""Counting the marked hours of a version anew, a month at a time.

Tiles are recomputed from the runs, never added to, so doing it twice, or again after a crash,
changes nothing. Days of rows are read whole; of days with very many runs only the marked hours. The
order is: read the tiles, read the runs, store, clear the marks. A tile that another has stored in
between stays, and the marks stay too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import cast

import pymongo
from bson import ObjectId

from chalicelib.database import collection, find_retention
from chalicelib.database.documents import MarkKey, TileContent, TileDocument
from chalicelib.database.indexes import TILES_OF_VERSION
from chalicelib.database.names import MARKS, TILES
from chalicelib.rollups.columns import count_runs, hours_with_runs, read_rows
from chalicelib.rollups.heavy_days import STEP_TIMEOUT_S, HeavyDay
from chalicelib.rollups.marks import MarkOfAge, clear, hours_of, mark_hours
from chalicelib.rollups.moved import Span
from chalicelib.rollups.row import Row
from chalicelib.rollups.rows import pack_rows, unpack_rows
from chalicelib.rollups.tiles import MONTH, ROWS_OF_DAY, end_of_month, replace_tile, tile_id
from chalicelib.rollups.totals import note_recounted
from chalicelib.values.instants import DAY, EPOCH, day_of, from_ms, to_ms

# Rows that a day's tile holds at most, and a month's. A tile of rows is read in proportion to its
# rows, one of blocks in proportion to its blocks: at these numbers both take about as long.
ROWS_A_DAY = 2_000
ROWS_A_MONTH = 4_000
# Rows that one query reads at most.
ROWS_AT_ONCE = 10_000
# Of the values of rows, so that no tile comes near to the 16 MB of a document.
MOST_BYTES = 2_000_000
TICK = timedelta(milliseconds=1)
MS_PER_HOUR, MS_PER_DAY = 3_600_000, 86_400_000


class Month:
    """A version's marked hours of one UTC month, with what is stored of it."""

    def __init__(self, mark: MarkOfAge, deadline: float = 0) -> None:
        """`mark` has the hours that have come of age (chalicelib.rollups.marks)."""
        self.version_id, self.month = mark["_id"]["v"], mark["_id"]["month"]
        self.agent_id, self._mark, self._deadline = mark["agent_id"], mark, deadline
        self._counted_from = to_ms(find_retention().counted_from)
        self._dirty: dict[datetime, dict[datetime, datetime]] = defaultdict(dict)
        for hour, time in hours_of(mark):
            self._dirty[day_of(hour)][hour] = time
        self._tiles: dict[tuple[datetime, str], TileDocument] = {}
        self._apart: dict[datetime, TileDocument] = {}

    def count(self) -> int:
        """Count the marked hours that there is time for; how many it were. Raises Overtaken."""
        with pymongo.timeout(STEP_TIMEOUT_S):
            tiles = self._tiles = self._find_tiles()
            heavy = sorted(day for day in self._dirty if (day, "total") in tiles)
            light = sorted(self._dirty.keys() - set(heavy))
            rows, grown = self._read_days(light)
            self._store_rows(rows, grown)
            done = self._clear([day for day in light if day not in grown])
        failures: list[Exception] = []
        for day in heavy:
            try:
                done += self._count_heavy(day)
            except Exception as error:  # noqa: BLE001 - other days must not wait for this one
                failures.append(error)
        if failures:
            raise failures[0]
        # Days that have just grown into heavy ones are counted next time.
        return done + len(grown)

    def adopt(self) -> None:
        """Name the days that have tiles of their own."""
        self._tiles = self._find_tiles()
        self._store_rows({}, set())

    def _find_tiles(self) -> dict[tuple[datetime, str], TileDocument]:
        kinds = [ROWS_OF_DAY, "total"]
        where = {
            "$or": [
                {"_id.v": self.version_id, "_id.kind": MONTH, "_id.begin": self.month},
                {
                    "_id.v": self.version_id,
                    "_id.kind": {"$in": kinds},
                    "_id.begin": {"$in": list(self._dirty)},
                },
            ]
        }
        self._apart = self._find_apart()
        found = collection(TILES).find(where, {"day": 0, "hours": 0}).hint(TILES_OF_VERSION)
        return {(tile["_id"]["begin"], tile["_id"]["kind"]): tile for tile in found}

    def _find_apart(self) -> dict[datetime, TileDocument]:
        """The revisions of all tiles of days, as they were before anything else was read.

        Read later, one could be of a newer count, which older rows would then replace.
        """
        where = {
            "_id.v": self.version_id,
            "_id.kind": ROWS_OF_DAY,
            "_id.begin": {"$gte": self.month, "$lt": end_of_month(self.month)},
        }
        found = collection(TILES).find(where, {"revision": 1}).hint(TILES_OF_VERSION)
        return {tile["_id"]["begin"]: tile for tile in found}

    # Rows

    def _read_days(
        self, days: Sequence[datetime]
    ) -> tuple[dict[datetime, list[Row]], set[datetime]]:
        """The rows of these days, and the days that have too many."""
        if not days:
            return {}, set()
        read = read_rows(self.version_id, list(_spans(days)), ROWS_AT_ONCE)
        by_day: dict[datetime, list[Row] | None] = dict.fromkeys(days)
        if read is None:
            by_day |= {day: self._read_day(day) for day in days}
        else:
            by_day = {day: [] for day in days}
            for day_ms, some in groupby(read, _created_day):
                by_day[from_ms(day_ms * MS_PER_DAY)] = list(some)
        kept = {
            day: self._with_expired(day, rows) for day, rows in by_day.items() if rows is not None
        }
        kept = {day: rows for day, rows in kept.items() if _fits([rows], ROWS_A_DAY)}
        return kept, set(days) - kept.keys()

    def _read_day(self, day: datetime) -> list[Row] | None:
        (span,) = _spans([day])
        if count_runs(self.version_id, span, ROWS_A_DAY + 1) > ROWS_A_DAY:
            return None
        return read_rows(self.version_id, [span], ROWS_A_DAY)

    def _with_expired(self, day: datetime, rows: list[Row]) -> list[Row]:
        """The rows, but those that are stored of hours whose runs may be gone in part."""
        if to_ms(day) >= self._counted_from:
            return rows
        hours = _by_hour(rows)
        for hour, stored in _by_hour(self._stored_rows(day)).items():
            if hour * MS_PER_HOUR < self._counted_from and len(stored) > len(hours.get(hour, ())):
                hours[hour] = stored
        return [row for hour in sorted(hours) for row in hours[hour]]

    def _stored_rows(self, day: datetime) -> list[Row]:
        own = self._tiles.get((day, ROWS_OF_DAY))
        if own:
            return unpack_rows(own, to_ms(day))
        return self._month_rows().get(day, [])

    def _month_rows(self) -> dict[datetime, list[Row]]:
        """The rows that the month's tile holds itself, by day."""
        tile = self._tiles.get((self.month, MONTH))
        if tile is None:
            return {}
        rows = unpack_rows(tile, to_ms(self.month))
        days = groupby(rows, _created_day)
        return {from_ms(day * MS_PER_DAY): list(some) for day, some in days}

    def _store_rows(self, rows: dict[datetime, list[Row]], grown: set[datetime]) -> None:
        """Store the rows of days, in tiles of their own where the month's would grow too large."""
        tile = self._tiles.get((self.month, MONTH))
        named_days = set(tile["days"]) if tile else set()
        named_heavy = set(tile["heavy"]) if tile else set()
        # Whoever made tiles of a day may have been stopped before it could name it here.
        heavy = named_heavy | {day for day, kind in self._tiles if kind == "total"}
        days = named_days | {day for day, kind in self._tiles if kind == ROWS_OF_DAY}
        days -= heavy
        if not rows and not grown and (days, heavy) == (named_days, named_heavy):
            return
        own = self._month_rows()
        for day, some in rows.items():
            if day in days:
                self._store((day, ROWS_OF_DAY), pack_rows(some, to_ms(day)))
            else:
                own[day] = some
        for day in sorted(grown):
            self._begin_heavy(day)
        heavy |= grown
        days -= grown
        own = {day: some for day, some in own.items() if day not in days | heavy}
        while not _fits(own.values(), ROWS_A_MONTH):
            largest = max(own, key=lambda day: len(own[day]))
            self._look_for(largest)
            self._store((largest, ROWS_OF_DAY), pack_rows(own.pop(largest), to_ms(largest)))
            days.add(largest)
        held = [row for day in sorted(own) for row in own[day]]
        packed = pack_rows(held, to_ms(self.month))
        packed["days"], packed["heavy"] = sorted(days), sorted(heavy)
        packed["last"], packed["before"] = _newest(held, days | heavy)
        self._store((self.month, MONTH), packed)

    def _look_for(self, day: datetime) -> None:
        """See whether there was a tile of this day that no month names: it is to be replaced."""
        if (day, ROWS_OF_DAY) not in self._tiles and day in self._apart:
            self._tiles[day, ROWS_OF_DAY] = self._apart[day]

    def _begin_heavy(self, day: datetime) -> None:
        """Let the day be one of blocks, and all its hours with runs be marked until counted."""
        expired = [r for r in self._stored_rows(day) if r.created_ms < self._counted_from]
        begin = to_ms(day)
        hours = hours_with_runs(self.version_id, (begin, begin + MS_PER_DAY))
        mark_hours(self.version_id, self.agent_id, hours, EPOCH)
        HeavyDay(self.version_id, self.agent_id, day).begin(expired)

    def _store(self, key: tuple[datetime, str], content: TileContent) -> None:
        """Store a tile in place of the one that was read. Raises Overtaken."""
        tile = {"_id": tile_id(self.version_id, key[1], key[0]), "agent_id": self.agent_id}
        replace_tile(cast("TileDocument", tile | content), self._tiles.get(key))

    # Hours of days with very many runs

    def _count_heavy(self, day: datetime) -> int:
        """Count hours of such a day, and clear their marks, until time is up; how many it were."""
        if (day, ROWS_OF_DAY) in self._tiles:  # from before it had grown
            collection(TILES).delete_one({"_id": self._tiles[day, ROWS_OF_DAY]["_id"]})
        done = 0
        heavy = HeavyDay(self.version_id, self.agent_id, day)
        for hours in heavy.count(self._dirty[day], self._counted_from, self._deadline):
            done += self._clear_hours(hours)
        return done

    # Marks

    def _clear(self, days: Sequence[datetime]) -> int:
        """Clear the marks of days that were counted; how many hours it were."""
        return self._clear_hours({h: at for day in days for h, at in self._dirty[day].items()})

    def _clear_hours(self, times: Mapping[datetime, datetime]) -> int:
        if times:
            note_recounted(self.version_id, min(times))
            collection(MARKS).bulk_write([clear(self._mark, times)])
        return len(times)


def name_day(version_id: ObjectId, agent_id: ObjectId, day: datetime) -> None:
    """Let the month's tile name a day that has tiles of its own. Raises Overtaken."""
    hours = {f"{day:%d}00": EPOCH}
    _id: MarkKey = {"v": version_id, "month": day.replace(day=1)}
    Month({"_id": _id, "agent_id": agent_id, "hours": hours, "oldest": EPOCH, "of": 1}).adopt()


def _spans(days: Sequence[datetime]) -> Iterator[Span]:
    """The days as spans, those that adjoin as one; `days` ascend."""
    begin = end = to_ms(days[0])
    for day in map(to_ms, days):
        if day != end:
            yield begin, end
            begin = day
        end = day + MS_PER_DAY
    yield begin, end


def _newest(rows: Sequence[Row], apart: set[datetime]) -> tuple[datetime | None, datetime | None]:
    """The newest run of a month was created at the first or later, at the second or earlier."""
    lasts, befores = sorted(apart), [day + (DAY - TICK) for day in apart]
    alive = [row.created_ms for row in rows if row.outcome is not None]
    if alive:
        lasts.append(from_ms(alive[-1]))
        befores.append(from_ms(alive[-1]))
    return max(lasts, default=None), max(befores, default=None)


def _by_hour(rows: Sequence[Row]) -> dict[int, list[Row]]:
    hours: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        hours[row.created_ms // MS_PER_HOUR].append(row)
    return hours


def _fits(days: Iterable[Sequence[Row]], most: int) -> bool:
    """Whether these rows make a tile of at most so many rows, and MOST_BYTES of values."""
    rows = [row for some in days for row in some]
    if len(rows) > most:
        return False
    places = sum(2 + len(row.models) + len(row.tools) for row in rows)
    texts = {t for row in rows for t in (row.status, row.initiator, *row.models, *row.tools)}
    return 2 * places + sum(4 * len(text) for text in texts if text) <= MOST_BYTES


def _created_day(row: Row) -> int:
    return row.created_ms // MS_PER_DAY
