"""The conditions of watches over the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from chalicelib.metrics.intervals import find_zone
from chalicelib.values.checks import MAX_DOLLARS
from chalicelib.values.spans import days_in, span_text
from chalicelib.wire.shapes import Bounds, Checked, Meaning, Tagged, request

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
        Annotated[bool, Meaning("Whether it warns when the amount is foreseen to be spent.")]
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
