"""Runs that were recorded when less was known, and turn out to be parts of others."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.telemetry.registering import Place


def withdraw_runs(_owner: str | None, _runs: Iterable[tuple[Place, str]]) -> int:
    """Take back those of these runs that are recorded; how many there were."""
    return 0
