"""Every error the API can answer, as exceptions with a status and a stable code.

Raised anywhere below the HTTP edge; `chalicelib.http` turns them into
`application/problem+json` (RFC 9457). `docs/api.md` documents each code, and a test
walks the subclasses of `Problem` to see that none is missing there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class Problem(Exception):
    """An answer that is not a success.

    `detail` says to a person what to do next; `errors` is a list of
    `{"path": ..., "message": ...}`; `headers` are sent as they are.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal Server Error"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


class BadRequest(Problem):
    status, title = 400, "Bad Request"


class MalformedJson(BadRequest):
    """The body is not JSON."""

    code = "malformed_json"


class AnswerTooLarge(BadRequest):
    """What was asked for is more than one answer can hold; the detail says how to ask for less."""

    code = "answer_too_large"


class QuestionTooLarge(BadRequest):
    """It cannot be answered in time, so it was not begun; the detail says what can."""

    code = "question_too_large"


class MalformedBody(BadRequest):
    """The body is compressed, and damaged."""

    code = "malformed_body"


class MalformedPath(BadRequest):
    """The address is not URL-encoded UTF-8, or holds a NUL character."""

    code = "malformed_path"


class CombinationNotSupported(BadRequest):
    """These filters and this grouping cannot be answered together; the detail says which can."""

    code = "combination_not_supported"


class InvalidQuery(BadRequest):
    """A query parameter is unknown, given twice, or has a value that it cannot have."""

    code = "invalid_query"


class InvalidCursor(BadRequest):
    """The cursor is not one of this list with these filters."""

    code = "invalid_cursor"


class InvalidRunId(BadRequest):
    """The run's id in the address is neither a 64-bit integer nor a text that can be one."""

    code = "invalid_run_id"


class Unauthorized(Problem):
    """The token is missing, mistyped, unknown, revoked or expired."""

    status, code, title = 401, "unauthorized", "Unauthorized"


class Forbidden(Problem):
    """The token is valid, but its scope does not reach this."""

    status, code, title = 403, "insufficient_scope", "Forbidden"


class ProjectForbidden(Problem):
    """The token is bound to another project."""

    status, code, title = 403, "project_forbidden", "Forbidden"


class HostForbidden(Problem):
    """The service is open, and was asked for by a name that is not of this machine."""

    status, code, title = 403, "host_forbidden", "Forbidden"


class OriginForbidden(Problem):
    """The service is open, and a page of another origin tries to write to it."""

    status, code, title = 403, "origin_forbidden", "Forbidden"


class NotFound(Problem):
    status, title = 404, "Not Found"


class RouteNotFound(NotFound):
    """Nothing is at this address."""

    code = "route_not_found"


class AgentNotFound(NotFound):
    """No agent that the caller may see has this id or name."""

    code = "agent_not_found"


class VersionNotFound(NotFound):
    """The agent has no such version."""

    code = "version_not_found"


class RunNotFound(NotFound):
    """The version has no run with this id."""

    code = "run_not_found"


class WatchNotFound(NotFound):
    """No watch that the caller may see has this id."""

    code = "watch_not_found"


class MethodNotAllowed(Problem):
    """The address is right, the method is not; `Allow` lists those it takes."""

    status, code, title = 405, "method_not_allowed", "Method Not Allowed"


class Conflict(Problem):
    status, title = 409, "Conflict"


class AgentConflict(Conflict):
    """The agent exists already, with another project."""

    code = "agent_conflict"


class VersionConflict(Conflict):
    """The version exists already, with other content."""

    code = "version_conflict"


class RunConflict(Conflict):
    """The run is stored already, finished and contradicting."""

    code = "run_conflict"


class RunDeleted(Problem):
    """The run was deleted; reports of it are not taken any more."""

    status, code, title = 410, "run_deleted", "Gone"


class PayloadTooLarge(Problem):
    """The body has too many bytes."""

    status, code, title = 413, "payload_too_large", "Content Too Large"


class BatchTooLarge(Problem):
    """The batch has too many runs."""

    status, code, title = 413, "batch_too_large", "Content Too Large"


class UnsupportedMediaType(Problem):
    """The body is not declared as JSON, or packed in a way that is not understood."""

    status, code, title = 415, "unsupported_media_type", "Unsupported Media Type"


class Invalid(Problem):
    status, title = 422, "Unprocessable Content"


class InvalidBody(Invalid):
    """The body is JSON, but not what the endpoint takes."""

    code = "invalid_body"


class InvalidName(Invalid):
    """The agent's name cannot be used, or differs from the one in the address."""

    code = "invalid_name"


class InvalidRun(Invalid):
    """The run breaks a rule; `errors` says which."""

    code = "invalid_run"


class InvalidWatch(Invalid):
    """The watch cannot be evaluated, or nobody can be told; `errors` says why."""

    code = "invalid_watch"


class TooManyWatches(Invalid):
    """There are as many watches as can be looked at; delete some."""

    code = "too_many_watches"


class RunExpired(Invalid):
    """The run is older than runs are kept here."""

    code = "run_expired"


class ServiceUnavailable(Problem):
    status, title = 503, "Service Unavailable"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "2"})


class DatabaseUnavailable(ServiceUnavailable):
    """The database cannot be reached; retry after `Retry-After` seconds."""

    code = "database_unavailable"


class DatabaseTimeout(ServiceUnavailable):
    """The database took too long; retry, or ask for less."""

    code = "database_timeout"


class NotReady(ServiceUnavailable):
    """The service is not set up yet: an index or its connection string is missing."""

    code = "not_ready"


class InternalError(Problem):
    """A bug of ours. The detail never says more than the request's id."""


class RateLimited(Problem):
    """This token has sent as much within a minute as it may; retry after `Retry-After` seconds."""

    status, code, title = 429, "rate_limited", "Too Many Requests"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


# What API Gateway answers itself (deployment/gateway.py); the service raises none of these.


class Refused(Problem):
    """Refused by API Gateway, before the request reached the service."""

    status, code, title = 400, "bad_request", "Bad Request"


class Denied(Problem):
    """Denied by API Gateway, before the request reached the service."""

    status, code, title = 403, "forbidden", "Forbidden"


class Throttled(Problem):
    """Too many requests at once; retry after `Retry-After` seconds."""

    status, code, title = 429, "throttled", "Too Many Requests"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class NoAnswer(ServiceUnavailable):
    """The service did not answer in time; a retry is safe."""

    code = "service_unavailable"
