"""The shapes of telemetry's own routes: what was received, and prices."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from chalicelib.wire.models import Name, Timestamp
from chalicelib.wire.shapes import Bounds, Meaning, request

# Of OTLP: what cannot go through API Gateway as text, and the rest.
PROTOBUF, JSON = "application/x-protobuf", "application/json"
BINARY_MEDIA_TYPES = (PROTOBUF, "application/protobuf")
OTLP_MEDIA_TYPES = (*BINARY_MEDIA_TYPES, JSON)
MAX_SENT_BYTES = 4_500_000
# Prompts compress well, and they are thrown away: ten times what may be sent.
MAX_UNPACKED_BYTES = 45_000_000
MAX_RATE = 1_000_000
Rate = Annotated[float, Bounds(ge=0, le=MAX_RATE, allow_inf_nan=False)]
Counts = dict[str, int]


# OTLP's own shape, of which this says as much as a reader needs; its JSON is in camelCase.
class ExportRequest(TypedDict):
    resourceSpans: NotRequired[list[dict[str, Any]]]


@request
class TelemetryQuery(TypedDict):
    """How far to look back."""

    days: NotRequired[
        Annotated[int, Bounds(ge=1, le=90), Meaning("Whole UTC days with today, 7 by default.")]
    ]


class TraceExample(TypedDict):
    """A trace, by what a person may recognise it: its instrumentation and names of a few spans."""

    trace_id: str
    since: Timestamp
    framework: str
    names: list[str]


class TelemetrySummary(TypedDict):
    """What was received over OTLP, in `since` and after, and what became of it.

    `waiting` are traces with spans of an agent whose own span has not come; `expired` those that
    waited for a day, of which `examples` names a few. `refused` counts spans and runs that were not
    taken, by reason; `unpriced` requests with a model that has no price.
    """

    since: Timestamp
    requests: int
    spans: int
    runs: int
    withdrawn: int
    waiting: int
    waiting_examples: list[TraceExample]
    expired: int
    examples: list[TraceExample]
    refused: Counts
    unpriced: Counts
    frameworks: Counts
    conventions: Counts


class RunCall(TypedDict):
    """A model call or a tool of a run, `offset_ms` after the run's start."""

    kind: Literal["model", "tool"]
    name: str | None
    offset_ms: float
    duration_ms: float | None
    failed: bool
    cost: NotRequired[float | None]
    input_tokens: NotRequired[int]
    output_tokens: NotRequired[int]
    cache_read_input_tokens: NotRequired[int]
    cache_creation_input_tokens: NotRequired[int]
    reasoning_output_tokens: NotRequired[int]


@request
class Rates(TypedDict):
    """US dollars for a million tokens.

    Kinds that are left out cost what those cost that they are a part of.
    """

    input: NotRequired[Rate]
    output: NotRequired[Rate]
    cache_read_input: NotRequired[Rate]
    cache_creation_input: NotRequired[Rate]
    reasoning_output: NotRequired[Rate]


@request
class PriceChanges(TypedDict):
    """Prices of your own by model; null removes one. They win over the public list."""

    models: dict[Name, Rates | None]


class PublicList(TypedDict):
    """The list that is used where there are no own prices: where it is from, and how fresh."""

    source: str | None
    newest_price_from: str | None
    models: int


class Prices(TypedDict):
    """Prices of your own, by model in lower case, and the public list behind them."""

    models: dict[str, Any]
    public_list: PublicList
