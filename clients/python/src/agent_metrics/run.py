"""One run of an agent, from its start to its end."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from agent_metrics.encoding import cut_error, describe_error, now_text
from agent_metrics.harmless import harmless

if TYPE_CHECKING:
    from agent_metrics.recorder import Recorder
    from agent_metrics.settings import Target

RUNNING, COMPLETED, FAILED, CANCELLED = "running", "completed", "failed", "cancelled"
_SUMMED = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "reasoning_output_tokens",
)
_current: ContextVar[Run | None] = ContextVar("agent_metrics_run", default=None)


def current_run() -> Run | None:
    """The run that the calling code is part of: of this thread, task or generator."""
    return _current.get()


class Run:
    """Made by `client.run(…)`; used in a `with` or `async with` block, or by `start` and `finish`.

    Nothing that it does raises. A run belongs to the process that started it.
    """

    def __init__(
        self,
        recorder: Recorder,
        target: Target,
        fields: Mapping[str, Any],
        *,
        report_start: bool,
        heartbeat_s: float | None,
    ) -> None:
        self.notices = recorder.notices
        self._recorder = recorder
        self._target = target
        self._fields = {name: value for name, value in fields.items() if value is not None}
        given = self._fields.pop("id", None)
        self.id: Any = str(uuid4()) if given is None else given
        self._report_start = report_start
        self._heartbeat_s = heartbeat_s
        self._lock = threading.RLock()
        self._pid = 0
        self._started = 0.0
        self._ended = False
        self._token: Token[Run | None] | None = None

    # The life of a run.

    @harmless
    def start(self) -> None:
        """It begins now, and is reported to be running."""
        self._pid = os.getpid()
        self._started = time.perf_counter()
        self._fields.setdefault("created", now_text())
        if self._report_start:
            self._recorder.report(self._target, self._running(), is_start=True)
        if self._heartbeat_s:
            self._recorder.beat(self, self._heartbeat_s)

    @harmless
    def finish(
        self, status: str | None = None, error: str | None = None, *, time_taken: Any = None
    ) -> None:
        """It ends now, once. What `fail` and `set` have said stands where nothing is given."""
        taken = time.perf_counter() - self._started
        with self._lock:
            if self._ended or self._pid != os.getpid():
                return
            self._ended = True
            fields = dict(self._fields)
        if self._heartbeat_s:
            self._recorder.still(self)
        fields.setdefault("status", COMPLETED if status is None else status)
        if error is not None:
            fields.setdefault("error", cut_error(error))
        fields.setdefault("time_taken", round(taken, 6) if time_taken is None else time_taken)
        self._recorder.report(self._target, self._written(fields))

    @harmless
    def heartbeat(self) -> None:
        """Report that it is still running, and what is known by now."""
        with self._lock:
            if not self._ended and self._pid == os.getpid():
                taken = round(time.perf_counter() - self._started, 6)
                report = {**self._running(), "time_taken": taken}
                self._recorder.report(self._target, report)

    # What happens in it.

    @harmless
    def usage(
        self,
        model: str | None = None,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cost: float | None = None,
        cache_read_input_tokens: int | None = None,
        cache_creation_input_tokens: int | None = None,
        reasoning_output_tokens: int | None = None,
    ) -> None:
        """A model was called: tokens and cost (US dollars) are added up over the calls."""
        counts = (
            input_tokens,
            output_tokens,
            cache_read_input_tokens,
            cache_creation_input_tokens,
            reasoning_output_tokens,
        )
        sums = {name: int(n) for name, n in zip(_SUMMED, counts) if n is not None}
        with self._lock:
            for name, count in sums.items():
                self._fields[name] = self._fields.get(name, 0) + count
            if cost is not None:
                # The twelfth place keeps 0.1 + 0.2 from becoming 0.30000000000000004.
                self._fields["cost"] = round(self._fields.get("cost", 0.0) + float(cost), 12)
        if model is not None:
            self.model(model)

    @harmless
    def model(self, name: str) -> None:
        """A model took part."""
        self._add("models", name)

    @harmless
    def tool(self, name: str) -> None:
        """A tool was used."""
        self._add("tools", name)

    @harmless
    def score(self, value: float) -> None:
        """How good the result was: tests passed, a reward, a judge's grade."""
        with self._lock:
            self._fields["score"] = float(value)

    @harmless
    def fail(self, error: object = None, status: str = FAILED) -> None:
        """It did not succeed, although nothing was raised."""
        with self._lock:
            self._fields["status"] = status
            if isinstance(error, BaseException):
                self._fields["error"] = describe_error(error)
            elif error is not None:
                self._fields["error"] = cut_error(str(error))

    @harmless
    def set(self, **fields: Any) -> None:
        """Any fields of a run, as the API has them; `metadata` is added to what is there."""
        with self._lock:
            added = fields.pop("metadata", None)
            if added is not None:
                self._fields["metadata"] = {**self._fields.get("metadata", {}), **added}
            if "error" in fields and fields["error"] is not None:
                fields["error"] = cut_error(str(fields["error"]))
            self._fields.update({k: v for k, v in fields.items() if v is not None})

    # As a block.

    def __enter__(self) -> Run:
        self.start()
        self._token = _current.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()
        self.end_with(error)

    async def __aenter__(self) -> Run:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    @harmless
    def end_with(self, error: BaseException | None) -> None:
        """Finish as a block does that this left: None for an ordinary end."""
        if error is None:
            self.finish()
        else:
            self.finish(*judge_error(error))

    def _leave(self) -> None:
        token, self._token = self._token, None
        try:
            if token is not None:
                _current.reset(token)
        except Exception:  # the block was left in another context than it was entered in
            pass

    def _add(self, name: str, value: object) -> None:
        with self._lock:
            known = self._fields.setdefault(name, [])
            if str(value) not in known:
                self._fields[name] = [*known, str(value)]

    def _running(self) -> dict[str, Any]:
        with self._lock:
            fields = {k: v for k, v in self._fields.items() if k not in ("error", "outcome")}
            return self._written({**fields, "status": RUNNING})

    def _written(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"id": self.id, **fields}


def judge_error(error: BaseException) -> tuple[str, str | None]:
    """The status and the error's text of a run that was left by this."""
    if isinstance(error, GeneratorExit):
        return COMPLETED, None  # whoever asked had enough
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return COMPLETED, None
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ in (
        "CancelledError",
        "Cancelled",
    ):
        return CANCELLED, describe_error(error)
    return FAILED, describe_error(error)


class inside:  # noqa: N801 - read as a word: `with inside(run)`
    """Makes the run the current one for a while, without starting or ending it."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __enter__(self) -> None:
        self._token = _current.set(self._run)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)
