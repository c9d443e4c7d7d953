"""Watches over the wire: the conditions, who is told, and how a watch and its events read."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from chalicelib.metrics.intervals import find_zone
from chalicelib.values.checks import MAX_DOLLARS
from chalicelib.values.spans import days_in, span_text
from chalicelib.values.states import State
from chalicelib.wire.models import Instant, Name, ObjectIdText, Timestamp
from chalicelib.wire.queries import PageQuery, RangeQuery
from chalicelib.wire.shapes import Bounds, Checked, Meaning, Tagged, answer, request

MAX_STALE_RUNS = 1_000_000
MAX_TRIAL_DAYS = 90

Base = Literal["previous_version", "window"]


def _zone_name(name: str) -> str:
    find_zone(name)
    return name


def _window(text: str) -> str:
    days_in(text)
    return text


Amount = Annotated[float, Bounds(gt=0, le=MAX_DOLLARS, allow_inf_nan=False)]
Part = Annotated[float, Bounds(gt=0, lt=1, allow_inf_nan=False)]
Rise = Annotated[float, Bounds(ge=0, le=100, allow_inf_nan=False)]
Fall = Annotated[float, Bounds(ge=0, lt=1, allow_inf_nan=False)]
ZoneName = Annotated[
    str, Checked(_zone_name, {"minLength": 1}), Meaning("An IANA time zone; UTC by default.")
]
Span = Annotated[str, Checked(span_text, {"examples": ["2h", "1d", "PT90M"]})]
Window = Annotated[
    str,
    Checked(_window, {"examples": ["7d"]}),
    Meaning("Of `base` window: 1 to 30 whole days; 7d by default."),
]
Against = Annotated[Base, Meaning("What it is compared with; `previous_version` needs an agent.")]


@request
class Budget(TypedDict):
    """More money is spent in a day, week (from Monday) or month than was meant to be."""

    type: Literal["budget"]
    amount: Annotated[Amount, Meaning("US dollars; it fires when so much is spent.")]
    period: Literal["day", "week", "month"]
    tz: NotRequired[ZoneName]
    warn_at: NotRequired[Annotated[Part, Meaning("It warns at this part of it; 0.8 by default.")]]
    forecast: NotRequired[
        Annotated[bool, Meaning("Whether it warns when the amount will be spent at this rate.")]
    ]


@request
class SuccessRateDrop(TypedDict):
    """The success rate has fallen, by a test that may be looked at every minute."""

    type: Literal["success_rate_drop"]
    base: Against
    window: NotRequired[Window]
    more_than: NotRequired[
        Annotated[Fall, Meaning("The least fall to tell of: 0.01, a point, by default.")]
    ]


@request
class DurationIncrease(TypedDict):
    """Runs take longer, by a test that may be looked at every minute."""

    type: Literal["duration_increase"]
    base: Against
    window: NotRequired[Window]
    more_than: NotRequired[
        Annotated[Rise, Meaning("The least rise to tell of: 0.05, a twentieth, by default.")]
    ]


@request
class CostIncrease(TypedDict):
    """Runs cost more, by a test that may be looked at every minute."""

    type: Literal["cost_increase"]
    base: Against
    window: NotRequired[Window]
    more_than: NotRequired[
        Annotated[Rise, Meaning("The least rise to tell of: 0.05, a twentieth, by default.")]
    ]


# `for` is a keyword of Python, so that this shape is written as a call.
Silence = TypedDict(
    "Silence",
    {
        "type": Literal["silence"],
        "for": Annotated[Span, Meaning("No run was created for so long; 1m to 90d.")],
    },
)
request(Silence)


@request
class Stale(TypedDict):
    """Runs are in progress that should long have finished."""

    type: Literal["stale"]
    more_than: Annotated[
        int, Bounds(ge=0, le=MAX_STALE_RUNS), Meaning("It fires when there are more than this.")
    ]
    after: NotRequired[
        Annotated[Span, Meaning("How old they are, in whole hours; 24h by default.")]
    ]


@request
class NewError(TypedDict):
    """Runs fail in a way that was not seen before."""

    type: Literal["new_error"]


CONDITIONS = {
    "budget": Budget,
    "success_rate_drop": SuccessRateDrop,
    "duration_increase": DurationIncrease,
    "cost_increase": CostIncrease,
    "silence": Silence,
    "stale": Stale,
    "new_error": NewError,
}
Condition = Annotated[dict[str, Any], Tagged("type", CONDITIONS)]


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
