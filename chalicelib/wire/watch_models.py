"""Watches over the wire: the conditions, who is told, and how a watch and its events read."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from chalicelib.values.names import folded
from chalicelib.values.states import State
from chalicelib.wire.condition_models import MAX_TRIAL_DAYS, Condition
from chalicelib.wire.models import Instant, Name, ObjectIdText, Timestamp
from chalicelib.wire.queries import PageQuery, RangeQuery
from chalicelib.wire.shapes import Bounds, Checked, Meaning, Tagged, answer, request


@request
class SnsNotify(TypedDict):
    """A topic of Amazon SNS, of those that the service may publish to."""

    type: Literal["sns"]
    topic_arn: Annotated[
        str,
        Bounds({"examples": ["arn:aws:sns:eu-central-1:123456789012:agents"]}, min_length=1),
    ]


@request
class WebhookNotify(TypedDict):
    """An address that is posted to."""

    type: Literal["webhook"]
    url: NotRequired[Annotated[str, Meaning("https; PagerDuty's own is known.")]]
    format: NotRequired[Literal["standard", "slack", "discord", "teams", "pagerduty"]]
    routing_key: NotRequired[Annotated[str, Meaning("Of PagerDuty's integration.")]]


Notify = Annotated[dict[str, Any], Tagged("type", {"sns": SnsNotify, "webhook": WebhookNotify})]


@request
class Watched(TypedDict):
    """What is watched, and for what."""

    project: NotRequired[Annotated[Name | None, Meaning("Its agents; null: every project's.")]]
    agent: NotRequired[Annotated[Name | None, Meaning("By name or id; null: every agent.")]]
    version: NotRequired[Annotated[Name | None, Meaning("Of the agent; null: every version.")]]
    condition: Condition


@request
class WatchRequest(Watched):
    """A new watch."""

    name: Name
    notify: NotRequired[Annotated[Notify | None, Meaning("Who is told; null: nobody.")]]
    muted_until: NotRequired[Annotated[Instant | None, Meaning("Nobody is told before this.")]]


@request
class WatchChange(TypedDict):
    """What is to be different about a watch; a condition or a receiver is replaced whole."""

    name: NotRequired[Name]
    condition: NotRequired[Condition]
    notify: NotRequired[Notify | None]
    muted_until: NotRequired[Instant | None]


@request
class WatchTrial(Watched):
    """A condition to be tried over the past."""

    days: NotRequired[
        Annotated[int, Bounds(ge=1, le=MAX_TRIAL_DAYS), Meaning("How many; 30 by default.")]
    ]


@request
class WatchQuery(PageQuery):
    """Filters on watches."""

    agent: NotRequired[Annotated[str, Meaning("Watches of this agent, by name or id.")]]
    project: NotRequired[
        Annotated[str, Checked(folded), Meaning("Watches of this project and its agents.")]
    ]
    state: NotRequired[Annotated[State, Meaning("Watches in this state.")]]


@request(start="from", end="to")
class FiringsQuery(RangeQuery):
    """Whose watches, and when; the last 30 days by default."""

    agent: NotRequired[Annotated[str, Meaning("Watches of this agent, by name or id.")]]


class NotifyProblem(TypedDict):
    """The last delivery was given up."""

    at: Timestamp
    detail: str


class Watch(TypedDict):
    """A watch, its state, and the numbers behind it.

    `late` when it was not looked at for minutes. `secret` is only in the answer that made it.
    """

    id: ObjectIdText
    name: str
    project: str | None
    agent: str | None
    version: str | None
    condition: dict[str, Any]
    notify: dict[str, Any] | None
    state: State
    since: Timestamp
    evaluated_at: Timestamp | None
    late: bool
    reading: dict[str, Any]
    muted_until: Timestamp | None
    notify_problem: NotifyProblem | None
    created_at: Timestamp
    updated_at: Timestamp
    secret: NotRequired[str]


class WatchSecret(TypedDict):
    """A webhook's new secret; the one before stays valid until `previous_until`."""

    secret: str
    previous_until: Timestamp


class Delivery(TypedDict):
    """What became of a notification."""

    status: Literal["pending", "delivered", "failed", "muted", "nobody", "quiet"]
    attempts: int
    next_attempt_at: Timestamp | None
    delivered_at: Timestamp | None
    detail: str | None


class WatchEvent(TypedDict):
    """A change of a watch's state; `id` is that of its notification."""

    id: str
    watch_id: ObjectIdText
    type: Literal["watch.firing", "watch.warning", "watch.resolved", "watch.state", "watch.test"]
    at: Timestamp
    state: State
    previous: State
    title: str
    text: str
    reading: dict[str, Any]
    delivery: Delivery


class Firing(TypedDict):
    """A time in which a watch was firing.

    `since` is null where it fired already when the range began, `until` where it did at its end.
    """

    watch_id: ObjectIdText
    name: str
    agent: str | None
    condition: dict[str, Any]
    since: Timestamp | None
    until: Timestamp | None


@answer(start="from", end="to")
class Firings(TypedDict):
    """When watches were firing, the latest first; `truncated` where there were too many to tell."""

    start: Timestamp
    end: Timestamp
    firings: list[Firing]
    truncated: bool


class WatchTest(TypedDict):
    """How a sample was delivered."""

    delivered: bool
    detail: str
    event_id: str


class TrialChange(TypedDict):
    """A change of state that the watch would have had, to the day (silence: to the hour)."""

    at: Timestamp
    state: State
    previous: State
    text: str
    reading: dict[str, Any]


class TrialResult(TypedDict):
    """What the watch would have done: how often it would have fired, and each change."""

    days: int
    fired: int
    changes: list[TrialChange]
    state: State
    reading: dict[str, Any]
