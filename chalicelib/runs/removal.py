"""Removing the runs of deleted agents and versions, for as long as there is time.

Every part is small and can be repeated, so it may be stopped anywhere, and two at once do no harm.
An entry is closed only when it is older than any writer that could still remember the agent, and
nothing was left after that.
"""

from __future__ import annotations

import time
from datetime import timedelta

import pymongo

from chalicelib.database import Clause, collection
from chalicelib.database.names import RUNS, VERSIONS
from chalicelib.registry import Deletion, close_deletion, list_deletions
from chalicelib.rollups import GRACE_S, remove_part, remove_rollups, server_time

_PART_TIMEOUT_S = 20


def remove_deleted(seconds: float) -> int:
    """Remove what deleted agents and versions have left; how many documents that were.

    Ends when nothing is left, or after the part in which `seconds` ran out.
    """
    deadline = time.monotonic() + seconds
    with pymongo.timeout(_PART_TIMEOUT_S):
        deletions = list_deletions()
    removed = 0
    for deletion in deletions:
        while part := _remove_part(deletion):
            removed += part
            if time.monotonic() > deadline:
                return removed
        _close(deletion)
    return removed


def _remove_part(deletion: Deletion) -> int:
    """Remove a part of what is left; how many documents that were."""
    with pymongo.timeout(_PART_TIMEOUT_S):
        # Runs first: what they add up to could otherwise be made of them again.
        removed = remove_part(RUNS, _of(deletion))
        return removed or remove_rollups(deletion, _versions_of(deletion))


def _close(deletion: Deletion) -> None:
    """Close the entry, unless somebody may still write."""
    with pymongo.timeout(_PART_TIMEOUT_S):
        if deletion.deleted_at > server_time() - timedelta(seconds=GRACE_S):
            return
        if not _remove_part(deletion):
            close_deletion(deletion)


def _of(deletion: Deletion) -> Clause:
    key = "agent_id" if deletion.kind == "agent" else "_id.v"
    return {key: deletion.target_id}


def _versions_of(deletion: Deletion) -> list[object]:
    if deletion.kind == "version":
        return [deletion.target_id]
    found = collection(VERSIONS).find({"agent_id": deletion.target_id}, {"_id": 1})
    return [version["_id"] for version in found]
