"""The shapes of answers about who stands where."""

from __future__ import annotations

from typing_extensions import TypedDict

from chalicelib.wire.metric_models import Block
from chalicelib.wire.models import ObjectIdText, Timestamp
from chalicelib.wire.shapes import answer


class AgentStanding(Block):
    """An agent with the block of its runs in the range.

    `active_version` ran last in the range, of the `versions` that ran in it.
    """

    agent: str
    agent_id: ObjectIdText
    project: str
    active_version: str | None
    versions: int


class VersionStanding(Block):
    """A version with the block of its runs in the range.

    `began` is when its first run of all was created, `previous` the version before it that has
    ever run: as the versions' names say, or as they began to run where the names say nothing.
    """

    version: str
    version_id: ObjectIdText
    cluster: str | None
    tools: list[str]
    models: list[str]
    deployment: str | None
    created_at: Timestamp
    began: Timestamp | None
    previous: str | None


@answer(start="from", end="to")
class AgentStandings(TypedDict):
    """A page of agents: `matching` of those `registered` have the name, `active` had runs."""

    start: Timestamp | None
    end: Timestamp | None
    registered: int
    matching: int
    active: int
    projects: list[str]
    standings: list[AgentStanding]


@answer(start="from", end="to")
class VersionStandings(TypedDict):
    """A page of versions: `matching` of those `registered` have the name, `ran` had runs.

    `active_version` is the one that ran last in the range.
    """

    start: Timestamp | None
    end: Timestamp | None
    registered: int
    matching: int
    ran: int
    active_version: str | None
    standings: list[VersionStanding]
