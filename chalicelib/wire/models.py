"""What goes over the wire: requests as pydantic validates them, answers as they are promised.

TypedDicts rather than models: validating a batch of thousands straight into dictionaries
costs a third of building objects. Validation is strict: true is no number, "1" no integer.
Lengths of text are in characters unless a name says bytes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NotRequired

from typing_extensions import TypedDict

from chalicelib.values import checks, cutting
from chalicelib.values.identities import MAX_ID_LENGTH, identity
from chalicelib.values.instants import parse_created, parse_instant
from chalicelib.values.names import label, label_or_nothing, normal_name
from chalicelib.values.numbers import INT64_MAX, INT64_MIN, count
from chalicelib.values.outcomes import Outcome
from chalicelib.wire.shapes import Bounds, Checked, Meaning, Parsed, request

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MAX_BODY_BYTES = 5_000_000
MAX_BATCH_RUNS = 10_000
MAX_NAME_LENGTH = 200
MAX_STATUS_LENGTH = 64
MAX_LIST_ITEMS = 100


@cache
def adapter(shape: Any) -> TypeAdapter[Any]:
    """The validator of a shape, built at its first use: cold starts pay only for what they ask."""
    from pydantic import TypeAdapter  # noqa: PLC0415

    return TypeAdapter(shape)


_INT64 = {"format": "int64"}
Int64 = Annotated[int, Bounds(_INT64, ge=INT64_MIN, le=INT64_MAX)]
Count = Annotated[int, Bounds(_INT64, ge=0, le=INT64_MAX)]
_IDENTITY = {
    "anyOf": [
        {"type": "integer", **_INT64, "minimum": INT64_MIN, "maximum": INT64_MAX},
        {"type": "string", "minLength": 1, "maxLength": MAX_ID_LENGTH},
    ]
}
# What clients send: whole floats are the integers that they stand for.
SentIdentity = Annotated[Any, Parsed(identity, _IDENTITY)]
SentCount = Annotated[
    Any, Parsed(count, {"type": "integer", **_INT64, "minimum": 0, "maximum": INT64_MAX})
]
SentNumber = Annotated[Any, Parsed(checks.finite, {"type": "number"})]
Identity = Annotated[int | str, Meaning("A 64-bit integer, or a text.")]
Dollars = Annotated[float, Bounds(ge=0, le=checks.MAX_DOLLARS, allow_inf_nan=False)]
Name = Annotated[str, Bounds(min_length=1, max_length=MAX_NAME_LENGTH), Checked(normal_name)]
Segment = Annotated[Name, Checked(checks.segment)]
Label = Annotated[str, Bounds(min_length=1, max_length=MAX_NAME_LENGTH), Checked(label)]
Labels = Annotated[list[Label], Bounds(max_length=MAX_LIST_ITEMS)]
Initiator = Annotated[str, Bounds(max_length=MAX_NAME_LENGTH), Checked(label_or_nothing)]
Status = Annotated[
    str, Bounds(min_length=1, max_length=MAX_STATUS_LENGTH), Checked(checks.printable)
]
TraceId = Annotated[str, Bounds(min_length=1, max_length=64), Checked(checks.printable)]
SentStatus = Annotated[Status, Meaning("Any word; `completed`, `failed` and their kin are known.")]
ErrorText = Annotated[str, Checked(cutting.cut_text)]
Created = Annotated[str, Checked(parse_created, {"format": "date-time"})]
Instant = Annotated[str, Checked(parse_instant, {"format": "date-time"})]
Duration = Annotated[
    Any,
    Parsed(checks.duration, {"type": ["string", "number"], "examples": ["5m30s", "PT5M30S", 330]}),
]
Metadata = Annotated[
    Any,
    Parsed(
        cutting.metadata,
        {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
        },
    ),
]


@request
class AgentRegistration(TypedDict):
    """Registers an agent; `name`, when given, must equal the path's."""

    name: NotRequired[Name | None]
    project: Name


@request
class AgentChange(TypedDict):
    """What is to be changed of an agent."""

    name: NotRequired[Annotated[Segment, Meaning("Must be free.")]]
    project: NotRequired[Name]
    archived: NotRequired[
        Annotated[bool, Meaning("Hidden from lists unless asked for, and still counted.")]
    ]


@request
class VersionChange(TypedDict):
    """What is to be changed of a version; null makes a text unknown, and a list empty."""

    cluster: NotRequired[Label | None]
    tools: NotRequired[Labels | None]
    models: NotRequired[Labels | None]
    deployment: NotRequired[Label | None]


@request
class VersionRegistration(TypedDict):
    """Adds a version to an agent."""

    version: Segment
    cluster: NotRequired[Label | None]
    tools: NotRequired[Labels | None]
    models: NotRequired[Labels | None]
    deployment: NotRequired[Label | None]


@request
class RunFacts(TypedDict):
    """What can be said of a run beside its identity."""

    task_id: NotRequired[SentIdentity | None]
    created: NotRequired[
        Annotated[Created | None, Meaning("With an offset; otherwise the time of arrival.")]
    ]
    status: NotRequired[SentStatus]
    outcome: NotRequired[
        Annotated[Outcome | None, Meaning("Wins over what the status means, as a verdict does.")]
    ]
    time_taken: NotRequired[
        Annotated[Duration | None, Meaning("Such as `5m30s`, `PT5M30S`, or a number of seconds.")]
    ]
    initiator: NotRequired[Annotated[Initiator | None, Meaning("Who or what started it.")]]
    tools: NotRequired[Labels | None]
    models: NotRequired[Labels | None]
    cost: NotRequired[Annotated[Dollars | None, Meaning("US dollars; not known is not zero.")]]
    input_tokens: NotRequired[SentCount | None]
    output_tokens: NotRequired[SentCount | None]
    cache_read_input_tokens: NotRequired[
        Annotated[SentCount | None, Meaning("The part of the input that a cache had.")]
    ]
    cache_creation_input_tokens: NotRequired[
        Annotated[SentCount | None, Meaning("The part of the input that was put into a cache.")]
    ]
    reasoning_output_tokens: NotRequired[
        Annotated[SentCount | None, Meaning("The part of the output that was reasoning.")]
    ]
    score: NotRequired[
        Annotated[SentNumber | None, Meaning("How good the result was; higher is better.")]
    ]
    error: NotRequired[Annotated[ErrorText | None, Meaning("Cut at 4096 bytes.")]]
    metadata: NotRequired[
        Annotated[
            Metadata | None,
            Meaning("Flat. Of more than 50 keys, 4096 bytes a text or 16 KB, the rest is cut."),
        ]
    ]
    trace_id: NotRequired[Annotated[TraceId | None, Meaning("To find the runs of one trace.")]]


@request
class RunReport(RunFacts):
    """What a client says of one run. Null means the same as absent: not known (yet)."""

    id: NotRequired[
        Annotated[
            SentIdentity | None,
            Meaning(
                "The caller's own. Without one the server assigns it, and a retry is a new run."
            ),
        ]
    ]
    status: SentStatus  # type: ignore[misc]  # required here


@request
class RunBatch(TypedDict):
    """Up to 10,000 runs of one version."""

    # The greatest length is enforced while it is read: each run beyond it would cost memory.
    runs: Annotated[
        list[RunReport],
        Bounds({"minItems": 1, "maxItems": MAX_BATCH_RUNS}, max_length=MAX_BATCH_RUNS),
    ]


@request
class RunCorrection(RunFacts):
    """What was wrong of a run; null makes a field unknown. `id` cannot change."""

    id: NotRequired[Annotated[SentIdentity, Meaning("In a batch: which run it is.")]]


@request
class RunCorrections(TypedDict):
    """Corrections of up to 10,000 runs of one version, each with the run's `id`."""

    runs: Annotated[
        list[RunCorrection],
        Bounds({"minItems": 1, "maxItems": MAX_BATCH_RUNS}, max_length=MAX_BATCH_RUNS),
    ]


ObjectIdText = Annotated[str, Bounds({"pattern": "^[0-9a-f]{24}$"})]
Timestamp = Annotated[str, Bounds({"format": "date-time"})]


class Agent(TypedDict):
    id: ObjectIdText
    name: str
    project: str
    archived: bool
    created_at: Timestamp
    updated_at: Timestamp


class Version(TypedDict):
    id: ObjectIdText
    agent_id: ObjectIdText
    version: str
    cluster: str | None
    tools: list[str]
    models: list[str]
    deployment: str | None
    created_at: Timestamp
    updated_at: Timestamp


class Run(TypedDict):
    """A run as it stands; what comes after `recorded_at` only where there is any.

    `truncated` names what was cut, such as `error` or `metadata.log`; `corrected` the fields that
    somebody corrected, which no report changes any more.
    """

    id: Identity
    task_id: Identity | None
    agent_id: ObjectIdText
    agent: str
    version_id: ObjectIdText
    version: str
    created: Timestamp
    status: str
    outcome: Outcome
    time_taken: str | float | None
    duration_ms: float | None
    initiator: str | None
    tools: list[str]
    models: list[str]
    cost: float | None
    recorded_at: Timestamp
    input_tokens: NotRequired[Count]
    output_tokens: NotRequired[Count]
    error: NotRequired[str]
    metadata: NotRequired[dict[str, str | int | float | bool]]
    cache_read_input_tokens: NotRequired[Count]
    cache_creation_input_tokens: NotRequired[Count]
    reasoning_output_tokens: NotRequired[Count]
    score: NotRequired[float]
    trace_id: NotRequired[str]
    truncated: NotRequired[list[str]]
    corrected: NotRequired[list[str]]
