"""From columns of runs to metrics blocks: one for all of them, or one for each value of a field.

The database sends the runs of an hour as columns, one array a field, because pushing arrays and
folding them here is several times as fast as grouping in the server or fetching documents.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any, Literal, get_args

from chalicelib.metrics.block import Block
from chalicelib.metrics.counted import Adjustment, Counted, adjust, counted_of
from chalicelib.metrics.histogram import bucket_of
from chalicelib.metrics.measures import EXACT, MOST_EXACT, Costs, Durations, exact_cost
from chalicelib.metrics.scores import fold_scores
from chalicelib.metrics.tokens import TokenCounts, fold_tokens
from chalicelib.values.instants import from_ms
from chalicelib.values.outcomes import Outcome, outcome_of

# What rollups are kept by; every other grouping follows from the version.
Dimension = Literal["total", "status", "initiator", "model", "tool"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
_LISTS = ("model", "tool")

# One run as measuring sees it:
# created in ms since 1970, outcome, duration in µs, its bucket, cost, its bucket,
# cost while in progress, tokens (chalicelib.metrics.tokens), score, what Prometheus counted of it.
# Durations, costs, tokens and scores of runs in progress are None. A run that was deleted has no
# outcome, and counts in nothing but what Prometheus counted.
Row = tuple[
    int,
    Outcome | None,
    int | None,
    int | None,
    Decimal | None,
    int | None,
    Decimal | None,
    TokenCounts | None,
    float | None,
    Counted | None,
]
# Aligned lists of `created_ms`, `status`, `outcome` (as it is stored), `reported_outcome`,
# `duration_us`, `cost`, `tokens`, `score`, `counted`, and of the fields of dimensions. The status
# of a deleted run is None.
Columns = Mapping[str, Sequence[Any]]


def rows_of(columns: Columns) -> list[Row]:
    """The runs as tuples."""
    outcomes = effective_outcomes(columns["status"], columns["reported_outcome"])
    has_ended = [outcome is not None and outcome != "in_progress" for outcome in outcomes]
    durations = _where(has_ended, columns["duration_us"])
    costs = [None if cost is None else exact_cost(cost) for cost in columns["cost"]]
    ended_costs = _where(has_ended, columns["cost"])
    return list(
        zip(
            columns["created_ms"],
            outcomes,
            durations,
            [None if duration is None else bucket_of(duration) for duration in durations],
            _where(has_ended, costs),
            [None if cost is None else bucket_of(cost) for cost in ended_costs],
            _where([outcome == "in_progress" for outcome in outcomes], costs),
            _where(has_ended, columns["tokens"]),
            _where(has_ended, columns["score"]),
            _counted(columns, outcomes),
            strict=True,
        )
    )


def effective_outcomes(
    statuses: Sequence[str | None], reported: Sequence[Outcome | None]
) -> list[Outcome | None]:
    """What each run said itself, else what its status means; None of a deleted one."""
    meant = [None if status is None else outcome_of(status) for status in statuses]
    if not any(reported):
        return meant
    return [said or outcome for said, outcome in zip(reported, meant, strict=True)]


def _counted(columns: Columns, outcomes: Sequence[Outcome | None]) -> Sequence[Counted | None]:
    """What Prometheus counted of the runs, where that is not what they say now.

    A stored outcome that is not the effective one is from before the status's word was known. The
    run was counted by it, and stays so.
    """
    counted, stored = columns["counted"], columns["outcome"]
    if stored == outcomes:
        return counted
    fields = zip(counted, stored, outcomes, columns["duration_us"], columns["cost"], strict=True)
    return [
        known
        if known is not None or before == outcome
        else counted_of({"duration_us": duration_us, "cost": cost}, before)
        for known, before, outcome, duration_us, cost in fields
    ]


def _where(chosen: Sequence[bool], values: Sequence[Any]) -> list[Any]:
    return [value if is_so else None for value, is_so in zip(values, chosen, strict=True)]


def fold(rows: Sequence[Row], values: Sequence[Any], dimension: Dimension) -> dict[Any, Block]:
    """A block for each value of the dimension, `values` being the rows' own.

    A run counts under each of its models or tools, under None where it has none. Only the total
    (value None) has histograms of costs and tokens, and the adjustment of Prometheus's counters:
    nothing asks for these by a dimension. It is there even where all of its runs were deleted.
    """
    with localcontext(EXACT):
        if dimension == "total":
            return {None: _fold_total(rows)} if rows else {}
        groups = _group(rows, values, is_list=dimension in _LISTS)
        return {value: fold_rows(grouped) for value, grouped in groups.items()}


def _fold_total(rows: Sequence[Row]) -> Block:
    alive = [row for row in rows if row[1] is not None]
    block = fold_rows(alive, histograms=True) if alive else Block()
    block.adjustment = _adjustment(rows)
    return block


def _group(rows: Sequence[Row], values: Sequence[Any], *, is_list: bool) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row, value in zip(rows, values, strict=True):
        if row[1] is None:
            continue
        if is_list:
            for one in dict.fromkeys(value or (None,)):
                groups[one].append(row)
        else:
            groups[value].append(row)
    return groups


def fold_rows(rows: Sequence[Row], *, histograms: bool = False) -> Block:
    """The block of some runs, at least one and none deleted; call it in the context EXACT."""
    created, outcomes, durations, buckets, costs, cost_buckets, going, tokens, scores, _ = zip(
        *rows, strict=True
    )
    block = Block(
        outcomes.count("succeeded"),
        outcomes.count("failed"),
        outcomes.count("in_progress"),
        outcomes.count("other"),
        durations=_durations(durations, buckets),
        costs=Costs(histogram=_count(cost_buckets) if histograms else {}),
        first_run=from_ms(min(created)),
        last_run=from_ms(max(created)),
    )
    _sum_costs(block, costs, going)
    if any(tokens):
        block.tokens = fold_tokens((some for some in tokens if some), histogram=histograms)
    known = [score for score in scores if score is not None]
    if known:
        block.scores = fold_scores(known)
    return block


def _durations(values: Sequence[int | None], buckets: Iterable[int | None]) -> Durations:
    known = [value for value in values if value is not None]
    if not known:
        return Durations()
    least, greatest = min(known), max(known)
    all_of_them = array("q", known) if len(known) <= MOST_EXACT else None
    return Durations(len(known), sum(known), least, greatest, _count(buckets), all_of_them)


def _sum_costs(
    block: Block, ended: Sequence[Decimal | None], going: Iterable[Decimal | None]
) -> None:
    costs = block.costs
    known = [cost for cost in ended if cost is not None]
    costs.known, costs.unknown = len(known), block.ended - len(known)
    costs.ended = sum(known, Decimal(0))
    spent = [cost for cost in going if cost is not None]
    costs.in_progress_known, costs.in_progress = len(spent), sum(spent, Decimal(0))


def _adjustment(rows: Iterable[Row]) -> Adjustment | None:
    """By how much Prometheus's counters differ from what the rows say."""
    changed = [(row, counted) for row in rows if (counted := row[9]) is not None]
    return adjust((counted, _actual(row)) for row, counted in changed) if changed else None


def _actual(row: Row) -> Counted | None:
    return counted_of({"duration_us": row[2], "cost": row[4]}, row[1])


def _count(values: Iterable[Any]) -> dict[Any, int]:
    """How often each value is there, None apart. A plain loop beats Counter on small groups."""
    counts: dict[Any, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    counts.pop(None, None)
    return counts
