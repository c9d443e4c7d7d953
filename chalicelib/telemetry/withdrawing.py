"""Runs that were recorded when less was known, and turn out to be parts of others."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.errors import AgentNotFound, VersionNotFound
from chalicelib.registry import find_agent, find_version
from chalicelib.runs import delete_runs
from chalicelib.telemetry.registering import Place


def withdraw_runs(owner: str | None, runs: Mapping[Place, list[str]]) -> int:
    """Take back those of these runs that are recorded; how many there were.

    It is for good: what is a part of another run by the spans that are known stays one, whatever
    comes. So a request that knew less, and is late to record, cannot bring them back.
    """
    withdrawn = 0
    for place, ids in runs.items():
        try:
            version = find_version(find_agent(place.agent, project=owner), place.version)
        except (AgentNotFound, VersionNotFound):
            continue  # nothing was ever filed there
        withdrawn += delete_runs(version, ids)
    return withdrawn
