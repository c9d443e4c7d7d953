"""What Prometheus counted of runs that have been given another time since.

A counter must neither fall nor jump because a run moves, so the run stays counted where it was when
it first had ended: its document keeps that time (`counted_at`), and what was counted (`counted`).
At its new time the run is in every metric, and in no counter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bson import DatetimeMS, ObjectId

from chalicelib.database import WHOLE_REPLY, Clause, collection
from chalicelib.database.documents import RunDocument
from chalicelib.database.indexes import RUNS_MOVED
from chalicelib.database.names import RUNS
from chalicelib.rollups.row import Row
from chalicelib.rollups.rows import hash_of
from chalicelib.values.instants import to_ms

_FIELDS = {"counted": 1, "counted_at": 1, "revision": 1}
# A query names at most so many spans of time, and so many versions.
_MOST_SPANS = 24
_MOST_VERSIONS = 1_000

# [begin, end) in milliseconds since 1970.
Span = tuple[int, int]


def find_moved(spans: Mapping[Span, Sequence[ObjectId]]) -> Iterator[tuple[ObjectId, Row]]:
    """The rows of runs that left these spans after they were counted, as of deleted runs."""
    for where in conditions(spans, "counted_at"):
        found = collection(RUNS).find(where, _FIELDS).hint(RUNS_MOVED)
        for run in found.batch_size(WHOLE_REPLY):
            yield run["_id"]["v"], _row_of(run)


def _row_of(run: RunDocument) -> Row:
    state = hash_of(run["_id"]["id"], run.get("revision"))
    return Row(to_ms(run["counted_at"]), *(None,) * 5, (), (), None, None, run["counted"], state)


def conditions(spans: Mapping[Span, Sequence[ObjectId]], field: str) -> Iterator[Clause]:
    """Queries of bounded size that together select the versions' runs of these spans."""
    some: list[Clause] = []
    versions = 0
    for span, ids in spans.items():
        for at in range(0, len(ids), _MOST_VERSIONS):
            part = ids[at : at + _MOST_VERSIONS]
            if some and (len(some) >= _MOST_SPANS or versions + len(part) > _MOST_VERSIONS):
                yield {"$or": some}
                some, versions = [], 0
            some.append({"_id.v": {"$in": list(part)}} | condition(span, field))
            versions += len(part)
    if some:
        yield {"$or": some}


def condition(span: Span, field: str = "created") -> Clause:
    """What holds for runs of a span by one of their times."""
    # Not datetimes: the end of a span may be later than any that one can hold.
    return {field: {"$gte": DatetimeMS(span[0]), "$lt": DatetimeMS(span[1])}}
