"""The reading half of a client: what it asks the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agent_metrics.errors import ConfigurationError
from agent_metrics.settings import Service, Target

if TYPE_CHECKING:
    from agent_metrics.reading import Runs

# What stands for "the client's own" where None means "none".
_OWN: Any = object()


class Questions:
    """Methods raise ApiError, UnreachableError and ConfigurationError."""

    _service: Service
    _target: Target
    # Why nothing can be asked, if so.
    _fault: str | None

    def metrics(
        self, *, agent: str | None = _OWN, version: str | None = None, **query: Any
    ) -> dict[str, Any]:
        """Metrics of the client's agent, another one, a version, or (`agent=None`) the fleet.

        `query` is the API's: `from_`, `to`, `interval`, `tz`, `group_by`, filters.
        """
        return self._get(self._own(agent), version, "metrics", query)

    def compare(
        self, base: str, candidate: str | None = None, *, agent: str = _OWN, **query: Any
    ) -> dict[str, Any]:
        """Two versions, with differences and verdicts; the candidate is the client's own."""
        return self._get(self._own(agent), None, "compare", self._pair(base, candidate, query))

    def gate(
        self, base: str, candidate: str | None = None, *, agent: str = _OWN, **limits: Any
    ) -> dict[str, Any]:
        """May the candidate be deployed? `pass`, `status`, and `checks` with reasons."""
        return self._get(self._own(agent), None, "gate", self._pair(base, candidate, limits))

    def runs(self, *, agent: str = _OWN, version: str | None = None, **query: Any) -> Runs:
        """The runs of an agent or a version, newest first, over all pages.

        An iterable of dicts with `to_dataframe()`. `query` is the API's: `status`, `outcome`,
        `initiator`, `tool`, `model`, `task_id`, `from_`, `to`, and `limit`, the size of a page.
        """
        from agent_metrics.reading import Runs, address, scope

        path = f"{scope(self._own(agent), version)}/runs"
        return Runs(self._readable(), address(path, query))

    def _get(
        self, agent: str | None, version: str | None, what: str, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        from agent_metrics.reading import Reader, scope

        reader = Reader(self._readable())
        try:
            return reader.get(f"{scope(agent, version)}/{what}", query)
        finally:
            reader.close()

    def _readable(self) -> Service:
        if self._fault is not None:
            raise ConfigurationError(self._fault)
        if not self._service.url:
            raise ConfigurationError("there is nothing to ask: set url=, or AGENT_METRICS_URL")
        # The service answers within 29 seconds; asking anew before that makes it work twice.
        return self._service._replace(timeout_s=max(self._service.timeout_s, 30.0))

    def _own(self, agent: Any) -> Any:
        if agent is not _OWN:
            return agent
        if not self._target.agent:
            raise ConfigurationError("which agent? Set agent=, or AGENT_METRICS_AGENT")
        return self._target.agent

    def _pair(self, base: str, candidate: str | None, query: Mapping[str, Any]) -> dict[str, Any]:
        return {"base": base, "candidate": candidate or self._target.version, **query}
