"""`@client.track`: every kind of function stays what it is, and each call is a run."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import logging
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

import pytest
from running import NewId, Stored

from agent_metrics import Client, Run, current_run

Outcomes = Callable[[], "list[tuple[str, Any]]"]


def here() -> Run:
    run = current_run()
    assert run is not None
    return run


@pytest.fixture
def outcomes(client: Client, stored: Stored) -> Outcomes:
    """Flushes, and reads what became of the runs."""

    def read() -> list[tuple[str, Any]]:
        assert client.flush(30)
        # Sorted: the runs of a millisecond have no order of their own.
        return sorted((run["outcome"], run.get("error") or "") for run in stored())

    return read


def test_a_function(client: Client, outcomes: Outcomes, stored: Stored, new_id: NewId) -> None:
    @client.track(run_id=new_id, task_id=lambda issue: issue, initiator="ci")
    def solve(issue: int) -> int:
        """Solves it."""
        here().usage(cost=issue)
        if issue == 0:
            raise ValueError("nothing to solve")
        return issue * 2

    assert (solve.__name__, solve.__doc__) == ("solve", "Solves it.")
    assert solve(4) == 8
    with pytest.raises(ValueError, match="nothing"):
        solve(0)
    assert outcomes() == [("failed", "ValueError: nothing to solve"), ("succeeded", "")]
    assert sorted((run["task_id"], run["initiator"], run["cost"]) for run in stored()) == [
        (0, "ci", 0.0),
        (4, "ci", 4.0),
    ]


def test_a_coroutine(client: Client, outcomes: Outcomes, new_id: NewId) -> None:
    @client.track(run_id=new_id)
    async def solve(seconds: float) -> bool:
        await asyncio.sleep(seconds)
        return current_run() is not None

    async def cancel() -> None:
        task = asyncio.create_task(solve(60))
        await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()

    assert inspect.iscoroutinefunction(solve)
    assert asyncio.run(solve(0)) is True
    asyncio.run(cancel())
    assert outcomes() == [("failed", "CancelledError"), ("succeeded", "")]


def test_a_coroutine_that_a_decorator_hides(
    client: Client, outcomes: Outcomes, new_id: NewId
) -> None:
    async def work(value: int) -> int:
        await asyncio.sleep(0)
        here().usage(cost=1)
        return value

    @client.track(run_id=new_id)
    def solve(value: int) -> Any:
        return work(value)

    assert asyncio.run(solve(3)) == 3
    assert outcomes() == [("succeeded", "")]


def test_a_generator(client: Client, outcomes: Outcomes, stored: Stored, new_id: NewId) -> None:
    @client.track(run_id=new_id)
    def steps() -> Generator[int, Any, int]:
        try:
            got = yield 1
            here().usage(cost=got)
            yield 2
        except KeyError:
            yield 3
        return 4

    assert inspect.isgeneratorfunction(steps)
    run = steps()
    assert next(run) == 1
    assert current_run() is None
    assert run.send(5) == 2
    assert run.throw(KeyError("x")) == 3
    with pytest.raises(StopIteration) as end:
        next(run)
    assert end.value.value == 4
    early = steps()
    next(early)
    early.close()
    assert outcomes() == [("succeeded", "")] * 2
    assert sorted(run["cost"] or 0 for run in stored()) == [0, 5.0]


def test_a_generator_that_fails(client: Client, outcomes: Outcomes, new_id: NewId) -> None:
    @client.track(run_id=new_id)
    def steps() -> Generator[int, Any, None]:
        yield 1
        raise ValueError("red")

    with pytest.raises(ValueError, match="red"):
        list(steps())
    assert outcomes() == [("failed", "ValueError: red")]


def test_an_async_generator(client: Client, outcomes: Outcomes, new_id: NewId) -> None:
    @client.track(run_id=new_id)
    async def steps(fails: bool = False) -> AsyncGenerator[Any, Any]:
        try:
            got = yield 1
            await asyncio.sleep(0)
            assert current_run() is not None
            yield got
            if fails:
                raise ValueError("red")
        except KeyError:
            yield "caught"

    async def use() -> None:
        generator = steps()
        assert await generator.asend(None) == 1
        assert current_run() is None
        assert await generator.asend(7) == 7
        assert await generator.athrow(KeyError("x")) == "caught"
        assert [value async for value in generator] == []
        assert [value async for value in steps()] == [1, None]
        with pytest.raises(ValueError, match="red"):
            [value async for value in steps(fails=True)]
        early = steps()
        await early.asend(None)
        await early.aclose()

    assert inspect.isasyncgenfunction(steps)
    asyncio.run(use())
    assert [outcome for outcome, _ in outcomes()] == [
        *("failed", "succeeded", "succeeded", "succeeded"),
    ]


def test_methods_and_other_callables(client: Client, outcomes: Outcomes, new_id: NewId) -> None:
    track = client.track(run_id=new_id)

    class Solver:
        @track
        def method(self) -> str:
            return "method"

        @track
        @classmethod
        def of_class(cls) -> str:
            return cls.__name__

        @staticmethod
        @track
        def static() -> str:
            return "static"

        def __call__(self) -> str:
            return "called"

    assert [Solver().method(), Solver.of_class(), Solver.static()] == ["method", "Solver", "static"]
    assert track(Solver())() == "called"
    assert track(functools.partial(max, 1))(2) == 2
    assert outcomes() == [("succeeded", "")] * 5


def test_a_field_that_cannot_be_had_is_left_out(
    client: Client, stored: Stored, new_id: NewId, caplog: pytest.LogCaptureFixture
) -> None:
    @client.track(run_id=new_id, task_id=lambda issue: issue.id, initiator=lambda issue: "ci")
    def solve(issue: str) -> str:
        return issue

    with caplog.at_level(logging.WARNING):
        assert [solve("x"), solve("y")] == ["x", "y"]
    assert client.flush(30)
    assert [(run["task_id"], run["initiator"]) for run in stored()] == [(None, "ci")] * 2
    assert len(caplog.messages) == 1
    assert "task_id" in caplog.messages[0]
