"""The promise that reporting never raises into the host."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])


def harmless(method: Method) -> Method:
    """The method, but whatever it raises becomes a line in the log, and its answer None.

    The object has `notices`. KeyboardInterrupt and its like are the host's, and pass.
    """

    @functools.wraps(method)
    def guarded(self: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return method(self, *arguments, **named)
        except Exception as error:
            try:
                said = f"{method.__name__}: {type(error).__name__}: {error}"
            except Exception:
                said = f"{method.__name__}: {type(error).__name__}"
            self.notices.say(f"harmless {said[:80]}", f"not recorded: {said}")
            return None

    return guarded  # type: ignore[return-value]
