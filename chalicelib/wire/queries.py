"""The query parameters that the routes take, and what each of them means."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from chalicelib.metrics.intervals import Interval, begin_of
from chalicelib.values.names import folded, folded_beginning
from chalicelib.values.outcomes import Outcome
from chalicelib.wire.models import Name
from chalicelib.wire.parameters import (
    DEFAULT_GROUPS,
    DEFAULT_PAGE,
    DEFAULT_STANDINGS,
    MAX_GROUPS,
    MAX_PAGE,
    MAX_STANDINGS,
    AgentOrder,
    Cursor,
    GroupBy,
    GroupOrder,
    IdentityText,
    Increase,
    Moment,
    PageSize,
    Share,
    VersionOrder,
    Zone,
    _metadata,
    _stale_after,
)
from chalicelib.wire.shapes import Bounds, Checked, Meaning, request

PartOfName = Annotated[str, Bounds(max_length=200), Checked(folded)]


@request
class NoQuery(TypedDict):
    """A route without query parameters."""


@request
class PageQuery(TypedDict):
    """How much of a list, from where."""

    limit: NotRequired[
        Annotated[
            PageSize,
            Meaning(f"Items a page; {DEFAULT_PAGE} by default, and never more than {MAX_PAGE}."),
        ]
    ]
    cursor: NotRequired[
        Annotated[Cursor, Meaning("Where the page begins: from a Link header, unchanged.")]
    ]


@request
class ArchivedQuery(PageQuery):
    """Whether what was put away is shown too."""

    archived: NotRequired[Annotated[bool, Meaning("Archived agents too; false by default.")]]


@request
class AgentQuery(ArchivedQuery):
    """Filters on agents."""

    project: NotRequired[Annotated[str, Checked(folded), Meaning("Agents of this project.")]]
    name: NotRequired[
        Annotated[str, Checked(folded_beginning), Meaning("Agents whose names begin so.")]
    ]


@request(start="from", end="to")
class RangeQuery(TypedDict):
    """A stretch of `created`: [from, to). A plain date is its midnight in `tz`."""

    start: NotRequired[Annotated[Moment, Meaning("Runs created at this time or later.")]]
    end: NotRequired[Annotated[Moment, Meaning("Runs created before this time.")]]
    tz: NotRequired[Zone]


@request
class RunQuery(PageQuery, RangeQuery):
    """Filters on runs."""

    status: NotRequired[Annotated[str, Meaning("Runs with this status, in any case.")]]
    outcome: NotRequired[Annotated[Outcome, Meaning("Runs whose status means this.")]]
    initiator: NotRequired[Annotated[str, Meaning("Runs of this initiator.")]]
    tool: NotRequired[Annotated[str, Meaning("Runs with this among their tools.")]]
    model: NotRequired[Annotated[str, Meaning("Runs with this among their models.")]]
    task_id: NotRequired[Annotated[IdentityText, Meaning("Runs of this task.")]]
    trace_id: NotRequired[Annotated[str, Meaning("Runs of this trace.")]]
    id: NotRequired[Annotated[IdentityText, Meaning("Runs with this id, one a version at most.")]]
    error: NotRequired[
        Annotated[
            str,
            Bounds(min_length=1, max_length=200),
            Meaning("Runs whose error holds this text, in any case."),
        ]
    ]
    metadata: NotRequired[
        Annotated[
            str,
            Checked(_metadata, {"examples": ["branch=main"]}),
            Meaning("Runs with this key and value among their metadata, as key=value."),
        ]
    ]


@request
class MeasuredQuery(RangeQuery):
    """Which runs, and from what age on a run in progress is called stale."""

    stale_after: NotRequired[
        Annotated[
            str,
            Checked(_stale_after, {"examples": ["24h"]}),
            Meaning("From this age on a run in progress counts as stale; 24h by default."),
        ]
    ]


@request
class FilterQuery(TypedDict):
    """Which runs, by what they have in common."""

    status: NotRequired[Annotated[str, Meaning("Runs with this status, in any case.")]]
    outcome: NotRequired[Annotated[Outcome, Meaning("Runs with this outcome.")]]
    initiator: NotRequired[Annotated[str, Meaning("Runs of this initiator.")]]
    tool: NotRequired[Annotated[str, Meaning("Runs with this among their tools.")]]
    model: NotRequired[Annotated[str, Meaning("Runs with this among their models.")]]


@request
class FilteredQuery(FilterQuery, MeasuredQuery):
    """One filter at most; with it groups follow from the version (project, agent, cluster)."""


@request
class MetricsQuery(FilteredQuery):
    """How the numbers are divided: by time, and by what the runs have in common."""

    interval: NotRequired[Annotated[Interval, Meaning("Divide by time, empty buckets too.")]]
    group_by: NotRequired[Annotated[GroupBy, Meaning("Divide by what runs have in common.")]]
    limit: NotRequired[
        Annotated[
            int,
            Bounds(ge=1, le=MAX_GROUPS),
            Meaning(f"Groups to show, the rest is summed up; {DEFAULT_GROUPS} by default."),
        ]
    ]
    order: NotRequired[
        Annotated[GroupOrder, Meaning("By which groups are shown, the greatest first: runs.")]
    ]


@request
class FleetMetricsQuery(MetricsQuery):
    """The same of the fleet, or of one project."""

    project: NotRequired[Annotated[str, Checked(folded), Meaning("Agents of this project.")]]


@request
class StandingsQuery(FilteredQuery):
    """Which of them, in what order, and how many."""

    q: NotRequired[Annotated[PartOfName, Meaning("Names that hold this text.")]]
    limit: NotRequired[
        Annotated[
            PageSize,
            Meaning(f"{DEFAULT_STANDINGS} by default, and never more than {MAX_STANDINGS}."),
        ]
    ]
    cursor: NotRequired[
        Annotated[Cursor, Meaning("Where the page begins: from a Link header, unchanged.")]
    ]


@request
class AgentStandingsQuery(StandingsQuery):
    """Agents, the greatest value of `order` first where it begins with a minus."""

    project: NotRequired[Annotated[str, Checked(folded), Meaning("Agents of this project.")]]
    order: NotRequired[Annotated[AgentOrder, Meaning("-runs by default.")]]


@request
class VersionStandingsQuery(StandingsQuery):
    """Versions, the greatest value of `order` first where it begins with a minus."""

    order: NotRequired[Annotated[VersionOrder, Meaning("-last_run by default.")]]


@request
class CompareQuery(FilteredQuery):
    """Two versions of one agent."""

    base: Annotated[Name, Meaning("The version to compare with.")]
    candidate: Annotated[Name, Meaning("The version that is judged.")]
    stale: NotRequired[
        Annotated[
            Literal["failed", "ignore"],
            Meaning("What stale runs are taken for; failed by default."),
        ]
    ]


@request
class TasksQuery(FilterQuery, RangeQuery):
    """Two versions of one agent, over the tasks that both ran. Filters combine."""

    base: Annotated[Name, Meaning("The version to compare with.")]
    candidate: Annotated[Name, Meaning("The version that is judged.")]
    stale: NotRequired[
        Annotated[
            Literal["failed", "ignore"],
            Meaning("What stale runs are taken for; failed by default."),
        ]
    ]


@request
class ChangesQuery(FilterQuery, RangeQuery):
    """Which agents, by which of their runs, and what they are compared with. One filter at most."""

    project: NotRequired[Annotated[str, Checked(folded), Meaning("Agents of this project.")]]
    against: NotRequired[
        Annotated[
            Literal["version", "window"],
            Meaning("The version before (the default), or the stretch of time before."),
        ]
    ]
    limit: NotRequired[
        Annotated[
            PageSize, Meaning(f"{DEFAULT_GROUPS} agents by default, never more than {MAX_GROUPS}.")
        ]
    ]


@request
class FailuresQuery(FilterQuery, RangeQuery):
    """Failed runs of an agent. Filters combine."""

    version: NotRequired[Annotated[Name, Meaning("Runs of this version.")]]
    limit: NotRequired[
        Annotated[
            PageSize, Meaning(f"{DEFAULT_GROUPS} groups by default, never more than {MAX_GROUPS}.")
        ]
    ]


@request
class GateQuery(CompareQuery):
    """How much worse than the base the candidate may be."""

    max_success_rate_drop: NotRequired[
        Annotated[
            Share, Meaning("How far the success rate may fall, as a share: 0.02 is 2 points.")
        ]
    ]
    max_p95_increase: NotRequired[
        Annotated[
            Increase, Meaning("How far the p95 duration may rise: 0.1 is 10 % of the base's.")
        ]
    ]
    max_mean_cost_increase: NotRequired[
        Annotated[Increase, Meaning("How far the mean cost may rise: 0.1 is 10 % of the base's.")]
    ]
    min_runs: NotRequired[
        Annotated[int, Bounds(ge=1), Meaning("Finished runs that each version must have.")]
    ]
    decide: NotRequired[
        Annotated[
            Literal["evidence", "proof", "observed"],
            Meaning("What a check fails, or passes, on; evidence by default."),
        ]
    ]


@request
class UiQuery(TypedDict):
    """In which zone "today" is."""

    tz: NotRequired[Zone]


def settle_range(query: dict[str, Any]) -> dict[str, Any]:
    """The query with instants in place of plain dates: midnights in its zone."""
    zone = query.get("tz", UTC)
    for name in ("start", "end"):
        moment = query.get(name)
        # An instant is a date too, to Python.
        if isinstance(moment, date) and not isinstance(moment, datetime):
            query[name] = begin_of(moment, zone)
    return query
