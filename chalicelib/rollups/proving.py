"""Whether stored runs are counted as they are, so that their hours need no mark.

Who reports runs again that change nothing cannot know whether they were ever counted: whoever wrote
them may have been held up until its marks were cleared, and have died before it could renew them.
Tiles of rows can tell, because they know which state of which run they hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bson import ObjectId

from chalicelib.database import collection
from chalicelib.database.documents import RunDocument
from chalicelib.database.indexes import TILES_OF_VERSION
from chalicelib.database.names import TILES
from chalicelib.rollups.rows import column, hash_of
from chalicelib.rollups.tiles import MONTH, ROWS_OF_DAY, month_of
from chalicelib.values.instants import day_of, hour_of, to_ms


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
        for state in _counted_states(version_id, set(by_state.values())):
            by_state.pop(state, None)
    return doubted | set(by_state.values())


def _counted_states(version_id: ObjectId, hours: set[datetime]) -> Iterable[tuple[int, int]]:
    """The (created, hash) of every row in the tiles that these hours belong to."""
    where = {
        "$or": [
            {"_id.v": version_id, "_id.kind": kind, "_id.begin": {"$in": sorted(begins)}}
            for kind, begins in (
                (MONTH, set(map(month_of, hours))),
                (ROWS_OF_DAY, set(map(day_of, hours))),
            )
        ]
    }
    fields = {"created": 1, "hash": 1, "days": 1}
    days: set[datetime] = set()
    tiles = []
    for tile in collection(TILES).find(where, fields).hint(TILES_OF_VERSION):
        days |= set(tile.get("days", ()))
        tiles.append(tile)
    for tile in tiles:
        # A day's tile that its month does not name does not count (yet).
        if tile["_id"]["kind"] == MONTH or tile["_id"]["begin"] in days:
            begin = to_ms(tile["_id"]["begin"])
            for created, state in zip(column(tile, "created"), column(tile, "hash"), strict=True):
                yield begin + created, state
