"""What goes on in a thread of its own while the database takes its time.

The caller talks to the database, and the thread works out something: it gets its turn as soon as
the caller waits. The other way round it would be the thread that has to wait for a turn first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_threads = ThreadPoolExecutor(4, thread_name_prefix="telemetry")


@contextmanager
def beside(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Iterator[Future[T]]:
    """Begin the call in a thread; it is done when the block is left, its result to be asked for.

    In a context like the caller's own, because the request's time limit is in it. When Lambda
    freezes the process nothing is under way.
    """
    begun = _threads.submit(copy_context().run, partial(call, *args, **kwargs))
    try:
        yield begun
    finally:
        wait([begun])
