"""What a family of instrumentations may say differently from the conventions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from chalicelib.telemetry.spans import Kind, Marks

KindRule = Callable[[Marks], Kind | None]
NameRule = Callable[[Marks], str | None]


class Family(NamedTuple):
    """How one instrumentation marks its spans. What it leaves out, the conventions decide.

    `kind` answers None for spans that it has no word on. `agent` and `tool` give the name of an
    agent's and of a tool's span. `label` names a span of no other kind that lends its name to a
    nameless agent right below it. `convention` stands where a span's attributes do not tell.
    `known` is False for scopes that may have nothing to do with agents. The rules see no more of a
    span than its marks, and their answers are remembered.
    """

    framework: str
    kind: KindRule | None = None
    agent: NameRule | None = None
    tool: NameRule | None = None
    label: NameRule | None = None
    convention: str = "native"
    known: bool = True


def nameless(_span: Marks) -> None:
    """For agents whose span has no name that a person gave it."""
