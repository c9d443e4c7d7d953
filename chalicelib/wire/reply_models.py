"""Answers that are about a request: what became of it, or why it was refused."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from chalicelib.wire.models import Identity, Run


class FieldError(TypedDict):
    """`code` where programs may want to tell the reason from others: `invalid_created`."""

    path: str
    message: str
    code: NotRequired[str]


class RunError(TypedDict):
    """Why the run at `index` of a batch was not taken."""

    index: int
    id: Identity | None
    code: Literal["invalid_run", "run_conflict", "run_expired", "run_deleted", "run_not_found"]
    detail: str
    errors: list[FieldError]


class RunWarning(TypedDict):
    """What was cut of a run that was taken; see `truncated` of the run."""

    index: int
    id: Identity
    path: str
    message: str


class BatchResult(TypedDict):
    """What became of a batch. `rejected` runs are in `errors`, all others were taken."""

    accepted: int
    created: int
    updated: int
    unchanged: int
    superseded: int
    rejected: int
    errors: list[RunError]
    warnings: list[RunWarning]


class ProblemDocument(TypedDict):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: NotRequired[list[FieldError]]


class TraceRuns(TypedDict):
    """The runs of a trace, whichever agent's, oldest first; `truncated` where there are more."""

    trace_id: str
    runs: list[Run]
    truncated: bool


class Caller(TypedDict):
    """The token's name and project; null where none was asked for, or where it has none.

    `scopes` are those of the routes that the caller may call.
    """

    token: str | None
    scopes: list[Literal["ingest", "read", "admin"]]
    project: str | None


class Health(TypedDict):
    """`version` is that of the service which answers."""

    status: str
    version: str
