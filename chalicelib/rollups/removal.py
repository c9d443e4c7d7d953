"""Removing what deleted versions added up to, a bounded part at a time."""

from __future__ import annotations

from chalicelib.database import Document, collection
from chalicelib.registry import Deletion

# How many documents one part deletes: well under a second.
A_PART = 2_000
_BY_ID = ("totals",)
_BY_VERSION = ("rollup_marks", "rollups", "day_rollups")


def remove_rollups(deletion: Deletion, version_ids: list[object]) -> bool:
    """Remove a part of what is kept of a deleted agent or version; whether nothing is left."""
    if deletion.kind == "agent":
        where: Document = {"agent_id": deletion.target_id}
    else:
        where = {"_id.v": deletion.target_id}
    for name in _BY_VERSION:
        if remove_part(name, where):
            return False
    for name in _BY_ID:
        collection(name).delete_many({"_id": {"$in": version_ids}})
    return True


def remove_part(name: str, where: Document) -> int:
    """Delete some documents of a collection; how many that were."""
    ids = [document["_id"] for document in collection(name).find(where, {"_id": 1}).limit(A_PART)]
    if ids:
        collection(name).delete_many({"_id": {"$in": ids}})
    return len(ids)
