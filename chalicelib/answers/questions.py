"""Questions about metrics: which runs, divided how; and the blocks that answer them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.errors import InvalidQuery
from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.metrics.folding import Dimension
from chalicelib.metrics.intervals import Bucket, Interval, cut_range, locate
from chalicelib.registry import Scope, name_groups
from chalicelib.rollups import REST, Measured, extent, measure
from chalicelib.values.instants import END_OF_TIME, EPOCH, HOUR, now
from chalicelib.wire.queries import DEFAULT_STALE_AFTER, GroupBy

# Buckets of one stretch of time. A block is up to 1,150 bytes on its way through Lambda, which
# takes 6 MB; with a grouping there is one series for all runs, and at least one for a group.
MAX_BUCKETS, MAX_BUCKETS_OF_GROUPS = 5_000, 2_400
DIMENSIONS: dict[GroupBy, Dimension] = {
    "model": "model",
    "tool": "tool",
    "initiator": "initiator",
    "status": "status",
}


class Question(NamedTuple):
    """What a metrics route was asked; see chalicelib.wire.queries.MetricsQuery.

    The blocks have histograms of costs only with `cost_histogram`: comparisons need them.
    """

    start: datetime | None
    end: datetime | None
    stale_before: datetime
    interval: Interval | None = None
    zone: tzinfo = UTC
    group_by: GroupBy | None = None
    cost_histogram: bool = False

    @classmethod
    def from_query(cls, query: dict[str, Any]) -> Question:
        return cls(
            query.get("start"),
            query.get("end"),
            stale_before(query.get("stale_after", DEFAULT_STALE_AFTER)),
            query.get("interval"),
            query.get("tz", UTC),
            query.get("group_by"),
        )


def stale_before(stale_after: timedelta) -> datetime:
    """Runs in progress that were created before this are stale."""
    present = now()
    return max(EPOCH, present - stale_after) if stale_after < present - EPOCH else EPOCH


def block_of(scope: Scope, question: Question) -> Block:
    """The block of all runs in the range."""
    cells = measure_cells(scope, question, buckets_of(scope, question))
    return merge_blocks(block for cell in cells.values() for block in cell.values())


def blocks_by_version(scope: Scope, question: Question) -> dict[ObjectId, Block]:
    """The block of each version that has runs in the range."""
    buckets = buckets_of(scope, question)
    cells = _measure(scope, question, buckets, "version")
    return {version_id: merge_blocks(cell.values()) for version_id, cell in cells.items()}


def divided_blocks(
    scope: Scope, question: Question, buckets: list[Bucket], *, by_version: bool
) -> Cells:
    """The blocks by place of their bucket, for each version id, or under None for all of them."""
    return _measure(scope, question, buckets, "version" if by_version else None)


def buckets_of(scope: Scope, question: Question) -> list[Bucket]:
    """The stretches of time that are asked for; one without an interval, none of an empty range."""
    start, end = question.start, question.end
    if start is None or end is None:
        known = extent(scope)
        if known is None:
            return []
        start = known[0] if start is None else start
        end = next_hour(known[1]) if end is None else end
    if start >= end:
        return []
    if question.interval is None:
        return [Bucket(start, end)]
    try:
        buckets = cut_range(start, end, question.interval, question.zone)
    except ValueError as error:
        raise InvalidQuery(str(error)) from None
    most = MAX_BUCKETS_OF_GROUPS if question.group_by else MAX_BUCKETS
    if len(buckets) > most:
        grouped = " by groups" if question.group_by else ""
        raise InvalidQuery(
            f"the range has {len(buckets)} buckets of one {question.interval}, more than {most}"
            f"{grouped}: ask for a longer interval or a shorter range"
        )
    return buckets


def next_hour(hour: datetime) -> datetime:
    """The end of an hour; that of the last one is no whole hour later."""
    return hour + HOUR if hour < END_OF_TIME - HOUR else END_OF_TIME


# The blocks of each group by the place of their bucket; without a grouping one group, None.
Cells = dict[Any, dict[int, Block]]


def measure_cells(
    scope: Scope, question: Question, buckets: list[Bucket], *, grouped: bool = True
) -> Cells:
    """The blocks by what the answer calls each group: ((field, value), …)."""
    by = question.group_by if grouped else None
    cells = _measure(scope, question, buckets, by)
    return cells if by is None else _name(by, cells)


def _measure(scope: Scope, question: Question, buckets: list[Bucket], by: GroupBy | None) -> Cells:
    """The blocks by value of a dimension, by version id for what follows from the version."""
    cells: Cells = defaultdict(lambda: defaultdict(Block))
    pieces = _cut_at(buckets, question.stale_before) if buckets else []
    places = [locate(buckets, piece.start) for piece in pieces]
    dimension = DIMENSIONS.get(by, "total") if by else "total"
    for measured in measure(scope, pieces, dimension, cost_histogram=question.cost_histogram):
        if pieces[measured.piece].end <= question.stale_before:
            measured.block.stale = measured.block.in_progress
        cells[_key(by, measured)][places[measured.piece]].merge(measured.block)
    return cells


def _cut_at(buckets: Sequence[Bucket], instant: datetime) -> list[Bucket]:
    """The buckets with the one that holds the instant divided there."""
    edges = {bucket.start for bucket in buckets} | {buckets[-1].end}
    if buckets[0].start < instant < buckets[-1].end:
        edges.add(instant)
    return [Bucket(start, end) for start, end in pairwise(sorted(edges))]


def _key(by: GroupBy | None, measured: Measured) -> Any:
    if by is None:
        return None
    return measured.value if by in DIMENSIONS else measured.version_id


def _name(by: GroupBy, cells: Cells) -> Cells:
    """The cells by what the answer calls each group: ((field, value), …)."""
    if by in DIMENSIONS:
        return {REST if key is REST else ((by, key),): cell for key, cell in cells.items()}
    names = name_groups(by, cells.keys())
    named: Cells = defaultdict(lambda: defaultdict(Block))
    for version_id, cell in cells.items():
        if version_id not in names:
            continue
        for place, block in cell.items():
            named[names[version_id]][place].merge(block)
    return named
