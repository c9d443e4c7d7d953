"""Who had runs last, without an index of runs by time alone.

Such an index would slow every write by a sixth. The tiles of months know when the newest of their
runs was created: at `last` or later, and at `before` or earlier.
"""

from __future__ import annotations

from datetime import datetime
from heapq import nlargest

from bson import ObjectId

from chalicelib.database import Clause, collection
from chalicelib.database.documents import MarkDocument, TileDocument
from chalicelib.database.indexes import TILES_BY_NEWEST
from chalicelib.database.names import MARKS, TILES
from chalicelib.registry import Subject
from chalicelib.rollups.marks import hours_of
from chalicelib.rollups.tiles import MONTH, month_of
from chalicelib.values.instants import EPOCH, hour_of

# Of so many tiles' newest runs the limit is taken.
_TILES = 200


def agents_of_newest(subject: Subject, count: int) -> tuple[datetime | None, list[ObjectId]]:
    """A time since which the subject has at least `count` runs, None for ever; and whose."""
    newest = _tiles(subject, {}, _TILES)
    lasts = nlargest(count, (last for tile in newest if (last := tile["last"]) is not None))
    since = lasts[-1] if len(lasts) == count else None
    if len(newest) == _TILES and (since is None or _before(newest[-1]) >= since):
        newest = _tiles(subject, {} if since is None else {"before": {"$gte": since}}, 0)
    agents = {t["agent_id"] for t in newest if since is None or _before(t) >= since}
    months = {} if since is None else {"_id.month": {"$gte": month_of(since)}}
    marks = collection(MARKS).find(subject.where | months, {"agent_id": 1, "hours": 1})
    for mark in marks.hint(subject.marks_index):
        if subject.holds(mark["agent_id"]) and (since is None or _reaches(mark, since)):
            agents.add(mark["agent_id"])
    return since, sorted(agents)


def _tiles(subject: Subject, where: Clause, limit: int) -> list[TileDocument]:
    fields = {"_id": 0, "last": 1, "before": 1, "agent_id": 1}
    found = collection(TILES).find(subject.where | {"_id.kind": MONTH} | where, fields)
    # Always in the order of this index: to sort a project's tiles in memory has no bound.
    tiles = found.hint(TILES_BY_NEWEST).sort("before", -1).limit(limit)
    return [tile for tile in tiles if tile["before"] and subject.holds(tile["agent_id"])]


def _before(tile: TileDocument) -> datetime:
    """The newest run was created then, or earlier; `_tiles` leaves out those without."""
    return tile["before"] or EPOCH


def _reaches(mark: MarkDocument, since: datetime) -> bool:
    first = hour_of(since)
    return any(hour >= first for hour, _ in hours_of(mark))
