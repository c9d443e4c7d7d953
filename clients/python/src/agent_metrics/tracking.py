"""`@client.track`: each call of a function is a run, whatever kind of function it is."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from typing import Any

from agent_metrics.run import Run, inside

Begin = Callable[[tuple[Any, ...], dict[str, Any]], Run]


def tracked(function: Any, begin: Begin) -> Any:
    """The function, with a run around each call. `begin` makes that from the call's arguments."""
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(tracked(function.__func__, begin))
    asked = function
    if not inspect.isroutine(function) and not isinstance(function, functools.partial):
        asked = getattr(type(function), "__call__", function)  # noqa: B004
    if inspect.isasyncgenfunction(asked):
        wrapper = _around_async_generator(function, begin)
    elif inspect.isgeneratorfunction(asked):
        wrapper = _around_generator(function, begin)
    elif inspect.iscoroutinefunction(asked):
        wrapper = _around_coroutine(function, begin)
    else:
        wrapper = _around_call(function, begin)
    return functools.update_wrapper(wrapper, function)


def resolve(
    fields: Mapping[str, Any], arguments: tuple[Any, ...], named: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The fields of a call's run; those that are functions are asked, with the call's arguments.

    Gives the fields, and what was raised by those that could not be had.
    """
    found: dict[str, Any] = {}
    failures: list[str] = []
    for name, value in fields.items():
        try:
            found[name] = value(*arguments, **named) if callable(value) else value
        except Exception as error:
            failures.append(f"{name}: {error!r}")
    return found, failures


def _around_call(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        run = begin(arguments, named)
        run.start()
        try:
            with inside(run):
                result = function(*arguments, **named)
        except BaseException as error:
            run.end_with(error)
            raise
        if inspect.iscoroutine(result):  # a decorator in between hides that it is one
            return _awaited(result, run)
        run.finish()
        return result

    return call


async def _awaited(coroutine: Coroutine[Any, Any, Any], run: Run) -> Any:
    try:
        with inside(run):
            result = await coroutine
    except BaseException as error:
        run.end_with(error)
        raise
    run.finish()
    return result


def _around_coroutine(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    async def call(*arguments: Any, **named: Any) -> Any:
        with begin(arguments, named):
            return await function(*arguments, **named)

    return call


def _around_generator(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Generator[Any, Any, Any]:
        run = begin(arguments, named)
        run.start()
        try:
            result = yield from _Steps(function(*arguments, **named), run)
        except BaseException as error:
            run.end_with(error)
            raise
        run.finish()
        return result

    return call


class _Steps:
    """A generator whose every step is inside of the run, and what is between them is not."""

    def __init__(self, generator: Generator[Any, Any, Any], run: Run) -> None:
        self._generator = generator
        self._run = run

    def __iter__(self) -> _Steps:
        return self

    def __next__(self) -> Any:
        with inside(self._run):
            return next(self._generator)

    def send(self, value: Any) -> Any:
        with inside(self._run):
            return self._generator.send(value)

    def throw(self, *error: Any) -> Any:
        with inside(self._run):
            return self._generator.throw(*error)

    def close(self) -> None:
        with inside(self._run):
            self._generator.close()


def _around_async_generator(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    async def call(*arguments: Any, **named: Any) -> AsyncGenerator[Any, Any]:
        run = begin(arguments, named)
        run.start()
        generator = function(*arguments, **named)
        try:
            with inside(run):
                value = await generator.__anext__()
            while True:
                try:
                    sent = yield value
                except GeneratorExit:
                    with inside(run):
                        await generator.aclose()
                    raise
                except BaseException as error:
                    with inside(run):
                        value = await generator.athrow(error)
                else:
                    with inside(run):
                        value = await generator.asend(sent)
        except StopAsyncIteration:
            run.finish()
        except BaseException as error:
            run.end_with(error)
            raise

    return call
