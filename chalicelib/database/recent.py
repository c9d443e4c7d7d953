"""What a warm process remembers of the database for a short while."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import ClassVar, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


# Of all that one map holds; there are about ten of them in a process.
MOST_BYTES = 8_000_000
_BYTES_AN_OBJECT = 60


def size_of(value: object) -> int:
    """About how many bytes a value takes: texts by their length, and all that it holds."""
    if isinstance(value, str | bytes):
        return _BYTES_AN_OBJECT + len(value)
    if isinstance(value, dict):
        return 4 * _BYTES_AN_OBJECT + sum(map(size_of, value.values()))
    if isinstance(value, list | tuple):
        return _BYTES_AN_OBJECT + sum(map(size_of, value))
    return _BYTES_AN_OBJECT


class Recent(Generic[K, V]):
    """A small map whose entries are forgotten after `seconds`, and all of it when full.

    It is full with `most` entries, and with MOST_BYTES of them: a version may have very many tools.
    Safe between threads without a lock: the worst that a race costs is one more look-up.
    """

    _all: ClassVar[list[Recent[object, object]]] = []

    def __init__(self, seconds: float, most: int = 10_000) -> None:
        self._seconds = seconds
        self._most = most
        self._entries: dict[K, tuple[float, V]] = {}
        self._bytes = 0
        Recent._all.append(self)  # type: ignore[arg-type]

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        if entry is None or abs(self.now() - entry[0]) > self._seconds:
            return None
        return entry[1]

    def put(self, key: K, value: V) -> V:
        self._keep(key, value, self.now())
        return value

    def _keep(self, key: K, value: V, since: float) -> None:
        size = size_of(value)
        replaced = self._entries.pop(key, None)
        if replaced is not None:
            self._bytes -= size_of(replaced[1])
        if len(self._entries) >= self._most or self._bytes + size > MOST_BYTES:
            self.forget()
        if size <= MOST_BYTES:
            self._entries[key] = (since, value)
            self._bytes += size

    def get_or(self, key: K, load: Callable[[], V | None]) -> V | None:
        """The remembered value, or what `load` finds; that nothing was found is not remembered."""
        value = self.get(key)
        if value is None:
            asked = self.now()  # what `load` finds may have changed while it took its time
            value = load()
            if value is not None:
                self._keep(key, value, asked)
        return value

    def forget(self) -> None:
        self._entries.clear()
        self._bytes = 0

    @staticmethod
    def now() -> float:
        # Not monotonic(): that clock may stand still while Lambda freezes the process.
        return time.time()

    @classmethod
    def forget_all(cls) -> None:
        for recent in cls._all:
            recent.forget()
