"""Asking the service: metrics, comparisons, gates and runs. Here failures are exceptions."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from agent_metrics.connection import Answer, Connection
from agent_metrics.encoding import instant_text
from agent_metrics.errors import (
    PASSING,
    AccessError,
    ApiError,
    NotFoundError,
    UnreachableError,
)
from agent_metrics.settings import Service

TRIES = 4
# No further try begins after that.
PATIENCE_S = 15.0
LONGEST_WAIT_S = 20.0


class Reader:
    """One service, read over one connection. Methods raise ApiError and UnreachableError."""

    def __init__(self, service: Service, *, tries: int = TRIES) -> None:
        """Raises ConfigurationError."""
        self._connection = Connection(service)
        self._tries = tries

    def get(self, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """The object that the API answers; parameters that are None are not asked."""
        found = self._parse(self._ask(address(path, query)))
        if not isinstance(found, dict):
            raise self._not_understood()
        return found

    def page(self, path: str) -> tuple[list[dict[str, Any]], str | None]:
        """A page of a list, and where the next one is."""
        answer = self._ask(path)
        found = self._parse(answer)
        items = found.get("runs", found.get("items")) if isinstance(found, dict) else found
        if not isinstance(items, list):
            raise self._not_understood()
        return items, _next_address(answer)

    def close(self) -> None:
        self._connection.close()

    def _ask(self, path: str) -> Answer:
        """Raises ApiError, and UnreachableError once patience has ended."""
        patience_ends = time.monotonic() + PATIENCE_S
        for attempt in range(1, self._tries + 1):
            try:
                return self._ask_once(path)
            except UnreachableError as error:
                if attempt == self._tries or time.monotonic() > patience_ends:
                    raise
                wait = max(random.uniform(0.5, 1.0) * 2.0**attempt / 4, error.retry_after_s or 0)
                time.sleep(min(wait, LONGEST_WAIT_S))
        raise AssertionError("there is at least one try")

    def _ask_once(self, path: str) -> Answer:
        answer = self._connection.request("GET", path)
        if answer.status in PASSING:
            raise UnreachableError(
                f"{self._connection.url} answers {answer.status}: {_problem(answer).get('detail')}",
                answer.retry_after_s,
                status=answer.status,
            )
        if answer.status >= 300:
            raise _error_of(answer)
        return answer

    def _parse(self, answer: Answer) -> Any:
        try:
            return json.loads(answer.content)
        except (ValueError, RecursionError):
            raise self._not_understood() from None

    def _not_understood(self) -> UnreachableError:
        return UnreachableError(f"{self._connection.url} answers, but not as this service does")


class Runs:
    """The runs that were asked for, newest first; pages are fetched as they are needed.

    Each iteration asks anew.
    """

    def __init__(self, service: Service, path: str) -> None:
        self._service = service
        self._path = path

    def __iter__(self) -> Iterator[dict[str, Any]]:
        reader = Reader(self._service)
        following: str | None = self._path
        try:
            while following is not None:
                items, following = reader.page(following)
                yield from items
        finally:
            reader.close()

    def to_dataframe(self) -> Any:
        """All of them as a pandas DataFrame, `created` and `recorded_at` as times.

        Raises ImportError where pandas is not installed (`pip install agent-metrics[pandas]`).
        """
        import pandas as pd

        frame = pd.DataFrame(list(self))
        for column in ("created", "recorded_at"):
            if column in frame:
                frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
        return frame


def scope(agent: str | None, version: str | None) -> str:
    """Where the fleet, an agent or a version is in the API."""
    if agent is None:
        return "/api/v1"
    path = f"/api/v1/agents/{quote(agent, safe='')}"
    return path if version is None else f"{path}/versions/{quote(version, safe='')}"


def address(path: str, query: Mapping[str, Any]) -> str:
    """Path and query; `from_` stands for `from`, and times may be datetimes."""
    asked = {
        name.rstrip("_"): _as_text(value) for name, value in query.items() if value is not None
    }
    return f"{path}?{urlencode(asked)}" if asked else path


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _next_address(answer: Answer) -> str | None:
    """The path of the next page alone: the token is for the service that was named."""
    for link in answer.headers.get("link", "").split(","):
        target, _, relation = link.partition(">")
        if 'rel="next"' in relation:
            parts = urlsplit(target.strip().lstrip("<"))
            _, mark, rest = parts.path.rpartition("/api/v1/")
            return f"{mark}{rest}?{parts.query}" if mark else None
    return None


def _problem(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _error_of(answer: Answer) -> ApiError:
    problem = _problem(answer)
    kind = {401: AccessError, 403: AccessError, 404: NotFoundError}.get(answer.status, ApiError)
    code = str(problem.get("code", f"status {answer.status}"))
    detail = str(problem.get("detail", answer.headers.get("location", "it gives no reason")))
    errors = problem.get("errors")
    return kind(
        answer.status,
        code,
        detail,
        errors=errors if isinstance(errors, list) else None,
        request_id=problem.get("request_id"),
    )
