"""The shapes of what is stored, a collection each.

Stored data outlives the code that wrote it: packed fields have a layout number beside them, and a
reader for every layout that was ever written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from bson import ObjectId


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
