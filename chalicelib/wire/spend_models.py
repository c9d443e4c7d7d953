"""The shapes of questions and answers about what is spent."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from typing_extensions import TypedDict

from chalicelib.metrics.spend_plan import Period
from chalicelib.values.names import folded
from chalicelib.wire.metric_models import Block, GroupBase
from chalicelib.wire.models import Timestamp
from chalicelib.wire.parameters import DEFAULT_GROUPS, MAX_GROUPS, GroupBy, Zone
from chalicelib.wire.queries import FilterQuery
from chalicelib.wire.shapes import Bounds, Checked, Meaning, answer, request
from chalicelib.wire.watch_models import Watch


@request
class SpendQuery(FilterQuery):
    """Of which period, and how it is divided. Groups and filters go together as in metrics."""

    period: NotRequired[Annotated[Period, Meaning("The present one; month by default.")]]
    tz: NotRequired[Zone]
    group_by: NotRequired[Annotated[GroupBy, Meaning("Divide by what runs have in common.")]]
    limit: NotRequired[
        Annotated[
            int,
            Bounds(ge=1, le=MAX_GROUPS),
            Meaning(f"Groups to show, the dearest; {DEFAULT_GROUPS} by default."),
        ]
    ]


@request
class FleetSpendQuery(SpendQuery):
    """The same of the fleet, or of one project."""

    project: NotRequired[Annotated[str, Checked(folded), Meaning("Agents of this project.")]]


class SpendForecast(TypedDict):
    """What the whole period will have cost, with the interval that holds it at this `confidence`.

    By `method`: each day to come costs what its weekday did in the `days` before today, or what the
    days of one week did; without a week of costs it is the present rate, which has no interval.
    """

    total: float
    low: float | None
    high: float | None
    confidence: float | None
    method: Literal["weekdays", "week", "rate"]
    days: int


@answer(start="from", end="to")
class SpendDay(TypedDict):
    """A day of the period: what it has cost, and what is still to come of it."""

    start: Timestamp
    end: Timestamp
    spent: float | None
    expected: float | None


class SpendGroup(GroupBase):
    """A group's block of the period, and its forecast."""

    forecast: SpendForecast | None


class SpendOthers(Block):
    """The block of the groups that are not shown, and their forecast together."""

    forecast: SpendForecast | None


@answer(start="from", end="to")
class Spend(Block):
    """The block of the period's runs so far; `cost.total` is what is spent.

    `forecast` is null of a period that has hardly begun, without a week of costs before it.
    `budgets` are the watches of type budget on what was asked about; each has its own period.
    """

    start: Timestamp
    end: Timestamp
    as_of: Timestamp
    period: Period
    tz: str
    group_by: GroupBy | None
    forecast: SpendForecast | None
    days: list[SpendDay]
    groups: NotRequired[list[SpendGroup]]
    overlapping: NotRequired[bool]
    others: NotRequired[SpendOthers | None]
    budgets: list[Watch]
