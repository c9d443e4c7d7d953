"""What the reading half raises. The recording half raises nothing."""

from __future__ import annotations

# Busy, or between two processes: the same request may succeed a moment later.
PASSING = frozenset({429, 502, 503, 504})


class AgentMetricsError(Exception):
    """The mother of them all; its text is a sentence for a person."""


class ConfigurationError(AgentMetricsError):
    """A setting is missing or cannot be used."""


class ProxySettingError(ConfigurationError):
    """The environment names a proxy that cannot be used."""


class UnreachableError(AgentMetricsError):
    """No answer that could be understood: nothing there, too slow, or not this service."""

    def __init__(
        self, sentence: str, retry_after_s: float | None = None, *, status: int | None = None
    ) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s
        self.status = status

    @property
    def is_fault(self) -> bool:
        """The service met a fault of its own, which may be about what it was sent."""
        return self.status is not None and self.status >= 500 and self.status not in PASSING

    @property
    def is_refusal(self) -> bool:
        """The token is not taken."""
        return self.status in (401, 403)


class ApiError(AgentMetricsError):
    """The service refused: its `status`, its stable `code`, and what it says about it."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors or []
        self.request_id = request_id


class NotFoundError(ApiError):
    """There is no such agent, version or run (404)."""


class AccessError(ApiError):
    """The token is missing, not valid, or not allowed to do this (401, 403)."""
