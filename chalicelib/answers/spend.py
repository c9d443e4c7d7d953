"""What a day, week or month has cost so far, and will have by its end: in total and by groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

from chalicelib.answers.questions import OVERLAPPING, Question, measure_cells
from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.metrics.intervals import Bucket
from chalicelib.metrics.spend_forecast import Forecast, foresee
from chalicelib.metrics.spend_plan import Plan
from chalicelib.registry import Subject
from chalicelib.rollups import REST, TOTAL
from chalicelib.values.instants import format_instant


class _Series:
    """The blocks of some runs, between the edges of a plan."""

    def __init__(
        self, plan: Plan, cells: Sequence[Mapping[int, Block]], block: Block | None = None
    ) -> None:
        self._places = {edge: place for place, edge in enumerate(plan.edges)}
        self.cells = cells
        self.plan = plan
        self.block = merge_blocks(self._blocks(plan.period)) if block is None else block

    def cost_of(self, bucket: Bucket) -> float:
        return float(sum(block.costs.total for block in self._blocks(bucket)))

    @property
    def spent(self) -> float:
        return float(self.block.costs.total)

    @cached_property
    def forecast(self) -> Forecast | None:
        return foresee(self.plan, self.spent, self.cost_of)

    def present(self) -> dict[str, Any]:
        forecast = self.forecast
        return {**self.block.to_json(), "forecast": forecast.to_json() if forecast else None}

    def _blocks(self, bucket: Bucket) -> Iterator[Block]:
        places = range(self._places[bucket.start], self._places[bucket.end])
        return (cell[place] for cell in self.cells for place in places if place in cell)


def read_spend(subject: Subject, question: Question, plan: Plan) -> dict[str, Any]:
    """The answer of a spend route (wire.spend_models.Spend), without its budgets.

    The question says which runs and which groups; the plan says when.
    """
    buckets = [Bucket(*edges) for edges in pairwise(plan.edges)]
    asked = question._replace(start=plan.edges[0], end=plan.edges[-1])
    cells = measure_cells(subject, asked, buckets)
    if question.group_by in OVERLAPPING:
        total = _Series(plan, [cells.pop(TOTAL, {})])
        series = {key: _Series(plan, [cell]) for key, cell in cells.items()}
    else:
        series = {key: _Series(plan, [cell]) for key, cell in cells.items()}
        block = merge_blocks(each.block for each in series.values())
        total = _Series(plan, list(cells.values()), block)
    answer = {
        "from": format_instant(plan.period.start),
        "to": format_instant(plan.period.end),
        "as_of": format_instant(plan.present),
        "tz": str(question.zone),
        "group_by": question.group_by,
        **total.present(),
        "days": list(_days(total)),
    }
    return answer | (_groups(question, series) if question.group_by else {})


def _days(series: _Series) -> Iterator[dict[str, Any]]:
    """The days of the period: what they cost, and what of them is still expected to."""
    plan, forecast = series.plan, series.forecast
    expected = dict(zip(plan.ahead, forecast.daily, strict=True)) if forecast else {}
    for day in [*plan.past, *plan.ahead]:
        if day.bucket.end <= plan.period.start:
            continue
        has_begun = day.bucket.start <= plan.present
        yield {
            "from": format_instant(day.bucket.start),
            "to": format_instant(day.bucket.end),
            "spent": series.cost_of(day.bucket) if has_begun else None,
            "expected": expected.get(day) if day.ahead else None,
        }


def _groups(question: Question, series: dict[Any, _Series]) -> dict[str, Any]:
    """The dearest groups, each with its forecast; the rest as one."""
    some = [key for key in series if series[key].block.runs and key != REST]
    ranked = sorted(some, key=lambda key: (-series[key].spent, str(key)))
    shown, left = ranked[: question.limit], ranked[question.limit :]
    others = _together([series[key] for key in [*left, REST] if key in series])
    return {
        "groups": [{**dict(key), **series[key].present()} for key in shown],
        "overlapping": question.group_by in OVERLAPPING,
        "others": others.present() if others is not None and others.block.runs else None,
    }


def _together(some: Sequence[_Series]) -> _Series | None:
    """The runs of several series as one."""
    if not some:
        return None
    block = merge_blocks(each.block for each in some)
    return _Series(some[0].plan, [cell for each in some for cell in each.cells], block)
