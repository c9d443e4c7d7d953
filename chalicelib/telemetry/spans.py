"""What a span is here: as it was sent (RawSpan), and reduced to what runs are made of (Span).

A span's own text is kept in few places only: names, an agent's error, ids. Prompts, completions,
arguments and results of tools are never read: no key of `attributes.MARKS` or `DETAILS` holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

# A step is a framework's own span that is none of the others; what is other has nothing to do with
# agents, and only its place in the trace counts.
Kind = Literal["other", "agent", "llm", "tool", "step"]
KINDS: tuple[Kind, ...] = ("other", "agent", "llm", "tool", "step")
STATUS_ERROR = 2


class Tokens(NamedTuple):
    """Of one model call, or of several. None: not known. The last three are parts of the first."""

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_creation: int | None = None
    reasoning: int | None = None


NO_TOKENS = Tokens()


NO_DETAILS: Mapping[str, Any] = MappingProxyType({})


class Marks(NamedTuple):
    """What says of a span what it is. Very many spans have the same, so it is looked at once."""

    name: str
    is_root: bool
    attributes: Mapping[str, str]


class RawSpan(NamedTuple):
    """A span as an instrumentation sent it, with the attributes that are wanted.

    `marks` are keys and values of those in `attributes.MARKS`, in turns; `details` the others.
    Times are nanoseconds since 1970. `exception` is the message of a failed span's first exception
    event that has one.
    """

    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    name: str
    start_ns: int
    end_ns: int
    marks: tuple[str, ...] = ()
    details: Mapping[str, Any] = NO_DETAILS
    status: int = 0
    status_message: str = ""
    exception: str = ""


class Source(NamedTuple):
    """Where a span comes from: its instrumentation's scope, and what the resource says."""

    scope: str = ""
    scope_version: str = ""
    service_name: str | None = None
    service_version: str | None = None
    service_namespace: str | None = None


class AgentDetail(NamedTuple):
    """What only an agent's span has.

    `name` is None where the agent has none of its own; `called` is then what its run is filed
    under. `error` is the text of a failure. The rest goes to the run's metadata.
    """

    called: str
    version: str
    name: str | None = None
    error: str | None = None
    project: str | None = None
    session: str | None = None
    user: str | None = None


class Span(NamedTuple):
    """A span reduced to what runs are made of.

    `name` is a tool's name, a model's, or what a step lends to a nameless agent right below it.
    `answered_by` is the model that answered, where it has another name than the one asked for.
    Times are microseconds. `parent_id` is empty at a root.
    """

    span_id: bytes
    parent_id: bytes
    kind: Kind = "other"
    start_us: int = 0
    duration_us: int | None = None
    failed: bool = False
    name: str | None = None
    answered_by: str | None = None
    provider: str | None = None
    tokens: Tokens = NO_TOKENS
    cost: float | None = None
    agent: AgentDetail | None = None
    framework: str | None = None
    framework_version: str | None = None
    convention: str | None = None
