"""Runs that are taken away for good: what stays is a mark in their place.

It keeps the run's identity, so that no report brings it back, and what Prometheus has counted of
it, because counters never fall.
"""

from __future__ import annotations

from collections.abc import Collection

from pymongo import ReplaceOne

from chalicelib.audit import Note
from chalicelib.database import collection, committed, sound
from chalicelib.database.documents import RunDocument, VersionDocument
from chalicelib.database.names import RUNS
from chalicelib.errors import DatabaseUnavailable, RunNotFound
from chalicelib.runs.changes import deletion_of
from chalicelib.runs.marking import marking
from chalicelib.runs.reading import NOT_DELETED
from chalicelib.runs.recording import revise
from chalicelib.runs.resolution import counted_before
from chalicelib.values.identities import Identity
from chalicelib.values.instants import now

_MAX_ROUNDS = 20


def delete_runs(
    version: VersionDocument, ids: Collection[Identity], note: Note | None = None
) -> int:
    """Delete those of these runs that there are; how many there were. `note` is told before.

    Durable when it returns. Raises DatabaseUnavailable, and what the driver raises.
    """
    where = {"_id": {"$in": [{"v": version["_id"], "id": run_id} for run_id in ids]}}
    deleted = 0
    for _ in range(_MAX_ROUNDS):
        stored = list(sound(committed(RUNS).find(where | NOT_DELETED), RunDocument))
        if not stored:
            return deleted
        by_id = {run["_id"]["id"]: run for run in stored}
        with marking([version]) as marks:
            marks.mark_change(by_id, by_id)
            # Somebody else may have changed one of them just now: that one is read again.
            end = note([deletion_of(run) for run in stored]) if note else None
            done = collection(RUNS).bulk_write([_replacement(run) for run in stored])
        if end is not None:
            end(())
        deleted += done.matched_count
    raise DatabaseUnavailable("other writers keep changing these runs; retry")


def delete_run(version: VersionDocument, run_id: Identity, note: Note | None = None) -> None:
    """Delete one run; done also where it was deleted before. Raises RunNotFound."""
    if delete_runs(version, [run_id], note):
        return
    where = {"_id": {"v": version["_id"], "id": run_id}, "deleted_at": {"$ne": None}}
    if committed(RUNS).find_one(where, {"_id": 1}) is None:
        raise RunNotFound(f"the version '{version['version']}' has no run {run_id}")


def _replacement(run: RunDocument) -> ReplaceOne[RunDocument]:
    tombstone: RunDocument = {
        "_id": run["_id"],
        "agent_id": run["agent_id"],
        "created": run["created"],
        "deleted_at": now(),
    }
    counted = counted_before(run)
    if counted is not None:
        tombstone["counted"] = counted
    if "counted_at" in run:
        tombstone["counted_at"] = run["counted_at"]
    revise(tombstone, run)
    return ReplaceOne({"_id": run["_id"], "revision": run.get("revision")}, tombstone)
