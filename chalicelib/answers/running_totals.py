"""Totals over all time that never fall, at the price of reading one day.

Only runs that have ended are in them, each as it was when it first had ended: what becomes of it
later, by a correction or a deletion, changes metrics, but no counter (chalicelib.metrics.counted).
What was created more than half a day ago comes from a stored total (chalicelib.rollups.totals), the
rest from tiles and live hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from bson import ObjectId

from chalicelib.metrics.block import Block, counters_of
from chalicelib.metrics.intervals import Bucket
from chalicelib.registry import Subject, version_subject
from chalicelib.rollups import (
    Total,
    Wanted,
    find_totals,
    marked_hours,
    measure,
    note_recounted,
    save_total,
    unused_versions,
)
from chalicelib.values.instants import DAY, EPOCH, HOUR, hour_of, now

# Stored totals end at these hours of the day, UTC.
STEP = timedelta(hours=6)
# Runs that finish later than this after they were created make a total late.
LAG = timedelta(hours=12)
# For so long a version that never ran is told of.
NEW_FOR = timedelta(days=7)

# The blocks of a version with the beginnings of the stretches of time that hold them.
Pieces = list[tuple[datetime, Block]]


class RunningTotal(NamedTuple):
    """A version that had a run within the last day, or has been registered and never ran.

    `finished` counts all its finished runs ever, `in_progress` those of the last day.
    """

    version_id: ObjectId
    finished: Block
    in_progress: int
    last_run: datetime | None


def read_running_totals(subject: Subject) -> list[RunningTotal]:
    """The running totals of the subject's versions with runs in the last day, to the hour.

    New versions begin at 0: who looks for increases would else miss what their first runs add.
    """
    present = now()
    begin, end = hour_of(present) - DAY, hour_of(present) + HOUR
    pieces = _pieces(begin, end)
    found: dict[ObjectId, Pieces] = {
        version_id: [(pieces[at].start, block) for at, block in cell.items()]
        for version_id, cell in _by_version(subject, pieces).items()
    }
    totals = find_totals(found)
    running = [
        _add_up(version_id, totals.get(version_id, Total()), blocks, begin)
        for version_id, blocks in found.items()
        if any(block.runs for _, block in blocks)
    ]
    new = unused_versions(subject, present - NEW_FOR, running=found)
    return running + [RunningTotal(version_id, Block(), 0, None) for version_id in new]


def advance_totals(version_ids: Iterable[ObjectId]) -> None:
    """Let the stored totals of these versions reach up to LAG ago; make late ones anew."""
    until = _step_of(now() - LAG)
    wanted = set(version_ids)
    totals = find_totals(wanted)
    for version_id in wanted:
        total = totals.get(version_id, Total())
        if total.until < until or total.late != total.settled:
            _advance(version_id, total, until)


def is_total_right(version_id: ObjectId) -> bool:
    """Whether the stored total is what tiles and runs say; true of one that waits to be made anew.

    Measured as it is made, so of expired runs it needs no more than that.
    """
    total = find_totals([version_id]).get(version_id, Total())
    if total.late != total.settled or _has_marks(version_subject(version_id), total.until):
        return True
    block = Block()
    for earlier in _earlier(version_id, EPOCH, total.until) if total.until > EPOCH else ():
        block.merge(counters_of(earlier))
    stored = total.block or Block()
    if _numbers(block) == _numbers(stored):
        return True
    now_found = find_totals([version_id]).get(version_id, Total())
    return (now_found.until, now_found.late) != (total.until, total.late)


def remake_total(version_id: ObjectId) -> None:
    """Make the stored total of a version anew; while it has marks, the next upkeep does."""
    note_recounted(version_id, EPOCH)
    advance_totals([version_id])


def _numbers(block: Block) -> tuple[object, ...]:
    durations, costs = block.durations, block.costs
    return (
        *(block.succeeded, block.failed, block.other, block.first_run, block.last_run),
        *(durations.count, durations.sum_us, sorted(durations.histogram.items())),
        *(costs.known, costs.unknown, costs.ended),
    )


def _advance(version_id: ObjectId, total: Total, until: datetime) -> None:
    subject = version_subject(version_id)
    if _has_marks(subject, until):
        return  # the hours are recomputed first, and this version is named again then
    is_late = total.late != total.settled
    block = Block()
    if total.block and not is_late:
        block.merge(total.block)
    start = EPOCH if is_late else total.until
    for earlier in _earlier(version_id, start, until):
        block.merge(counters_of(earlier))
    # A run that came in between may be in one tile already and not in another.
    if not _has_marks(subject, until):
        save_total(version_id, total, Total(until, block, total.late, total.late))


def _has_marks(subject: Subject, until: datetime) -> bool:
    return next(marked_hours(subject, EPOCH, until), None) is not None


def _add_up(version_id: ObjectId, total: Total, blocks: Pieces, begin: datetime) -> RunningTotal:
    finished = Block()
    if total.block:
        finished.merge(total.block)
    if total.until < begin:
        for block in _earlier(version_id, total.until, begin):
            finished.merge(counters_of(block))
    for start, block in blocks:
        if start >= total.until:
            finished.merge(counters_of(block))
    in_progress = sum(block.in_progress for _, block in blocks)
    last_run = max(block.last_run for _, block in blocks if block.last_run)
    return RunningTotal(version_id, finished, in_progress, last_run)


def _earlier(version_id: ObjectId, start: datetime, end: datetime) -> Iterator[Block]:
    """What a version without a recent total did before; few have none, and not for long."""
    cells = _by_version(version_subject(version_id), [Bucket(start, end)])
    return (block for cell in cells.values() for block in cell.values())


def _by_version(subject: Subject, pieces: Sequence[Bucket]) -> dict[ObjectId, dict[int, Block]]:
    measured = measure(subject, Wanted(pieces, by_version=True, counters=True))
    return {version_id: cell for (version_id, _), cell in measured.items() if version_id}


def _pieces(begin: datetime, end: datetime) -> list[Bucket]:
    """[begin, end) cut wherever a stored total may end."""
    edges, step = {begin, end}, _step_of(begin) + STEP
    while step < end:
        edges.add(step)
        step += STEP
    return [Bucket(start, stop) for start, stop in pairwise(sorted(edges))]


def _step_of(instant: datetime) -> datetime:
    """The last time before the instant, or at it, that a stored total may end at."""
    return EPOCH + (instant - EPOCH) // STEP * STEP
