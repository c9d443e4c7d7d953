"""Whether stored runs are counted as they are, so that their hours need no mark.

Who reports runs again that change nothing cannot know whether they were ever counted: whoever wrote
them may have been held up until its marks were cleared, and have died before it could renew them.

Tiles of rows can tell, because they know which state of which run they hold. Tiles of blocks know
of how many documents an hour was counted, and the sum of their revisions. Every write adds to one
of the two, but one that moves a run to another hour, and that run says so itself (`moved_from`): so
an hour that has as many of both as when it was counted has been counted as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from bson import ObjectId

from chalicelib.database import Clause, collection
from chalicelib.database.documents import RunDocument, TileDocument
from chalicelib.database.indexes import BY_ID, TILES_OF_VERSION
from chalicelib.database.names import TILES
from chalicelib.rollups.rows import column, hash_of
from chalicelib.rollups.states import count_states
from chalicelib.rollups.tiles import MONTH, ROWS_OF_DAY, month_of, tile_id
from chalicelib.values.instants import day_of, hour_of, to_ms

# Documents that one replay looks at to prove hours of blocks; what is beyond is marked.
MOST_LOOKED_AT = 30_000


def uncounted_hours(version_id: ObjectId, runs: Iterable[RunDocument]) -> set[datetime]:
    """The hours of these stored runs that may not count them as they are, or count them still."""
    by_state: dict[tuple[int, int], datetime] = {}
    doubted: set[datetime] = set()
    for run in runs:
        created = run["created"]
        state = to_ms(created), hash_of(run["_id"]["id"], run.get("revision"))
        if run.get("moved_from") or "status" not in run:
            doubted |= {hour_of(created), *run.get("moved_from", ())}
        else:
            by_state[state] = hour_of(created)
    if by_state:
        tiles = _find_tiles(version_id, set(by_state.values()))
        for state in _states_of(tiles):
            by_state.pop(state, None)
        heavy = {day for tile in tiles for day in tile.get("heavy", ())}
        left = {hour for hour in by_state.values() if day_of(hour) in heavy}
        doubted |= set(by_state.values()) - _unchanged(version_id, left)
    return doubted


def _find_tiles(version_id: ObjectId, hours: set[datetime]) -> list[TileDocument]:
    """The tiles of rows that these hours belong to."""
    where = {
        "$or": [
            {"_id.v": version_id, "_id.kind": kind, "_id.begin": {"$in": sorted(begins)}}
            for kind, begins in (
                (MONTH, set(map(month_of, hours))),
                (ROWS_OF_DAY, set(map(day_of, hours))),
            )
        ]
    }
    fields = {"created": 1, "hash": 1, "days": 1, "heavy": 1}
    return collection(TILES).find(where, fields).hint(TILES_OF_VERSION).to_list()


def _states_of(tiles: Iterable[TileDocument]) -> Iterator[tuple[int, int]]:
    """The (created, hash) of every row that counts."""
    days = {day for tile in tiles for day in tile.get("days", ())}
    for tile in tiles:
        # A day's tile that its month does not name does not count (yet).
        if tile["_id"]["kind"] == MONTH or tile["_id"]["begin"] in days:
            begin = to_ms(tile["_id"]["begin"])
            for created, state in zip(column(tile, "created"), column(tile, "hash"), strict=True):
                yield begin + created, state


def _unchanged(version_id: ObjectId, hours: set[datetime]) -> set[datetime]:
    """Those of these hours of days of blocks that have changed in nothing since they were counted.

    What was counted is read first: what is written in between makes a difference.
    """
    counted = _counted(version_id, hours) if hours else {}
    looked_at, left = [], MOST_LOOKED_AT
    for hour, (documents, _) in sorted(counted.items()):
        left -= documents
        if left >= 0:
            looked_at.append(hour)
    present = count_states(version_id, looked_at) if looked_at else {}
    return {hour for hour in looked_at if present.get(hour) == counted[hour]}


def _counted(version_id: ObjectId, hours: set[datetime]) -> dict[datetime, tuple[int, int]]:
    """Of how many documents these hours were counted, and the sum of their revisions."""
    ids = [tile_id(version_id, "total", day) for day in sorted(set(map(day_of, hours)))]
    fields = {"hours": {"$map": {"input": {"$objectToArray": "$hours"}, "in": _PROOF}}}
    found: Iterable[Any] = collection(TILES).find({"_id": {"$in": ids}}, fields).hint(BY_ID)
    proofs = (
        (tile["_id"]["begin"].replace(hour=int(each["hour"])), each)
        for tile in found
        for each in tile["hours"]
    )
    return {
        hour: (each["documents"], each["revisions"])
        for hour, each in proofs
        if hour in hours and "documents" in each
    }


_PROOF: Clause = {
    "hour": "$$this.k",
    "documents": "$$this.v.documents",
    "revisions": "$$this.v.revisions",
}
