"""Metrics as the API answers them: in total, by stretches of time and by groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from chalicelib.answers.questions import (
    OVERLAPPING,
    Cells,
    Question,
    buckets_of,
    check_number,
    measure_cells,
    next_hour,
)
from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.metrics.intervals import Bucket
from chalicelib.registry import Subject
from chalicelib.rollups import REST, TOTAL
from chalicelib.values.carrying import FILLED_BYTES, carried_size
from chalicelib.values.instants import END_OF_TIME, EPOCH, format_instant, hour_of
from chalicelib.wire.parameters import GroupOrder

# What groups are ranked by, the greatest first; what is unknown comes last.
_ORDERS: dict[GroupOrder, Callable[[Block], float]] = {
    "runs": lambda block: block.runs,
    "cost": lambda block: float(block.costs.total),
    "last_run": lambda block: block.last_run.timestamp() if block.last_run else -1.0,
    "success_rate": lambda block: -1.0 if block.success_rate is None else block.success_rate,
    "p95": lambda block: block.durations.quantile_ms(0.95) or -1.0,
}


def summarise(subject: Subject, question: Question) -> dict[str, Any]:
    """The answer of a metrics route (wire.metric_models.Metrics). Raises InvalidQuery."""
    buckets = buckets_of(subject, question)
    cells = measure_cells(subject, question, buckets)
    # Where runs count under several groups, the sum of these is not the total.
    overlapping = question.group_by in OVERLAPPING
    totals = {None: cells.pop(TOTAL, {})} if overlapping else cells
    by_bucket = _add_up(totals.values())
    total = merge_blocks(by_bucket.values())
    shown = _clip(question, buckets, total)
    check_number(len(shown), question)
    answer: dict[str, Any] = {
        "from": _text(question.start),
        "to": _text(question.end),
        "interval": question.interval,
        "tz": str(question.zone),
        "group_by": question.group_by,
        **total.to_json(),
    }
    if question.interval:
        answer["buckets"] = _present_buckets(shown, by_bucket)
    if question.group_by:
        room = FILLED_BYTES - carried_size(to_json(answer).decode())
        answer |= _present_groups(question, shown, cells, room)
    return answer


def _add_up(cells: Iterable[dict[int, Block]]) -> dict[int, Block]:
    """The blocks over all groups, by the place of their bucket."""
    blocks: dict[int, Block] = defaultdict(Block)
    for cell in cells:
        for place, block in cell.items():
            blocks[place].merge(block)
    return blocks


def _clip(question: Question, buckets: list[Bucket], total: Block) -> dict[int, Bucket]:
    """The buckets to show, by place: an open range is from the first run's hour to the last's.

    That is known only when all is measured: there can be rollups and marks of hours without runs.
    """
    start, end = question.start, question.end
    if start is None:
        start = hour_of(total.first_run) if total.first_run else END_OF_TIME
    if end is None:
        end = next_hour(hour_of(total.last_run)) if total.last_run else EPOCH
    return {
        place: Bucket(max(bucket.start, start), min(bucket.end, end))
        for place, bucket in enumerate(buckets)
        if bucket.start < end and bucket.end > start
    }


def _present_buckets(shown: dict[int, Bucket], blocks: dict[int, Block]) -> list[dict[str, Any]]:
    return [
        {
            "from": _text(bucket.start),
            "to": _text(bucket.end),
            **blocks.get(place, Block()).to_json(),
        }
        for place, bucket in shown.items()
    ]


def _present_groups(
    question: Question, shown: dict[int, Bucket], cells: Cells, room: int
) -> dict[str, Any]:
    """The groups that come first, as far as there is room; the rest summed as `others`."""
    rest = [cells.pop(REST)] if REST in cells else []
    ranked = sorted(
        ((merge_blocks(cell.values()), key, cell) for key, cell in cells.items()),
        key=lambda group: (-_ORDERS[question.order](group[0]), str(group[1])),
    )
    groups: list[dict[str, Any]] = []
    for block, key, cell in ranked[: question.limit]:
        group = {**dict(key), **block.to_json()}
        if question.interval:
            group["buckets"] = _present_buckets(shown, cell)
        room -= carried_size(to_json(group).decode())
        if room < 0 and groups:
            break
        groups.append(group)
    rest += [cell for _, _, cell in ranked[len(groups) :]]
    return {
        "groups": groups,
        "overlapping": question.group_by in OVERLAPPING,
        "truncated": bool(rest),
        "others": _present_others(question, shown, rest, room) if rest else None,
    }


def _present_others(
    question: Question, shown: dict[int, Bucket], rest: list[dict[int, Block]], room: int
) -> dict[str, Any]:
    """The rest as one group, in buckets where there is room for these too."""
    by_bucket = _add_up(rest)
    others = merge_blocks(by_bucket.values()).to_json()
    if not question.interval:
        return others
    buckets = _present_buckets(shown, by_bucket)
    return others | ({"buckets": buckets} if carried_size(to_json(buckets).decode()) < room else {})


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)
