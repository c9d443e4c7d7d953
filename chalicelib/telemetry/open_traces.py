"""Traces whose runs are not all recorded: those that wait for an agent's span, and those left over.

A trace that waits for longer than WAIT has expired: some frameworks never send an agent's span
after an exception. It is counted, with an example. Should the span come after all, while the
trace's other spans are kept, its run is recorded all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from pymongo import UpdateOne

from chalicelib.database import Clause, collection, upsert
from chalicelib.database.documents import OpenTraceDocument, TraceKey
from chalicelib.database.indexes import OPEN_TRACES_BY_DUE
from chalicelib.database.names import OPEN_TRACES
from chalicelib.values.instants import now

WAIT = timedelta(days=1)


class Example(NamedTuple):
    """What a person may recognise a trace by: its instrumentation, and names of a few spans."""

    framework: str = ""
    names: tuple[str, ...] = ()


def keep_waiting(owner: str | None, traces: Mapping[bytes, Example]) -> None:
    _keep(owner, traces, "waiting")


def keep_unrecorded(owner: str | None, traces: Iterable[bytes]) -> None:
    _keep(owner, dict.fromkeys(traces, Example()), "unrecorded")


def close_traces(owner: str | None, traces: Iterable[bytes]) -> None:
    """Forget that these traces were open."""
    keys = [_key(owner, trace) for trace in traces]
    if keys:
        collection(OPEN_TRACES).delete_many({"_id": {"$in": keys}})


def next_unrecorded(limit: int) -> list[TraceKey]:
    """Of one owner, the traces whose recording was left over for longest."""
    found = (
        collection(OPEN_TRACES).find({"state": "unrecorded"}, {"_id": 1}).hint(OPEN_TRACES_BY_DUE)
    )
    keys: list[TraceKey] = [document["_id"] for document in found.sort("due").limit(limit)]
    return [key for key in keys if key["owner"] == keys[0]["owner"]]


def pop_expired() -> OpenTraceDocument | None:
    """A trace that has waited for too long, which is then forgotten."""
    where = {"state": "waiting", "due": {"$lt": now()}}
    return collection(OPEN_TRACES).find_one_and_delete(where, hint=OPEN_TRACES_BY_DUE)


def count_waiting(owner: str | None) -> int:
    where: Clause = {"state": "waiting"}
    if owner is not None:
        where["_id.owner"] = owner
    return collection(OPEN_TRACES).count_documents(where, hint=OPEN_TRACES_BY_DUE)


def waiting_examples(owner: str | None, limit: int) -> list[OpenTraceDocument]:
    """Those that have waited for longest."""
    where: Clause = {"state": "waiting"}
    if owner is not None:
        where["_id.owner"] = owner
    found = collection(OPEN_TRACES).find(where).hint(OPEN_TRACES_BY_DUE).sort("due").limit(limit)
    return found.to_list()


def _keep(owner: str | None, traces: Mapping[bytes, Example], state: str) -> None:
    instant = now()
    upsert(
        OPEN_TRACES,
        [
            UpdateOne(
                {"_id": _key(owner, trace)},
                {
                    "$set": {
                        "state": state,
                        "due": instant + WAIT,
                        "framework": example.framework,
                        "names": list(example.names),
                    },
                    "$setOnInsert": {"since": instant},
                },
                upsert=True,
            )
            for trace, example in traces.items()
        ],
    )


def _key(owner: str | None, trace: bytes) -> TraceKey:
    return {"owner": owner, "trace": trace}
