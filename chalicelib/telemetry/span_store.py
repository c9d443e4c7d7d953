"""Reduced spans in the database: added to, never changed, gone when their time is over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from pymongo.errors import BulkWriteError

from chalicelib.config import settings
from chalicelib.database import WHOLE_REPLY, collection, committed, duplicates
from chalicelib.database.documents import SpansDocument
from chalicelib.database.indexes import SPANS_OF_TRACE
from chalicelib.database.names import SPANS
from chalicelib.telemetry.packing import LAYOUT, pack, unpack
from chalicelib.telemetry.spans import Span
from chalicelib.values.instants import now

# Far below the 16 MB that a document may have, errors of 8 KB in every span or not.
MAX_PIECE_BYTES = 2_000_000
_DIGEST_BYTES = 16


class Known(NamedTuple):
    """Spans by trace; `pieces` are the ids of the documents that hold them, with their traces."""

    spans: Mapping[bytes, list[Span]]
    pieces: Mapping[bytes, bytes]


NOTHING_KNOWN = Known({}, {})


def add_spans(owner: str | None, traces: Mapping[bytes, list[Span]]) -> Known:
    """Keep the spans of each trace; those of a request that was sent before are there already.

    Durable when it returns.
    """
    expires_at = now() + timedelta(days=settings().spans_ttl_days)
    documents = [
        _document(owner, trace, packed, expires_at)
        for trace, spans in traces.items()
        for packed in _pieces(spans)
    ]
    try:
        collection(SPANS).insert_many(documents, ordered=False)
    except BulkWriteError as error:
        duplicates(error)
    return Known(traces, {bytes(d["_id"]): bytes(d["trace"]) for d in documents})


def _document(
    owner: str | None, trace: bytes, packed: bytes, expires_at: datetime
) -> SpansDocument:
    return {
        "_id": _digest(owner, trace, packed),
        "trace": trace,
        "owner": owner,
        "layout": LAYOUT,
        "packed": packed,
        "expires_at": expires_at,
    }


def _pieces(spans: list[Span]) -> Iterator[bytes]:
    """The spans packed, in as many pieces as documents of a sensible size need."""
    packed = pack(spans)
    if len(packed) <= MAX_PIECE_BYTES or len(spans) == 1:
        yield packed
        return
    half = len(spans) // 2
    yield from _pieces(spans[:half])
    yield from _pieces(spans[half:])


def read_traces(owner: str | None, traces: Iterable[bytes]) -> Known:
    """All spans of these traces."""
    return _read(owner, traces, NOTHING_KNOWN)[0]


def read_others(
    owner: str | None, traces: Collection[bytes], known: Known
) -> tuple[Known, set[bytes]]:
    """What is known, with the spans of these traces that were not; and which of them have such."""
    # To count is to look into an index alone, and nearly always all that there is to do.
    where = {"trace": {"$in": list(traces)}, "owner": owner}
    count = committed(SPANS).count_documents(where, hint=SPANS_OF_TRACE)
    if count == sum(trace in traces for trace in known.pieces.values()):
        return known, set()
    return _read(owner, traces, known)


def _read(owner: str | None, traces: Iterable[bytes], known: Known) -> tuple[Known, set[bytes]]:
    """Only what a majority has: a run is never assembled from spans that a failover takes back."""
    found = {trace: list(known.spans.get(trace, ())) for trace in traces}
    pieces = dict(known.pieces)
    where = {"trace": {"$in": list(found)}, "owner": owner, "_id": {"$nin": list(pieces)}}
    chunks = committed(SPANS).find(where, {"trace": 1, "layout": 1, "packed": 1})
    grown = set()
    for chunk in chunks.hint(SPANS_OF_TRACE).batch_size(WHOLE_REPLY):
        trace = bytes(chunk["trace"])
        found[trace] += unpack(chunk["layout"], chunk["packed"])
        pieces[bytes(chunk["_id"])] = trace
        grown.add(trace)
    return Known(found, pieces), grown


def _digest(owner: str | None, trace: bytes, packed: bytes) -> bytes:
    # A project's name has no NUL, so that no two owners make the same bytes.
    return blake2b(
        b"\0".join((repr(owner).encode(), trace, packed)), digest_size=_DIGEST_BYTES
    ).digest()
