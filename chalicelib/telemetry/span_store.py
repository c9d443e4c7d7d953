"""Reduced spans in the database: added to, never changed, gone when their time is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from bson import Binary
from pymongo.errors import BulkWriteError

from chalicelib.config import settings
from chalicelib.database import WHOLE_REPLY, Clause, collection, committed, duplicates
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
        "_id": Binary(_digest(owner, trace, packed)),
        "trace": Binary(trace),
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


def count_pieces(owner: str | None, traces: Iterable[bytes]) -> int:
    """How many documents these traces have by now."""
    wanted = [Binary(trace) for trace in traces]
    return committed(SPANS).count_documents(
        {"trace": {"$in": wanted}, "owner": owner}, hint=SPANS_OF_TRACE
    )


def read_traces(owner: str | None, traces: Iterable[bytes], known: Known = NOTHING_KNOWN) -> Known:
    """All spans of these traces: those that are `known` are not read again.

    Only what a majority has: a run is never assembled from spans that a failover takes back.
    """
    found = {trace: list(known.spans.get(trace, ())) for trace in traces}
    wanted = [Binary(trace) for trace in found]
    pieces = dict(known.pieces)
    others: Clause = {"$nin": [Binary(piece) for piece in pieces]}
    chunks = committed(SPANS).find(
        {"trace": {"$in": wanted}, "owner": owner, "_id": others},
        {"trace": 1, "layout": 1, "packed": 1},
    )
    for chunk in chunks.hint(SPANS_OF_TRACE).batch_size(WHOLE_REPLY):
        trace = bytes(chunk["trace"])
        found[trace] += unpack(chunk["layout"], chunk["packed"])
        pieces[bytes(chunk["_id"])] = trace
    return Known(found, pieces)


def _digest(owner: str | None, trace: bytes, packed: bytes) -> bytes:
    # A project's name has no NUL, so that no two owners make the same bytes.
    return blake2b(
        b"\0".join((repr(owner).encode(), trace, packed)), digest_size=_DIGEST_BYTES
    ).digest()
