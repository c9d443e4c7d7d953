"""One run as a tile keeps it."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.metrics.counted import Counted
from chalicelib.metrics.tokens import TokenCounts
from chalicelib.values.outcomes import Outcome


class Row(NamedTuple):
    """One run as a tile keeps it; times in milliseconds since 1970, durations in microseconds.

    Durations, tokens and scores of runs in progress are None. A run that was deleted has no
    status and no outcome.
    """

    created_ms: int
    status: str | None
    outcome: Outcome | None
    duration_us: int | None
    cost: float | None
    initiator: str | None
    models: tuple[str, ...]
    tools: tuple[str, ...]
    tokens: TokenCounts | None
    score: float | None
    counted: Counted | None
    hash: int

    @property
    def ended_cost(self) -> float | None:
        return None if self.outcome == "in_progress" else self.cost
