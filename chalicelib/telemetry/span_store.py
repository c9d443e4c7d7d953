"""Reduced spans in the database: added to, never changed, gone when their time is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from bson import Binary
from pymongo.errors import BulkWriteError

from chalicelib.config import settings
from chalicelib.database import WHOLE_REPLY, collection, committed, duplicates
from chalicelib.database.documents import SpansDocument
from chalicelib.database.indexes import SPANS_OF_TRACE
from chalicelib.telemetry.packing import LAYOUT, pack, unpack
from chalicelib.telemetry.spans import Span
from chalicelib.values.instants import now

# Far below the 16 MB that a document may have, errors of 8 KB in every span or not.
MAX_PIECE_BYTES = 2_000_000
_DIGEST_BYTES = 16


class Stored(NamedTuple):
    """Spans by trace, and how many documents each trace was read from."""

    spans: dict[bytes, list[Span]]
    pieces: Counter[bytes]


def add_spans(owner: str | None, traces: Mapping[bytes, list[Span]]) -> None:
    """Keep the spans of each trace; those of a request that was sent before are there already.

    Durable when it returns.
    """
    expires_at = now() + timedelta(days=settings().spans_ttl_days)
    documents = [
        dict(_document(owner, trace, packed, expires_at))
        for trace, spans in traces.items()
        for packed in _pieces(spans)
    ]
    try:
        collection("spans").insert_many(documents, ordered=False)
    except BulkWriteError as error:
        duplicates(error)


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
    return committed("spans").count_documents(
        {"trace": {"$in": wanted}, "owner": owner}, hint=SPANS_OF_TRACE
    )


def read_traces(owner: str | None, traces: Iterable[bytes]) -> Stored:
    """All spans that are known of these traces.

    Only what a majority has: a run is never assembled from spans that a failover takes back.
    """
    wanted = [Binary(trace) for trace in traces]
    found: dict[bytes, list[Span]] = {bytes(trace): [] for trace in wanted}
    pieces: Counter[bytes] = Counter()
    chunks = committed("spans").find(
        {"trace": {"$in": wanted}, "owner": owner}, {"trace": 1, "layout": 1, "packed": 1}
    )
    for chunk in chunks.hint(SPANS_OF_TRACE).batch_size(WHOLE_REPLY):
        trace = bytes(chunk["trace"])
        found[trace] += unpack(chunk["layout"], chunk["packed"])
        pieces[trace] += 1
    return Stored(found, pieces)


def _digest(owner: str | None, trace: bytes, packed: bytes) -> bytes:
    # A project's name has no NUL, so that no two owners make the same bytes.
    return blake2b(
        b"\0".join((repr(owner).encode(), trace, packed)), digest_size=_DIGEST_BYTES
    ).digest()
