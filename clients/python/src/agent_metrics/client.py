"""The client: what a host sees of this package."""

from __future__ import annotations

import functools
import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar, overload
from uuid import uuid4

from agent_metrics.accounts import Stats
from agent_metrics.delivery import Delivery
from agent_metrics.encoding import now_text
from agent_metrics.errors import ConfigurationError
from agent_metrics.harmless import harmless
from agent_metrics.notices import Notices
from agent_metrics.questions import Questions
from agent_metrics.recorder import Recorder
from agent_metrics.run import Run
from agent_metrics.sender import Sender
from agent_metrics.settings import Service, Target, read_service, read_target
from agent_metrics.spool import SUPPORTED as SPOOL_SUPPORTED
from agent_metrics.spool import Spool

Function = TypeVar("Function", bound=Callable[..., Any])
_LAMBDA_MARGIN_S = 0.25


class Client(Questions):
    """Records runs of one agent and version, and reads what the service knows.

    Recording never raises and never waits. Reading raises AgentMetricsError and its kin.
    """

    def __init__(
        self,
        *,
        url: str | None = None,
        token: str | None = None,
        project: str | None = None,
        agent: str | None = None,
        version: str | None = None,
        tools: Sequence[str] = (),
        models: Sequence[str] = (),
        cluster: str | None = None,
        deployment: str | None = None,
        report_start: bool = True,
        spool: str | os.PathLike[str] | None = None,
        spool_bytes: int = 256 * 1024 * 1024,
        queue_size: int = 10_000,
        flush_interval: float = 1.0,
        timeout: float = 10.0,
        exit_timeout: float = 5.0,
    ) -> None:
        """What is left out comes from AGENT_METRICS_URL, _TOKEN, _PROJECT, _AGENT and _VERSION.

        `cluster`, `tools`, `models` and `deployment` register the version when it is new.
        `spool` is a directory that keeps runs until they are delivered. Times are in seconds:
        `flush_interval` is how long a run waits for company, `timeout` how long an answer may
        take, `exit_timeout` how long the end of the process may.
        """
        self.notices = Notices()
        self._report_start = report_start
        self._service = Service("", None, timeout)
        self._fault: str | None = None
        self._target = read_target(
            agent,
            version,
            project,
            cluster=cluster,
            tools=tools,
            models=models,
            deployment=deployment,
        )
        try:
            self._service = read_service(url, token, timeout)
            kept = self._open_spool(spool, spool_bytes) if self._service.url else None
        except ConfigurationError as error:
            self._fault = str(error)
            self.notices.say("settings", f"no runs are reported: {error}")
            self._recorder = Recorder(None, self.notices)
        else:
            sender = self._make_sender(kept, queue_size, flush_interval, exit_timeout)
            self._recorder = Recorder(sender, self.notices)

    def _make_sender(
        self, kept: Spool | None, queue_size: int, interval_s: float, exit_timeout_s: float
    ) -> Sender | None:
        """What delivers the runs; None where no service is named."""
        if not self._service.url:
            self.notices.say("off", "AGENT_METRICS_URL is not set: no runs are reported")
            return None
        sender = Sender(
            Delivery(self._service, self.notices, keeps_refused=kept is not None),
            self.notices,
            spool=kept,
            queue_size=queue_size,
            interval_s=interval_s,
            exit_timeout_s=exit_timeout_s,
        )
        weakref.finalize(self, sender.retire).atexit = False
        return sender

    # Recording.

    def run(
        self,
        *,
        task_id: Any = None,
        run_id: Any = None,
        initiator: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        agent: str | None = None,
        version: str | None = None,
        report_start: bool | None = None,
        heartbeat: float | None = None,
        **fields: Any,
    ) -> Run:
        """A run for a `with` or `async with` block: from its begin to its end.

        `heartbeat` reports every so many seconds that it is still running. Further fields are as
        the API has them (`trace_id`, `tools`, `models`, …).
        """
        known = {
            "id": run_id,
            "task_id": task_id,
            "initiator": initiator,
            "metadata": None if metadata is None else dict(metadata),
        }
        starts = self._report_start if report_start is None else report_start
        return Run(
            self._recorder,
            self._target_of(agent, version),
            {**known, **fields},
            report_start=starts,
            heartbeat_s=heartbeat,
        )

    @overload
    def track(self, function: Function) -> Function: ...
    @overload
    def track(self, **fields: Any) -> Callable[[Function], Function]: ...

    def track(self, function: Any = None, **fields: Any) -> Any:
        """Make each call of a function, coroutine, generator or async generator a run.

        The fields are those of `run`; each may be a function, which is given the call's arguments.
        """
        from agent_metrics.tracking import resolve, tracked

        def begin(arguments: tuple[Any, ...], named: dict[str, Any]) -> Run:
            found, failures = resolve(fields, arguments, named)
            for failure in failures:
                self.notices.say(f"field {failure[:60]}", f"left out of a run: {failure}")
            return self.run(**found)

        if function is not None:
            return tracked(function, begin)
        return lambda given: tracked(given, begin)

    @harmless
    def record(
        self, run: Mapping[str, Any], *, agent: str | None = None, version: str | None = None
    ) -> None:
        """A run that has ended, as the API takes it. One without an id is given one."""
        fields = dict(run)
        if fields.get("id") is None:
            fields["id"] = str(uuid4())
            fields.setdefault("created", now_text())
        self._recorder.report(self._target_of(agent, version), fields)

    def flush(self, timeout: float | None = 5.0) -> bool:
        """Wait until everything until now is delivered, at most so many seconds.

        True when all was; False when time is up, or anything was dropped or refused since the
        last call. None waits for as long as it takes.
        """
        sender = self._recorder.sender
        try:
            return sender is None or sender.flush(timeout)
        except Exception as error:
            self.notices.say("flush", f"not flushed: {error!r}")
            return False

    async def aflush(self, timeout: float | None = 5.0) -> bool:
        """The same for coroutines: others run meanwhile."""
        import asyncio

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, functools.partial(self.flush, timeout))

    def close(self, timeout: float | None = 5.0) -> bool:
        """Flush, and end the thread. Not needed: the end of the process does as much."""
        sender = self._recorder.sender
        return sender is None or sender.close(timeout)

    def stats(self) -> Stats:
        """How many reports were recorded, delivered, refused and dropped, and how many wait."""
        sender = self._recorder.sender
        return Stats(0, 0, 0, 0, 0) if sender is None else sender.stats()

    def lambda_handler(self, handler: Function) -> Function:
        """Flushes before Lambda freezes the process, within the time that the call has left."""

        @functools.wraps(handler)
        def flushed(event: Any, context: Any, *more: Any, **named: Any) -> Any:
            try:
                return handler(event, context, *more, **named)
            finally:
                self.flush(self._left(context))

        return flushed  # type: ignore[return-value]

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # Its own.

    def _target_of(self, agent: str | None, version: str | None) -> Target:
        if agent is None and version is None:
            return self._target
        own = self._target
        return own._replace(
            agent=own.agent if agent is None else str(agent),
            version=own.version if version is None else str(version),
        )

    def _open_spool(
        self, directory: str | os.PathLike[str] | None, most_bytes: int
    ) -> Spool | None:
        if directory is None:
            return None
        if not SPOOL_SUPPORTED:
            self.notices.say("spool", "this system has no file locks: nothing is kept on disk")
            return None
        try:
            return Spool(os.fspath(directory), most_bytes)
        except OSError as error:
            sentence = f"nothing is kept on disk: {directory} cannot be made ({error.strerror})"
            self.notices.say("spool", sentence)
            return None

    @staticmethod
    def _left(context: Any) -> float:
        try:
            left_s = float(context.get_remaining_time_in_millis()) / 1000
        except Exception:
            return 2.0
        return max(0.0, min(5.0, left_s - _LAMBDA_MARGIN_S))
