"""What several query parameters are: their bounds, and what each may hold."""

from __future__ import annotations

from datetime import timedelta, tzinfo
from typing import Annotated, Literal

from chalicelib.metrics.intervals import find_zone
from chalicelib.values.durations import parse_duration_us
from chalicelib.values.identities import identity_of_text
from chalicelib.values.instants import parse_moment
from chalicelib.wire.shapes import Bounds, Checked, Meaning

MAX_PAGE = 5000
DEFAULT_PAGE = 1000
MAX_STANDINGS = 1000
DEFAULT_STANDINGS = 100
DEFAULT_STALE_AFTER = timedelta(hours=24)

DEFAULT_GROUPS, MAX_GROUPS = 100, 1000
GroupOrder = Literal["runs", "cost", "last_run", "success_rate", "p95"]
GroupBy = Literal["project", "agent", "version", "cluster", "model", "tool", "initiator", "status"]

_BlockOrder = Literal[
    "runs",
    "-runs",
    "cost",
    "-cost",
    "last_run",
    "-last_run",
    "success_rate",
    "-success_rate",
    "p95",
    "-p95",
]
AgentOrder = Literal["name", "-name", _BlockOrder]
VersionOrder = Literal["version", "-version", _BlockOrder]


def _stale_after(text: str) -> timedelta:
    duration = timedelta(microseconds=parse_duration_us(text))
    if not duration:
        raise ValueError("must be longer than nothing, such as 24h or 90m")
    return duration


def _metadata(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ValueError("must be a key and a value, such as branch=main")
    return key, value


def _zone(name: str) -> tzinfo:
    return find_zone(name)


Zone = Annotated[
    str,
    Checked(_zone, {"minLength": 1}),
    Meaning("An IANA time zone, such as Europe/Berlin; UTC by default."),
]
Moment = Annotated[
    str,
    Checked(
        parse_moment,
        {"anyOf": [{"format": "date-time"}, {"format": "date"}], "examples": ["2026-03-01"]},
    ),
]
IdentityText = Annotated[str, Checked(identity_of_text)]
Share = Annotated[float, Bounds(ge=0, le=1, allow_inf_nan=False)]
Increase = Annotated[float, Bounds(ge=0, allow_inf_nan=False)]
PageSize = Annotated[int, Bounds(ge=1)]
Cursor = Annotated[str, Bounds(max_length=2000)]
