"""What runs add up to, against what is kept of it: found, and had counted anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.answers import is_total_right, remake_total
from chalicelib.rollups import check_month, discard_month, doubt_hours, months_kept
from chalicelib.values.instants import format_instant


@dataclass
class Recount:
    """What was found: sentences, and how many hours were compared, wait, or cannot be compared."""

    findings: list[str] = field(default_factory=list)
    hours: int = 0
    waiting: int = 0
    expired: int = 0
    unreadable: bool = False


def recount(
    versions: Sequence[Mapping[str, Any]],
    start: datetime,
    end: datetime,
    *,
    repair: bool,
    progress: Callable[[], object],
) -> Recount:
    """Compare all hours of these versions in [start, end); with `repair` doubt what differs.

    `versions` have their `agent`. `progress` is told of each version that is done with.
    """
    result = Recount()
    for version in versions:
        result.unreadable = False
        name = f"agent '{version['agent']['name']}', version '{version['version']}'"
        for month in months_kept(version["_id"], start, end):
            result.findings += [
                f"{name}: {finding}"
                for finding in _check(version, month, (start, end), result, repair=repair)
            ]
        # Of what cannot be read there is no sum to compare with.
        if not result.unreadable and not is_total_right(version["_id"]):
            result.findings.append(f"{name}: the total for Prometheus is not what its hours say")
            if repair:
                remake_total(version["_id"])
        progress()
    return result


def _check(
    version: Mapping[str, Any],
    month: datetime,
    span: tuple[datetime, datetime],
    result: Recount,
    *,
    repair: bool,
) -> Iterator[str]:
    checked = check_month(version["_id"], month, *span)
    result.hours += checked.hours
    result.waiting += checked.waiting
    result.expired += checked.expired
    if checked.broken:
        yield f"the tiles of {month:%Y-%m}: {checked.broken}"
        result.unreadable = True
        if repair and not discard_month(version["_id"], version["agent_id"], month):
            yield f"{month:%Y-%m} is left as it is: runs of it have expired, and are nowhere else"
    for hour, what in checked.differing.items():
        yield f"{format_instant(hour)}: {what}"
    if repair and checked.differing:
        doubt_hours(version["_id"], version["agent_id"], checked.differing)
