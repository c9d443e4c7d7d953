"""The shapes of answers about metrics."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from chalicelib.metrics.intervals import Interval
from chalicelib.wire.models import Identity, ObjectIdText, Timestamp
from chalicelib.wire.parameters import GroupBy
from chalicelib.wire.shapes import answer


class ByOutcome(TypedDict):
    succeeded: int
    failed: int
    in_progress: int
    other: int


class DurationMs(TypedDict):
    """Durations in milliseconds; percentiles within `relative_error` of the sample's own."""

    count: int
    mean: float | None
    min: float | None
    max: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    method: Literal["exact", "approximate"]
    relative_error: float


class Cost(TypedDict):
    """US dollars; null where none is known.

    `total` is all money spent, `in_progress` the part of it that runs still going have spent. The
    rest is of runs that have ended.
    """

    total: float | None
    in_progress: float | None
    mean: float | None
    known: int
    unknown: int


class Tokens(TypedDict):
    """Sums over the runs that have ended; null where none of them named that field.

    `known` counts those that named input or output tokens. The cache's are parts of the input,
    reasoning is a part of the output. `total` is input and output together, `mean` that of a run of
    known tokens, `cache_read_share` the part of the input that was read from the cache.
    """

    input: int | None
    output: int | None
    cache_read_input: int | None
    cache_creation_input: int | None
    reasoning_output: int | None
    total: int | None
    mean: float | None
    cache_read_share: float | None
    known: int
    unknown: int


class Score(TypedDict):
    """The scores of the runs that have ended and named one; null where none has."""

    count: int
    mean: float | None
    stddev: float | None
    min: float | None
    max: float | None


class Block(TypedDict):
    """The numbers of a set of runs. `success_rate` and its 95 % interval are of `rated` runs."""

    runs: int
    by_outcome: ByOutcome
    stale: int
    rated: int
    success_rate: float | None
    success_rate_interval: list[float] | None
    duration_ms: DurationMs
    cost: Cost
    tokens: Tokens
    score: Score
    first_run: Timestamp | None
    last_run: Timestamp | None


@answer(start="from", end="to")
class TimeBucket(Block):
    """The runs created in [from, to)."""

    start: Timestamp
    end: Timestamp


class GroupBase(Block):
    """A block with what its runs have in common, under the names that `group_by` asks for."""

    project: NotRequired[str]
    agent: NotRequired[str]
    agent_id: NotRequired[ObjectIdText]
    version: NotRequired[str]
    version_id: NotRequired[ObjectIdText]
    cluster: NotRequired[str | None]
    model: NotRequired[str | None]
    tool: NotRequired[str | None]
    initiator: NotRequired[str | None]
    status: NotRequired[str]


class Group(GroupBase):
    """A group, in buckets where an interval was asked for."""

    buckets: NotRequired[list[TimeBucket]]


class Others(Block):
    """The block of the groups that are not shown.

    In buckets where an interval was asked for, unless the answer would grow too large.
    """

    buckets: NotRequired[list[TimeBucket]]


@answer(start="from", end="to")
class Metrics(Block):
    """The block of all runs in the range, in buckets and groups where these were asked for.

    `overlapping`: runs count under several groups, so these do not sum to the total.
    `truncated`: there were more groups than `groups` shows; `others` sums the rest.
    """

    start: Timestamp | None
    end: Timestamp | None
    interval: Interval | None
    tz: str
    group_by: GroupBy | None
    buckets: NotRequired[list[TimeBucket]]
    groups: NotRequired[list[Group]]
    overlapping: NotRequired[bool]
    truncated: NotRequired[bool]
    others: NotRequired[Others | None]


class Change(TypedDict):
    """candidate - base, and that relative to the base."""

    absolute: float | None
    relative: float | None


class DurationChanges(TypedDict):
    mean: Change
    p50: Change
    p90: Change
    p95: Change
    p99: Change


class CostChange(TypedDict):
    mean: Change


class MeanChange(TypedDict):
    mean: Change


class Differences(TypedDict):
    success_rate: Change
    duration_ms: DurationChanges
    cost: CostChange
    tokens: MeanChange
    score: MeanChange


class StaleRuns(TypedDict):
    """Runs in progress that never came back, and what they are taken for."""

    base: int
    candidate: int
    counted_as: Literal["failed", "ignored"]


class VerdictDocument(TypedDict):
    """What the data say on one metric; see docs/api.md for the tests and what they can tell."""

    metric: Literal["success_rate", "duration_ms", "cost", "tokens", "score"]
    verdict: Literal["better", "worse", "no_significant_change", "insufficient_data"]
    test: str | None
    p_value: float | None
    statistic: str
    base: float | None
    candidate: float | None
    difference: float | None
    interval: list[float] | None
    effect: dict[str, float | None]
    n_base: int
    n_candidate: int
    relative_error: float
    confidence: float
    alpha: float
    interval_confidence: float
    min_count: int


class Verdicts(TypedDict):
    success_rate: VerdictDocument
    duration_ms: VerdictDocument
    cost: VerdictDocument
    tokens: VerdictDocument
    score: VerdictDocument


class Comparison(TypedDict):
    base_version: str
    candidate_version: str
    base: Block
    candidate: Block
    differences: Differences
    stale: StaleRuns
    verdicts: Verdicts


@answer(passed="pass")
class Check(TypedDict):
    """One limit of the gate: `change` against `limit`, and in words why.

    `interval` is that of the change, an end null where so few runs do not bound it.
    `smallest_change` is about the least worsening that so many runs would have shown, `more_runs`
    about how many more a side would decide.
    """

    name: str
    limit: float
    base: float | None
    candidate: float | None
    change: float | None
    interval: list[float | None] | None
    significant: bool | None
    smallest_change: float | None
    more_runs: int | None
    n_base: int
    n_candidate: int
    passed: bool
    status: Literal["pass", "fail", "undetermined", "skipped"]
    reason: str


@answer(passed="pass")
class GateResult(TypedDict):
    base_version: str
    candidate_version: str
    passed: bool
    status: Literal["pass", "fail", "undetermined"]
    decide: Literal["evidence", "proof", "observed"]
    level: float
    stale: StaleRuns
    checks: list[Check]


class Stat(TypedDict):
    """A tile of the Go service's dashboard; `raw` is the value as a number."""

    title: str
    value: str
    change: str
    icon: Literal["Bot", "Activity", "Clock", "DollarSign"]
    trend: Literal["up", "down", "neutral"]
    raw: float


class RecentRun(TypedDict):
    """`duration` in seconds, `cost` in dollars; 0 where unknown."""

    id: Identity
    agent: str
    action: str
    status: str
    time: Timestamp
    duration: float
    cost: float


class AgentVersion(TypedDict):
    """`avgRuntime` in seconds, `successRate` in percent, `spend` in dollars; 0 where unknown."""

    id: ObjectIdText
    name: str
    project: str
    status: Literal["active", "inactive"]
    lastSeen: Timestamp | None
    version: str
    avgRuntime: float
    successRate: float
    totalRuns: int
    spend: float
    tools: list[str]
    models: list[str]
    cluster: str | None
