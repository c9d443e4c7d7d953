"""What the rows of a tile add up to, by day and by value, kept beside them.

Most questions are about whole days, and need not look at every number of every row. A tile's `sums`
has a record of int64 for each UTC day from its first to the last with rows, and then one for all of
them together; the `sums` of an index have one for each value. A record is SIZE numbers:

    ROWS            how many rows
    DURATIONS       how many rows have a duration; DURATION is the sum of these, LEAST and GREATEST
                    the ends, NO_LEAST and UNKNOWN of none
    COSTS, COST     number and sum of the known costs, these times 10 ** exponent as in the rows
    FIRST, LAST     `created`, in milliseconds since 1970

How many runs had which outcome and which bucket of duration is told by the rows' codes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import groupby

UNKNOWN = -1
NO_LEAST = 2**63 - 1
ROWS, DURATIONS, DURATION, LEAST, GREATEST, COSTS, COST, FIRST, LAST = range(9)
SIZE = 9
_EMPTY = (0, 0, 0, NO_LEAST, UNKNOWN, 0, 0, NO_LEAST, UNKNOWN)
_MS_PER_DAY = 86_400_000


def sum_days(
    created: Sequence[int], durations: Sequence[int], costs: Sequence[int], begin_ms: int
) -> array[int] | None:
    """The records of these columns; None where there is nothing to sum, or a sum is too large."""
    if not created:
        return None
    records: list[int] = []
    low = 0
    for day, some in groupby(created, lambda at: (at - begin_ms) // _MS_PER_DAY):
        high = low + sum(1 for _ in some)
        records.extend(_EMPTY * (day - len(records) // SIZE))
        records += _sum(created[low:high], durations[low:high], costs[low:high])
        low = high
    try:
        return array("q", records + _sum(created, durations, costs))
    except OverflowError:
        return None


def sum_values(
    places: Iterable[Sequence[int]],
    created: Sequence[int],
    durations: Sequence[int],
    costs: Sequence[int],
) -> array[int] | None:
    """A record of each of these sets of rows; None where a sum is too large."""
    records: list[int] = []
    for some in places:
        records += _sum(*([column[at] for at in some] for column in (created, durations, costs)))
    try:
        return array("q", records)
    except OverflowError:
        return None


def _sum(created: Sequence[int], durations: Sequence[int], costs: Sequence[int]) -> list[int]:
    known = [duration for duration in durations if duration != UNKNOWN]
    paid = [cost for cost in costs if cost != UNKNOWN]
    least, greatest = min(known, default=NO_LEAST), max(known, default=UNKNOWN)
    ends = created[0], created[-1]
    return [len(created), len(known), sum(known), least, greatest, len(paid), sum(paid), *ends]
