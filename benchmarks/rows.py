"""The table of results: what was measured, against which bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One figure; `met` is None where there is no bar."""

    what: str
    bar: str
    measured: str
    met: bool | None = None


def at_least(what: str, bar: float, measured: float, unit: str = "") -> Row:
    return Row(what, f"≥ {bar:,g}{unit}", f"{_figure(measured)}{unit}", measured >= bar)


def at_most(what: str, bar: float, measured: float, unit: str = "") -> Row:
    return Row(what, f"≤ {bar:,g}{unit}", f"{_figure(measured)}{unit}", measured <= bar)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    lines = [f"| {' | '.join(header)} |", "|---|" + "---:|" * (len(header) - 1)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def render(rows: Sequence[Row]) -> str:
    words = {True: "yes", False: "**no**", None: ""}
    return table(
        ("what", "bar", "measured", "met"),
        [(row.what, row.bar, row.measured, words[row.met]) for row in rows],
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
