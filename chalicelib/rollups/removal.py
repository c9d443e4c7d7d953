"""Removing what deleted versions added up to, a bounded part at a time."""

from __future__ import annotations

from typing import Any

from bson import MaxKey

from chalicelib.database import Clause, collection
from chalicelib.database.names import EXPIRED, MARKS, TILES, TOTALS, Name
from chalicelib.registry import Deletion

# How many documents one part deletes: well under a second.
A_PART = 2_000
_BY_VERSION: tuple[Name[Any], ...] = (MARKS, TILES)


def remove_rollups(deletion: Deletion, version_ids: list[object]) -> int:
    """Remove a part of what is kept of a deleted agent or version; how many documents."""
    key = "agent_id" if deletion.kind == "agent" else "_id.v"
    for name in _BY_VERSION:
        removed = remove_part(name, {key: deletion.target_id})
        if removed:
            return removed
    for version_id in version_ids:
        # Along the index of `_id`: every id of the version lies between these.
        span = {"$gte": {"v": version_id}, "$lt": {"v": version_id, "id": MaxKey()}}
        removed = remove_part(EXPIRED, {"_id": span})
        if removed:
            return removed
    return collection(TOTALS).delete_many({"_id": {"$in": version_ids}}).deleted_count


def remove_part(name: Name[Any], where: Clause) -> int:
    """Delete some documents of a collection; how many that were."""
    ids = [document["_id"] for document in collection(name).find(where, {"_id": 1}).limit(A_PART)]
    if ids:
        collection(name).delete_many({"_id": {"$in": ids}})
    return len(ids)
