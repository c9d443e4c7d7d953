"""The shapes of answers that say why: tasks that flipped, failures by their error."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from chalicelib.wire.metric_models import VerdictDocument
from chalicelib.wire.models import Identity, ObjectIdText, Timestamp
from chalicelib.wire.shapes import answer


class TaskTally(TypedDict):
    """How many runs of a task succeeded and failed."""

    succeeded: int
    failed: int


class TaskFlip(TypedDict):
    """A task that most runs of one version succeed at, and most of the other's fail."""

    task_id: Identity
    change: Literal["gained", "lost"]
    base: TaskTally
    candidate: TaskTally


class TaskComparison(TypedDict):
    """Two versions compared over the tasks that both ran.

    A task counts by what most of its runs did; where as many failed it is `undecided`. `flipped`
    are those `lost`, then those `gained`; `truncated` when there are more.
    """

    base_version: str
    candidate_version: str
    base_tasks: int
    candidate_tasks: int
    paired: int
    undecided: int
    both_succeeded: int
    both_failed: int
    gained: int
    lost: int
    difference: float | None
    interval: list[float] | None
    confidence: float
    test: str | None
    p_value: float | None
    alpha: float
    min_flips: int
    verdict: Literal["better", "worse", "no_significant_change", "insufficient_data"]
    flipped: list[TaskFlip]
    truncated: bool


class FailureExample(TypedDict):
    """The newest run of a group."""

    id: Identity
    version: str
    created: Timestamp
    error: str | None


class FailureGroup(TypedDict):
    """Failed runs whose errors differ in numbers, times and ids only.

    `pattern` is the error with these masked; null for runs without an error, which are grouped by
    `status`.
    """

    pattern: str | None
    status: str | None
    count: int
    first_seen: Timestamp
    last_seen: Timestamp
    versions: list[str]
    example: FailureExample


class FailureGroups(TypedDict):
    """The groups with most runs; `others` counts the runs of the rest.

    `runs` were looked at, the newest; `is_complete` unless there were more.
    """

    runs: int
    is_complete: bool
    groups: list[FailureGroup]
    others: int


@answer(start="from", end="to")
class Window(TypedDict):
    """A stretch of `created`: [from, to)."""

    start: Timestamp
    end: Timestamp


class AgentChange(TypedDict):
    """An agent that changed, with those of the verdicts that are to be believed, by metric.

    The versions are null where the agent's runs of two stretches of time are compared. `size` is
    how much worse it got at most, as a share of what it was; `extra_cost` what the candidate's runs
    cost more than they would have at the base's mean.
    """

    agent: str
    agent_id: ObjectIdText
    project: str
    base_version: str | None
    candidate_version: str | None
    size: float
    extra_cost: float | None
    verdicts: dict[str, VerdictDocument]


@answer(start="from", end="to")
class FleetChanges(TypedDict):
    """The agents that changed by more than chance, the worst first, and how many did.

    `compared` agents had enough runs on both sides for a verdict, `insufficient` had not. Of what
    is told, a share of `false_discovery_rate` is expected to be chance.
    """

    start: Timestamp
    end: Timestamp
    before: Window
    against: Literal["version", "window"]
    compared: int
    insufficient: int
    false_discovery_rate: float
    changed: int
    changes: list[AgentChange]
