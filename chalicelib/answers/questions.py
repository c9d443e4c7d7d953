"""Questions about metrics: which runs, divided how; and the blocks that answer them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from bson import ObjectId

from chalicelib.errors import CombinationNotSupported, InvalidQuery
from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.metrics.intervals import Bucket, Interval, cut_range, locate
from chalicelib.registry import Subject, name_groups
from chalicelib.rollups import REST, TOTAL, Dimension, Wanted, check_budget, extent, measure
from chalicelib.values.instants import END_OF_TIME, EPOCH, HOUR, now
from chalicelib.values.names import label_or_nothing
from chalicelib.wire.parameters import DEFAULT_GROUPS, DEFAULT_STALE_AFTER, GroupBy, GroupOrder

FilterName = Literal["status", "outcome", "initiator", "tool", "model"]

# Buckets of one stretch of time. A block is up to 1,150 bytes on its way through Lambda, which
# takes 6 MB; with a grouping there is one series for all runs, and at least one for a group.
MAX_BUCKETS, MAX_BUCKETS_OF_GROUPS = 5_000, 2_400
# Groupings under several of whose groups a run may count.
OVERLAPPING = ("model", "tool")
# What runs are kept apart by; every other grouping follows from the version.
DIMENSIONS: dict[GroupBy | None, Dimension] = {
    "model": "model",
    "tool": "tool",
    "initiator": "initiator",
    "status": "status",
}


# What runs can be filtered by, and groups that go with it: those that follow from the version.
FILTERS: tuple[FilterName, ...] = ("status", "outcome", "initiator", "tool", "model")
OF_VERSIONS = ("project", "agent", "version", "cluster")


class Only(NamedTuple):
    """A filter: runs with this value alone; statuses in any case."""

    name: FilterName
    value: str

    def matches(self, value: Any) -> bool:
        if self.name == "status":
            return bool(value.lower() == self.value.lower())
        if self.name == "outcome" or value is None:
            return bool(value == self.value)
        # Runs of before labels had one form keep them as they were sent.
        return label_or_nothing(value) == label_or_nothing(self.value)


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
    only: Only | None = None
    order: GroupOrder = "runs"
    limit: int = DEFAULT_GROUPS

    @classmethod
    def from_query(cls, query: dict[str, Any]) -> Question:
        return cls(
            query.get("start"),
            query.get("end"),
            stale_before(query.get("stale_after", DEFAULT_STALE_AFTER)),
            query.get("interval"),
            query.get("tz", UTC),
            query.get("group_by"),
            only=_only(query),
            order=query.get("order", "runs"),
            limit=query.get("limit", DEFAULT_GROUPS),
        )


def _only(query: dict[str, Any]) -> Only | None:
    """The filter of a query.

    Raises CombinationNotSupported for two, or for a grouping that no filter goes with.
    """
    named = [(name, query[name]) for name in FILTERS if name in query]
    if not named:
        return None
    if len(named) > 1:
        names = " and ".join(f"'{name}'" for name, _ in named)
        raise CombinationNotSupported(f"{names} cannot be combined: filter by one of them")
    if query.get("group_by") in DIMENSIONS:
        raise CombinationNotSupported(
            f"'{named[0][0]}' goes with group_by of {', '.join(OF_VERSIONS)}:"
            f" leave one of the two out"
        )
    return Only(*named[0])


def stale_before(stale_after: timedelta) -> datetime:
    """Runs in progress that were created before this are stale."""
    present = now()
    return max(EPOCH, present - stale_after) if stale_after < present - EPOCH else EPOCH


def blocks_by_version(subject: Subject, question: Question) -> dict[ObjectId, Block]:
    """The block of each version that has runs in the range."""
    cells = _measure(subject, question, buckets_of(subject, question), "version")
    return {version_id: merge_blocks(cell.values()) for version_id, cell in cells.items()}


def divided_blocks(
    subject: Subject, question: Question, buckets: list[Bucket], *, by_version: bool
) -> Cells:
    """The blocks by place of their bucket, for each version id, or under None for all of them."""
    return _measure(subject, question, buckets, "version" if by_version else None)


def buckets_of(subject: Subject, question: Question) -> list[Bucket]:
    """The stretches of time that are asked for; one without an interval, none of an empty range."""
    start = EPOCH if question.start is None else question.start
    end = END_OF_TIME if question.end is None else question.end
    if question.interval is not None and (question.start is None or question.end is None):
        known = extent(subject)
        if known is None:
            return []
        start, end = max(start, known[0]), min(end, known[1])
    if start >= end:
        return []
    if question.interval is None:
        return [Bucket(start, end)]
    try:
        return cut_range(start, end, question.interval, question.zone)
    except ValueError as error:
        raise InvalidQuery(str(error)) from None


def check_number(buckets: int, question: Question) -> None:
    """Raises InvalidQuery where there are more buckets than an answer can hold."""
    most = MAX_BUCKETS_OF_GROUPS if question.group_by else MAX_BUCKETS
    if buckets > most:
        grouped = " by groups" if question.group_by else ""
        raise InvalidQuery(
            f"the range has {buckets} buckets of one {question.interval}, more than {most}"
            f"{grouped}: ask for a longer interval or a shorter range"
        )


def next_hour(hour: datetime) -> datetime:
    """The end of an hour; that of the last one is no whole hour later."""
    return hour + HOUR if hour < END_OF_TIME - HOUR else END_OF_TIME


# The blocks of each group by the place of their bucket; without a grouping one group, None.
Cells = dict[Any, dict[int, Block]]


def measure_cells(subject: Subject, question: Question, buckets: list[Bucket]) -> Cells:
    """The blocks by what the answer calls each group: ((field, value), …).

    Where runs count under several groups, all of them together are under TOTAL.
    """
    cells = _measure(subject, question, buckets, question.group_by)
    return cells if question.group_by is None else _name(question.group_by, cells)


def _measure(
    subject: Subject, question: Question, buckets: list[Bucket], by: GroupBy | None
) -> Cells:
    """The blocks by value of a dimension, by version id for what follows from the version."""
    cells: Cells = defaultdict(lambda: defaultdict(Block))
    pieces = _cut_at(buckets, question.stale_before) if buckets else []
    places = [locate(buckets, piece.start) for piece in pieces]
    by_version = by is not None and by not in DIMENSIONS
    wanted = Wanted(
        pieces,
        DIMENSIONS.get(by, "total") if question.only is None else question.only.name,
        by_version,
        None if question.only is None else question.only.matches,
        cost_histogram=question.cost_histogram,
        and_total=by in OVERLAPPING,
    )
    check_budget(subject, wanted)
    for (version_id, value), cell in measure(subject, wanted).items():
        key = version_id if by_version else value
        for piece, block in cell.items():
            if pieces[piece].end <= question.stale_before:
                block.stale = block.in_progress
            cells[key][places[piece]].merge(block)
    return cells


def _cut_at(buckets: Sequence[Bucket], instant: datetime) -> list[Bucket]:
    """The buckets with the one that holds the instant divided there."""
    edges = {bucket.start for bucket in buckets} | {buckets[-1].end}
    if buckets[0].start < instant < buckets[-1].end:
        edges.add(instant)
    return [Bucket(start, end) for start, end in pairwise(sorted(edges))]


def _name(by: GroupBy, cells: Cells) -> Cells:
    """The cells by what the answer calls each group: ((field, value), …)."""
    if by in DIMENSIONS:
        special = (REST, TOTAL)
        return {key if key in special else ((by, key),): cell for key, cell in cells.items()}
    names = name_groups(by, cells.keys())
    named: Cells = defaultdict(lambda: defaultdict(Block))
    for version_id, cell in cells.items():
        if version_id in names:  # else it is being deleted
            for place, block in cell.items():
                named[names[version_id]][place].merge(block)
    return named
