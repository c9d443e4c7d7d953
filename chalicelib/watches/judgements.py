"""What a condition says of the numbers, before it becomes the state of a watch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.metrics.histogram import round_significant
from chalicelib.values.instants import format_instant
from chalicelib.values.states import State

Memory = dict[str, Any]
Reading = dict[str, Any]


class Judgement(NamedTuple):
    """The state that the numbers call for, these numbers, and a sentence on them.

    `memory` is what the condition has to know the next time; it is kept with the watch. `once`
    names a change that is told a single time, whatever the clock does (a budget's period).
    """

    state: State
    reading: Reading
    text: str
    memory: Memory
    once: str | None = None


class Situation(NamedTuple):
    """What a condition is judged in: the watch's state and memory, and the present."""

    present: datetime
    state: State
    memory: Mapping[str, Any]


def unknown(text: str, memory: Mapping[str, Any], **reading: Any) -> Judgement:
    """Nothing can be said yet."""
    return Judgement("insufficient_data", {**reading, "reason": text}, text, dict(memory))


def number(value: float | None) -> float | None:
    """A number without false precision, for a reading."""
    return None if value is None else round_significant(value)


def instant_text(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)
