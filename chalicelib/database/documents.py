"""The shapes of what is stored, a collection each.

Stored data outlives the code that wrote it: packed fields have a layout number beside them, and a
reader for every layout that was ever written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from bson import Binary, ObjectId


class TokenDocument(TypedDict):
    """`tokens`: `_id` and `verifier` are the halves of the token's hash; it itself is not kept.

    `limits` are requests and questions a minute, of those that are limited; `layout` is missing
    where it is 1.
    """

    _id: bytes
    verifier: bytes
    layout: NotRequired[int]
    name: str
    scope: str
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


class SpansDocument(TypedDict):
    """`spans`: those of one trace in one request, reduced and packed; gone after `expires_at`.

    `_id` is made of what they are, so that a request sent twice is kept once. `owner` is the
    project that the sender's token is limited to; spans of different owners never meet.
    """

    _id: Binary
    trace: Binary
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
    trace: Binary


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


class WatchEventDocument(TypedDict):
    """`watch_events`: a change of a watch's state; `_id` is made of the watch and its revision."""

    _id: str
    layout: int
    watch_id: ObjectId
    type: str
    at: datetime
    state: str
    previous: str
    title: str
    text: str
    reading: dict[str, Any]
    delivery: DeliveryDocument


class WatchDocument(TypedDict):
    """`watches`: a condition, whom to tell, and what is known.

    `project` and `version` are as asked for; `owner` is the project that the watch belongs to, None
    for the whole fleet. `memory` is the condition's own. `revision` grows with each change of state
    and `outbox` holds the change until it stands in `watch_events`. `told` are the periods and
    states of a budget that were told of.
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
    state: str
    since: datetime
    evaluated_at: datetime | None
    reading: dict[str, Any]
    memory: dict[str, Any]
    told: list[str]
    revision: int
    outbox: WatchEventDocument | None
    notify_problem: NotifyProblemDocument | None
    created_at: datetime
    updated_at: datetime
