"""The shapes of what is stored, a collection each; chalicelib.database.names has their names.

Stored data outlives the code that wrote it: packed fields have a layout number beside them, and a
reader for every layout that was ever written. What a shape calls NotRequired is not there in every
document: because nobody said it, or because it was stored before there was such a field.

Without `from __future__ import annotations`, which makes a TypedDict five times as slow to define,
at every cold start.
"""

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from bson import Binary, ObjectId

from chalicelib.metrics.counted import Counted
from chalicelib.values.identities import Identity
from chalicelib.values.outcomes import Outcome
from chalicelib.values.states import State


class AgentDocument(TypedDict):
    """`agents`. Runs of `deleted_versions` may still be there, and are in no answer."""

    _id: ObjectId
    name: str
    project: str
    created_at: datetime
    updated_at: datetime
    archived: NotRequired[bool]
    deleted_versions: NotRequired[list[ObjectId]]


class VersionContent(TypedDict):
    """What a version is made of, as far as it was said."""

    cluster: str | None
    tools: list[str]
    models: list[str]
    deployment: str | None


class VersionDocument(VersionContent):
    """`versions`. An `unregistered` one came into being because a run of it arrived."""

    _id: ObjectId
    agent_id: ObjectId
    version: str
    created_at: datetime
    updated_at: datetime
    unregistered: NotRequired[bool]


class DeletionDocument(TypedDict):
    """`deletions`: an agent or a version whose runs have still to be removed; `_id` is its id."""

    _id: ObjectId
    kind: Literal["agent", "version"]
    agent_id: ObjectId
    deleted_at: datetime


class RunKey(TypedDict):
    """The version, and what the run is called in it."""

    v: ObjectId
    id: Identity


class LayerDocument(TypedDict):
    """The fields of a run that came from reports of one rank (chalicelib.runs.ranks)."""

    rank: bytes
    fields: list[str]


class RunDocument(TypedDict):
    """`runs`. What nobody said is not there; of a deleted run little is (`deleted_at`).

    `created_assigned` is there where the service chose `created`. `time_taken` is as it was sent,
    `duration_us` what it means; `outcome` is the effective one, `reported_outcome` what was said.
    `truncated` are the paths of what was longer than what is kept. `corrected` are the fields that
    no report changes any more, `ranks` the layers of a run that several reports made, `assembled`
    the number of spans of one that telemetry made alone. `revision` grows with each change;
    `moved_from` are hours in which the run was counted before. `counted` is what Prometheus counts
    of it for ever, where its fields say something else; `counted_at` is the time that the run had
    then, where that was another.
    """

    _id: RunKey
    agent_id: ObjectId
    created: datetime
    created_assigned: NotRequired[bool]
    recorded_at: NotRequired[datetime]
    status: NotRequired[str]
    outcome: NotRequired[Outcome]
    reported_outcome: NotRequired[Outcome]
    time_taken: NotRequired[str | float]
    duration_us: NotRequired[int]
    cost: NotRequired[float]
    task_id: NotRequired[Identity]
    initiator: NotRequired[str]
    tools: NotRequired[list[str]]
    models: NotRequired[list[str]]
    input_tokens: NotRequired[int]
    output_tokens: NotRequired[int]
    cache_read_input_tokens: NotRequired[int]
    cache_creation_input_tokens: NotRequired[int]
    reasoning_output_tokens: NotRequired[int]
    error: NotRequired[str]
    metadata: NotRequired[dict[str, Any]]
    score: NotRequired[float]
    trace_id: NotRequired[str]
    truncated: NotRequired[list[str]]
    corrected: NotRequired[list[str]]
    ranks: NotRequired[list[LayerDocument]]
    assembled: NotRequired[int]
    revision: NotRequired[int]
    moved_from: NotRequired[list[datetime]]
    counted: NotRequired[Counted]
    counted_at: NotRequired[datetime]
    deleted_at: NotRequired[datetime]


class MarkKey(TypedDict):
    v: ObjectId
    month: datetime


class AsideDocument(TypedDict):
    """Counting failed with this error, so many times; it is tried again after `until`."""

    until: datetime
    error: str
    tries: int


class MarkDocument(TypedDict):
    """`marks`: the marked hours of a version's UTC month, and when each was marked last.

    `hours` are by day and hour ("0113"); `oldest` is the least of their times.
    """

    _id: MarkKey
    agent_id: ObjectId
    hours: dict[str, datetime]
    oldest: datetime | None
    aside: NotRequired[AsideDocument]


class IndexDocument(TypedDict):
    """The rows of each value of a dimension (chalicelib.rollups.rows), and their sums."""

    values: list[str | None]
    ends: Binary
    rows: Binary
    sums: NotRequired[Binary]


class GoingDocument(TypedDict):
    """What a run in progress, by its row's number, has cost so far: a decimal number."""

    row: int
    cost: str


class CountedDocument(TypedDict):
    """What was counted of a run, and what its row says; a deleted one has no row."""

    created: int
    hash: int
    counted: Counted
    actual: Counted | None
    deleted: bool


class RowsDocument(TypedDict, total=False):
    """The columns of a tile that holds the runs themselves (chalicelib.rollups.rows)."""

    layout: int
    rows: int
    created: Binary
    code: Binary
    duration: Binary
    cost: Binary | list[str]
    exponent: int
    sums: Binary
    hash: Binary
    status: IndexDocument
    initiator: IndexDocument
    model: IndexDocument
    tool: IndexDocument
    tokens: dict[str, Binary]
    score: Binary
    going: list[GoingDocument]
    counted: list[CountedDocument]


class EntryDocument(TypedDict):
    """The packed block of one value of a dimension (chalicelib.rollups.packing)."""

    value: Any
    block: Binary


class EntriesDocument(TypedDict):
    """The blocks by value; `rest` is of the values that there were too many of.

    `runs` stands beside the blocks of an hour, and not beside those of a day; `documents` and
    `revisions` beside the total of an hour (chalicelib.rollups.proving).
    """

    values: list[EntryDocument]
    rest: NotRequired[Binary]
    runs: NotRequired[int]
    documents: NotRequired[int]
    revisions: NotRequired[int]


class TileContent(RowsDocument, total=False):
    """What a tile holds: rows, or a day's blocks, by the hour and of the whole once it is over.

    A month's names the days that have tiles of their own (`days`, `heavy`), and says that its
    newest run was created at `last` or later, and at `before` or earlier.
    """

    hours: dict[str, EntriesDocument]
    day: EntriesDocument
    days: list[datetime]
    heavy: list[datetime]
    last: datetime | None
    before: datetime | None


class TileKey(TypedDict):
    v: ObjectId
    kind: str
    begin: datetime


class TileDocument(TileContent):
    """`tiles`: what runs of a version add up to (chalicelib.rollups.tiles)."""

    _id: TileKey
    agent_id: ObjectId
    revision: NotRequired[ObjectId]


class TotalDocument(TypedDict):
    """`totals`: what all ended runs of a version from before `until` added up to."""

    _id: ObjectId
    until: datetime
    late: int
    settled: int
    block: Binary | None


class RollupKey(TypedDict):
    v: ObjectId
    hour: datetime
    dimension: str


class RollupDocument(EntriesDocument):
    """`rollups`: an hour of a version by one dimension, as releases before tiles kept it."""

    _id: RollupKey
    agent_id: ObjectId


class RollupMarkKey(TypedDict):
    v: ObjectId
    hour: datetime


class RollupMarkDocument(TypedDict):
    """`rollup_marks`: a marked hour of a version, as releases before tiles kept it."""

    _id: RollupMarkKey
    agent_id: ObjectId
    marked_at: datetime


class RetentionDocument(TypedDict):
    """`retention`: its one document, `runs`, says for how many days runs are kept (None: ever).

    Runs from before `gone_before` may be missing; with `is_noted` none were deleted without that
    being noted there.
    """

    _id: str
    days: NotRequired[int | None]
    gone_before: NotRequired[datetime]
    is_noted: NotRequired[bool]


class UpgradeDocument(TypedDict):
    """`upgrades`: how far a walk over all runs has come; `stand` is there once it is done."""

    _id: str
    last: NotRequired[RunKey]
    stand: NotRequired[int]


class TokenDocument(TypedDict):
    """`tokens`: `_id` and `verifier` are the halves of the token's hash; it itself is not kept.

    `limits` are requests and questions a minute, of those that are limited; `layout` is missing
    where it is 1.
    """

    _id: bytes
    verifier: bytes
    layout: NotRequired[int]
    name: str
    scope: Literal["ingest", "read", "admin"]
    project: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: NotRequired[datetime]
    limits: NotRequired[dict[str, int]]


class TokenUsesKey(TypedDict):
    token: bytes
    minute: datetime


class TokenUsesDocument(TypedDict):
    """`token_uses`: what a limited token sent within a minute; gone after `expires_at`."""

    _id: TokenUsesKey
    requests: NotRequired[int]
    questions: NotRequired[int]
    expires_at: datetime


class AuditChange(TypedDict):
    """One change of a record: JSON objects as texts, None where there was, or is, nothing.

    `id` is that of the run, where one request may change many.
    """

    id: int | str | None
    before: str | None
    after: str | None


class AuditDocument(TypedDict):
    """`audit`: a change that somebody asked for; gone after `expires_at`.

    `state` is `begun` before the change is made, then `done`, or `refused` where nothing was
    changed. `about` are all names and ids by which the record is found. `project` is that of what
    is changed, None where it is everybody's.
    """

    _id: ObjectId
    layout: int
    at: datetime
    ended_at: datetime | None
    state: str
    action: str
    token: str | None
    user: str | None
    request_id: str | None
    kind: str
    project: str | None
    names: dict[str, str]
    about: list[str]
    changes: list[AuditChange]
    expires_at: datetime


class ExpiredDocument(TypedDict):
    """`expired`: a run that was deleted because its time was over; `_id` as in `runs`."""

    _id: RunKey


class SpansDocument(TypedDict):
    """`spans`: those of one trace in one request, reduced and packed; gone after `expires_at`.

    `_id` is made of what they are, so that a request sent twice is kept once. `owner` is the
    project that the sender's token is limited to; spans of different owners never meet.
    """

    _id: bytes
    trace: bytes
    owner: str | None
    layout: int
    packed: bytes
    expires_at: datetime


class MigrationNote(TypedDict):
    """`what` was merged, renamed or refused, and why; `examples` are the source's first ids."""

    what: str
    reason: str
    count: int
    examples: list[str]


class MigrationDocument(TypedDict):
    """`migrations`: how far `manage.py migrate` has come with one source, which `_id` names.

    `after` is the last run of the source that is done with; None while there is none, and when
    all of them are.
    """

    _id: str
    after: ObjectId | None
    counts: dict[str, int]
    notes: list[MigrationNote]


class TraceKey(TypedDict):
    owner: str | None
    trace: bytes


class OpenTraceDocument(TypedDict):
    """`open_traces`: traces whose runs are not all recorded.

    `state` is `waiting` while something of an agent is below a span that has not come, and
    `unrecorded` when a request left recording to the scheduled function. After `due` a trace that
    waits has expired. `names` are of some of its spans, `framework` is its instrumentation's.
    """

    _id: TraceKey
    state: str
    since: datetime
    due: datetime
    framework: str
    names: list[str]


class CountsKey(TypedDict):
    owner: str | None
    day: datetime


class TelemetryCountsDocument(TypedDict):
    """`telemetry_counts`: what was received for one owner on a UTC day.

    Keys of the inner documents are escaped (chalicelib.telemetry.counting).
    """

    _id: CountsKey
    requests: int
    spans: int
    runs: int
    withdrawn: NotRequired[int]
    expired: NotRequired[int]
    refused: NotRequired[dict[str, int]]
    frameworks: NotRequired[dict[str, int]]
    conventions: NotRequired[dict[str, int]]
    unpriced: NotRequired[dict[str, int]]
    examples: NotRequired[list[dict[str, object]]]
    expires_at: datetime


class OwnPrice(TypedDict):
    """`rates` are US dollars for a million tokens, by kind of token."""

    model: str
    rates: dict[str, float]


class OwnPricesDocument(TypedDict):
    """`prices`: the one document `own`; `revision` grows with each change."""

    _id: str
    models: list[OwnPrice]
    revision: int
    updated_at: NotRequired[datetime]


class WebhookKey(TypedDict):
    """A secret that webhooks are signed with; until `until`, where another has replaced it."""

    secret: str
    until: datetime | None


class NotifyDocument(TypedDict, total=False):
    """Whom a watch tells; `keys` are the secrets of the format `standard`, the newest first."""

    type: str
    topic_arn: str
    url: str
    format: str
    routing_key: str
    keys: list[WebhookKey]


class NotifyProblemDocument(TypedDict):
    """Why the last delivery was given up."""

    at: datetime
    detail: str


class DeliveryDocument(TypedDict):
    """What became of a notification; only a pending one has a `next_attempt_at`."""

    status: str
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    detail: str | None


class WatchEvent(TypedDict):
    """What is told of an event: all that its message needs."""

    _id: str
    type: str
    at: datetime
    state: State
    previous: State
    title: str
    text: str
    reading: dict[str, Any]


class WatchEventDocument(WatchEvent):
    """`watch_events`: a change of a watch's state; `_id` is made of the watch and its revision."""

    layout: int
    watch_id: ObjectId
    delivery: DeliveryDocument


class WatchState(TypedDict):
    """What is known of a watch. `memory` is the condition's own.

    `told` are the periods and states of a budget that were told of.
    """

    state: State
    evaluated_at: datetime | None
    reading: dict[str, Any]
    memory: dict[str, Any]
    told: list[str]


class WatchDocument(WatchState):
    """`watches`: a condition, whom to tell, and what is known.

    `project` and `version` are as asked for; `owner` is the project that the watch belongs to, None
    for the whole fleet. `revision` grows with each change of state and `outbox` holds the change
    until it stands in `watch_events`.
    """

    _id: ObjectId
    layout: int
    name: str
    project: str | None
    owner: str | None
    agent_id: ObjectId | None
    version: str | None
    condition: dict[str, Any]
    notify: NotifyDocument | None
    origin: str
    muted_until: datetime | None
    since: datetime
    revision: int
    outbox: WatchEventDocument | None
    notify_problem: NotifyProblemDocument | None
    created_at: datetime
    updated_at: datetime
