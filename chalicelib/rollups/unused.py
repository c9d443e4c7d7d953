"""Versions of which there is nothing to add up yet."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from bson import ObjectId

from chalicelib.database import WHOLE_REPLY, collection
from chalicelib.database.indexes import BY_ID, MARKS_OF_VERSION, TILES_OF_VERSION
from chalicelib.database.names import MARKS, TILES, VERSIONS
from chalicelib.registry import Subject

MOST_UNUSED = 1_000


def unused_versions(
    subject: Subject, since: datetime, running: Container[ObjectId]
) -> list[ObjectId]:
    """The subject's versions that were made since then and have no run, the newest 1,000 at most.

    Those that are known to be `running` are left out. Marks are looked at before tiles: a run is
    announced by the one until it is in the other.
    """
    where = {"_id": {"$gte": ObjectId.from_datetime(since)}, "created_at": {"$gte": since}}
    newest = collection(VERSIONS).find(subject.where | where, {"agent_id": 1}).hint(BY_ID)
    found = newest.sort("_id", -1).limit(MOST_UNUSED).batch_size(WHOLE_REPLY)
    new = [
        version["_id"]
        for version in found
        if version["_id"] not in running and subject.holds(version["agent_id"])
    ]
    if not new:
        return []
    used: set[ObjectId] = set()
    of_new, version = {"_id.v": {"$in": new}}, {"_id.v": 1}
    marks = collection(MARKS).find(of_new, version).hint(MARKS_OF_VERSION)
    used |= {mark["_id"]["v"] for mark in marks.batch_size(WHOLE_REPLY)}
    tiles = collection(TILES).find(of_new, version).hint(TILES_OF_VERSION)
    used |= {tile["_id"]["v"] for tile in tiles.batch_size(WHOLE_REPLY)}
    return [version_id for version_id in new if version_id not in used]
