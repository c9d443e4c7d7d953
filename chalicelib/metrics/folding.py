"""From columns of runs to metrics blocks: one for all of them, or one for each value of a field.

The database sends the runs of an hour as columns, one array a field, because pushing arrays and
folding them here is several times as fast as grouping in the server or fetching documents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any, Literal, get_args

from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import bucket_of
from chalicelib.metrics.measures import EXACT, Costs, Durations, exact_cost
from chalicelib.values.instants import from_ms
from chalicelib.values.outcomes import outcome_of

# What rollups are kept by; every other grouping follows from the version.
Dimension = Literal["total", "status", "initiator", "model", "tool"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
_LISTS = ("model", "tool")

# status, duration in µs, its bucket, cost, its bucket, created in ms since 1970
Row = tuple[str, int | None, int | None, Decimal | None, int | None, int]
Columns = Mapping[str, Sequence[Any]]


def rows_of(columns: Columns) -> list[Row]:
    """The runs of an hour as tuples; `columns` as `store.columns` reads them."""
    durations, costs = columns["duration_us"], columns["cost"]
    return list(
        zip(
            columns["status"],
            durations,
            [None if duration is None else bucket_of(duration) for duration in durations],
            [None if cost is None else exact_cost(cost) for cost in costs],
            [None if cost is None else bucket_of(cost) for cost in costs],
            columns["created_ms"],
            strict=True,
        )
    )


def fold(rows: Sequence[Row], values: Sequence[Any], dimension: Dimension) -> dict[Any, Block]:
    """A block for each value of the dimension, `values` being the rows' own.

    A run counts under each of its models or tools, under None where it has none. Only the total
    (value None) has a histogram of costs: nothing asks for one by a dimension.
    """
    with localcontext(EXACT):
        if dimension == "total":
            return {None: fold_rows(rows, cost_histogram=True)} if rows else {}
        groups = _group(rows, values, is_list=dimension in _LISTS)
        return {value: fold_rows(grouped) for value, grouped in groups.items()}


def _group(rows: Sequence[Row], values: Sequence[Any], *, is_list: bool) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    if is_list:
        for row, several in zip(rows, values, strict=True):
            for value in dict.fromkeys(several) or (None,):
                groups[value].append(row)
    else:
        for row, value in zip(rows, values, strict=True):
            groups[value].append(row)
    return groups


def fold_rows(rows: Sequence[Row], *, cost_histogram: bool = False) -> Block:
    """The block of some runs, at least one; call it in the context EXACT."""
    statuses, durations, buckets, costs, cost_buckets, created = zip(*rows, strict=True)
    block = Block(
        durations=_durations(durations, buckets),
        costs=_costs(costs, _count(cost_buckets) if cost_histogram else {}),
        first_run=from_ms(min(created)),
        last_run=from_ms(max(created)),
    )
    for status, count in _count(statuses).items():
        outcome = outcome_of(status)
        setattr(block, outcome, getattr(block, outcome) + count)
    return block


def _durations(values: Sequence[int | None], buckets: Iterable[int | None]) -> Durations:
    known = [value for value in values if value is not None]
    if not known:
        return Durations()
    return Durations(len(known), sum(known), min(known), max(known), _count(buckets))


def _costs(values: Sequence[Decimal | None], histogram: dict[int, int]) -> Costs:
    known = [value for value in values if value is not None]
    return Costs(len(known), len(values) - len(known), sum(known, Decimal(0)), histogram)


def _count(values: Iterable[Any]) -> dict[Any, int]:
    """How often each value is there, None apart. A plain loop beats Counter on small groups."""
    counts: dict[Any, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    counts.pop(None, None)
    return counts
