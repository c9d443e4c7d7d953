"""Whether what is kept of a version is what its runs add up to, hour by hour.

Marked hours are left out, as readers believe no tile of them; and so are hours whose runs have
expired, or may have: of these there is nothing else to be had. Safe beside traffic: a difference is
believed when it is found twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.database import collection, find_retention
from chalicelib.database.documents import EntriesDocument, TileDocument
from chalicelib.database.indexes import MARKS_OF_VERSION, TILES_OF_VERSION
from chalicelib.database.names import MARKS, TILES
from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.rollups.columns import hours_with_runs, read_rows
from chalicelib.rollups.counting import MS_PER_HOUR, ROWS_AT_ONCE
from chalicelib.rollups.entries import REST, unpack_values
from chalicelib.rollups.heavy_days import HeavyDay, add_up
from chalicelib.rollups.marks import hours_of, mark_hours
from chalicelib.rollups.packing import pack
from chalicelib.rollups.row import Row
from chalicelib.rollups.rows import pack_rows, unpack_rows
from chalicelib.rollups.tiles import DIMENSIONS, MONTH, ROWS_OF_DAY, end_of_month, month_of
from chalicelib.values.instants import EPOCH, day_of, from_ms, hour_of, to_ms

# Of an hour: its rows, or by dimension the entries of its blocks.
Rows = Counter[str]
Blocks = dict[str, EntriesDocument]
Tiles = Mapping[tuple[str, datetime], TileDocument]


class Checked(NamedTuple):
    """What a look at a version and month found.

    `differing` says by the hour what differs, `broken` why tiles cannot be read. `hours` were
    compared, `waiting` are marked, `expired` have no runs any more to compare with.
    """

    differing: dict[datetime, str]
    broken: str | None
    hours: int
    waiting: int
    expired: int


class BrokenTilesError(Exception):
    """Why the tiles of a month cannot be read."""


def months_kept(version_id: ObjectId, start: datetime, end: datetime) -> list[datetime]:
    """The months of [start, end) that the version has runs or tiles in."""
    where = {"_id.v": version_id, "_id.begin": {"$gte": month_of(start), "$lt": end}}
    tiles = collection(TILES).find(where, {"_id": 1}).hint(TILES_OF_VERSION)
    months = {month_of(tile["_id"]["begin"]) for tile in tiles}
    months |= {month_of(h) for h in hours_with_runs(version_id, (to_ms(start), to_ms(end)))}
    return sorted(months)


def check_month(version_id: ObjectId, month: datetime, start: datetime, end: datetime) -> Checked:
    """Compare the hours of a month that lie in [start, end)."""
    begin, stop = max(month, hour_of(start)), min(end_of_month(month), end)
    first = _compare(version_id, month, begin, stop)
    if not first.differing and first.broken is None:
        return first
    second = _compare(version_id, month, begin, stop)
    both = {h: what for h, what in second.differing.items() if h in first.differing}
    return second._replace(differing=both, broken=first.broken and second.broken)


def doubt_hours(version_id: ObjectId, agent_id: ObjectId, hours: Iterable[datetime]) -> None:
    """Have these hours counted anew by the next upkeep, and read from their runs until then."""
    mark_hours(version_id, agent_id, hours, EPOCH)


def discard_month(version_id: ObjectId, agent_id: ObjectId, month: datetime) -> bool:
    """Discard the tiles of a month, to be counted anew; False where runs of it have expired."""
    if month < find_retention().counted_from:
        return False
    end = end_of_month(month)
    hours = hours_with_runs(version_id, (to_ms(month), to_ms(end)))
    doubt_hours(version_id, agent_id, hours or [month])
    of_month = {"_id.v": version_id, "_id.begin": {"$gte": month, "$lt": end}}
    collection(TILES).delete_many(of_month, hint=TILES_OF_VERSION)
    return True


def _compare(version_id: ObjectId, month: datetime, begin: datetime, end: datetime) -> Checked:
    counted_from = find_retention().counted_from
    marked = _marked(version_id, month)
    try:
        rows, blocks, sums = _read_kept(version_id, month)
    except BrokenTilesError as error:
        return Checked({}, str(error), 0, 0, 0)
    hours = rows.keys() | blocks.keys()
    hours |= set(hours_with_runs(version_id, (to_ms(begin), to_ms(end))))
    hours = {hour for hour in hours if begin <= hour < end}
    expired = {hour for hour in hours if hour < counted_from}
    asked = sorted(hours - expired - marked)
    actual = _read_rows(version_id, [hour for hour in asked if hour not in blocks])
    differing = {}
    for hour in asked:
        if hour in blocks:
            what = _differing_blocks(version_id, hour, blocks[hour])
            what = what or ("it is kept twice" if hour in rows else None)
        else:
            what = _differing_rows(rows.get(hour, Counter()), actual.get(hour))
        if what:
            differing[hour] = what
    differing |= {h: "its day's sum is another than its hours'" for h in sums if begin <= h < end}
    # A writer may have begun since; what it writes is marked before.
    marked |= _marked(version_id, month)
    left = {hour: what for hour, what in differing.items() if hour not in marked | expired}
    return Checked(left, None, len(asked), len(marked & hours), len(expired))


def _marked(version_id: ObjectId, month: datetime) -> set[datetime]:
    where = {"_id.v": version_id, "_id.month": month}
    marks = collection(MARKS).find(where, {"hours": 1}).hint(MARKS_OF_VERSION)
    return {hour for mark in marks for hour, _ in hours_of(mark)}


def _read_kept(
    version_id: ObjectId, month: datetime
) -> tuple[dict[datetime, Rows], dict[datetime, Blocks], set[datetime]]:
    """The hours of rows, those of blocks, and a marked hour of each day with a wrong sum.

    Raises BrokenTilesError.
    """
    where = {"_id.v": version_id, "_id.begin": {"$gte": month, "$lt": end_of_month(month)}}
    found = collection(TILES).find(where).hint(TILES_OF_VERSION)
    tiles = {(tile["_id"]["kind"], tile["_id"]["begin"]): tile for tile in found}
    try:
        return _unpack_kept(tiles, month)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise BrokenTilesError(f"they cannot be read: {type(error).__name__} {error}") from None


def _unpack_kept(
    tiles: Tiles, month: datetime
) -> tuple[dict[datetime, Rows], dict[datetime, Blocks], set[datetime]]:
    own = tiles.get((MONTH, month))
    days, heavy = (own["days"], own["heavy"]) if own else ([], [])
    wanted: list[tuple[str, datetime]] = [(ROWS_OF_DAY, day) for day in days]
    wanted += [(kind, day) for day in heavy for kind in DIMENSIONS]
    missing = [f"{kind} of {day:%Y-%m-%d}" for kind, day in wanted if (kind, day) not in tiles]
    if missing:
        raise BrokenTilesError(f"tiles are missing: {', '.join(missing[:5])}")
    rows: dict[datetime, Rows] = defaultdict(Counter)
    for key in ([(MONTH, month)] if own else []) + wanted[: len(days)]:
        for hour, some in _by_hour(unpack_rows(tiles[key], to_ms(key[1]))).items():
            rows[hour] += _canonical(some)
    blocks: dict[datetime, Blocks] = defaultdict(dict)
    sums = set()
    for kind, day in wanted[len(days) :]:
        tile = tiles[kind, day]
        for number, entries in tile["hours"].items():
            blocks[day.replace(hour=int(number))][kind] = entries
        if "day" in tile and not _has_right_sum(tile):
            sums.add(day.replace(hour=int(min(tile["hours"], default="00"))))
    return rows, blocks, sums


def _has_right_sum(tile: TileDocument) -> bool:
    stored = tile["day"]
    add_up(tile)
    return _is_same(stored, tile["day"])


def _by_hour(rows: Sequence[Row]) -> dict[datetime, list[Row]]:
    hours = groupby(rows, lambda row: row.created_ms // MS_PER_HOUR)
    return {from_ms(hour * MS_PER_HOUR): list(some) for hour, some in hours}


def _canonical(rows: Iterable[Row]) -> Rows:
    """The rows as a tile gives them back, whatever others it has, in no order."""
    alike = (r._replace(models=_sorted(r.models), tools=_sorted(r.tools)) for r in rows)
    return Counter(map(repr, alike))


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def _read_rows(version_id: ObjectId, hours: Sequence[datetime]) -> dict[datetime, Rows | None]:
    """What tiles of rows should have of these hours; None where there are too many runs for one."""
    found: dict[datetime, Rows | None] = {}
    for day, some in groupby(hours, day_of):
        theirs = list(some)
        span = to_ms(theirs[0]), to_ms(theirs[-1]) + MS_PER_HOUR
        rows = read_rows(version_id, [span], ROWS_AT_ONCE)
        found |= {hour: None if rows is None else Counter() for hour in theirs}
        if rows is None:
            continue
        for hour, of_hour in _by_hour(rows).items():
            begin = to_ms(day)
            found[hour] = _canonical(unpack_rows(pack_rows(of_hour, begin), begin))
    return found


def _differing_rows(kept: Rows, actual: Rows | None) -> str | None:
    if actual is None:
        return f"{kept.total()} runs are kept, there are more than {ROWS_AT_ONCE}"
    if kept.total() != actual.total():
        return f"{kept.total()} runs are kept, there are {actual.total()}"
    changed = (kept - actual).total()
    return f"{changed} of {kept.total()} runs are kept otherwise than they are" if changed else None


def _differing_blocks(version_id: ObjectId, hour: datetime, kept: Blocks) -> str | None:
    actual = HeavyDay(version_id, version_id, day_of(hour)).count_hour(hour)
    for dimension in DIMENSIONS:
        nothing: EntriesDocument = {"runs": 0, "values": []}
        stored = kept.get(dimension, nothing)
        if stored["runs"] != actual[dimension]["runs"]:
            there = actual[dimension]["runs"]
            return f"{stored['runs']} runs are kept by {dimension}, there are {there}"
        if not _is_same(stored, actual[dimension]):
            return f"the numbers by {dimension} are others than the runs'"
    return None


def _is_same(one: EntriesDocument, other: EntriesDocument) -> bool:
    first, second = (_packed(entries) for entries in (one, other))
    if REST in first or REST in second:
        # Which values were kept apart depends on how many there were when it was counted.
        return _outcomes(one) == _outcomes(other)
    return first == second


def _packed(entries: EntriesDocument) -> dict[Any, bytes]:
    return {value: pack(block) for value, block in unpack_values(entries)}


def _outcomes(entries: EntriesDocument) -> tuple[int, ...]:
    block: Block = merge_blocks(block for _, block in unpack_values(entries))
    return block.succeeded, block.failed, block.in_progress, block.other
