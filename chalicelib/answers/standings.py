"""Who stands where: the agents of a fleet, or the versions of an agent, each with its numbers.

All of them are measured before any is left out, so that sorting, searching and counting are over
all, and a page shows some. What has run comes before what has not, whichever the order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.answers.questions import Question, blocks_by_version
from chalicelib.database.documents import AgentDocument, VersionDocument
from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.registry import Subject, find_versions_by_id
from chalicelib.values.instants import EPOCH
from chalicelib.values.version_order import order_key, says_order


class AgentStanding(NamedTuple):
    """An agent, the block of its runs in the range, and the version that ran last in it."""

    agent: AgentDocument
    block: Block
    active: str | None = None
    versions: int = 0

    @property
    def name(self) -> str:
        return str(self.agent["name"])


class VersionStanding(NamedTuple):
    """A version, the block of its runs in the range, and what is known of all its runs.

    `began` is when its first run of all was created. `place` is its place among the agent's
    versions, `previous` the one before it that has ever run.
    """

    version: VersionDocument
    block: Block
    began: datetime | None
    place: int
    previous: str | None

    @property
    def name(self) -> str:
        return str(self.version["version"])


_VALUES: dict[str, Callable[[Any], Any]] = {
    "name": lambda standing: standing.name.casefold(),
    "version": lambda standing: standing.place,
    "runs": lambda standing: standing.block.runs,
    "cost": lambda standing: standing.block.costs.total if standing.block.costs.known else None,
    "last_run": lambda standing: standing.block.last_run,
    "success_rate": lambda standing: standing.block.success_rate,
    "p95": lambda standing: standing.block.durations.quantile_ms(0.95),
}


def rank_agents(
    subject: Subject, agents: Sequence[AgentDocument], question: Question
) -> list[AgentStanding]:
    """The standing of each of the agents, in their order."""
    blocks = blocks_by_version(subject, question)
    versions = find_versions_by_id(blocks)
    of_agent: dict[ObjectId, dict[str, Block]] = defaultdict(dict)
    for version_id, block in blocks.items():
        version = versions.get(version_id)
        if version is not None and block.runs:
            of_agent[version["agent_id"]][version["version"]] = block
    return [_agent_standing(agent, of_agent[agent["_id"]]) for agent in agents]


def rank_versions(
    subject: Subject, versions: Sequence[VersionDocument], question: Question
) -> list[VersionStanding]:
    """The standing of each version, the first of the agent's first."""
    blocks = blocks_by_version(subject, question)
    ever = Question(None, None, stale_before=EPOCH)
    began = {key: block.first_run for key, block in blocks_by_version(subject, ever).items()}
    standings = []
    previous: str | None = None
    for place, version in enumerate(in_order(versions, began)):
        key = version["_id"]
        block = blocks.get(key, Block())
        standings.append(VersionStanding(version, block, began.get(key), place, previous))
        if began.get(key) is not None:
            previous = version["version"]
    return standings


def in_order(
    versions: Sequence[VersionDocument], began: dict[ObjectId, datetime | None]
) -> list[VersionDocument]:
    """As the versions' names say; where one that has run says nothing, as they began to run."""
    ran = [version["version"] for version in versions if began.get(version["_id"])]
    by_name = says_order(ran or [version["version"] for version in versions])

    def key(version: VersionDocument) -> tuple[Any, ...]:
        place = order_key(version["version"])
        first_run = began.get(version["_id"]) or version["created_at"]
        if by_name and place is not None:
            return (1, place, first_run, version["_id"])
        return (0, (), first_run, version["_id"])

    return sorted(versions, key=key)


def active_version(standings: Sequence[VersionStanding]) -> str | None:
    """The version that ran last in the range; of several at one instant the later version."""
    ran = [standing for standing in standings if standing.block.last_run]
    if not ran:
        return None
    return max(ran, key=lambda standing: (standing.block.last_run, standing.place)).name


def search(standings: Sequence[Any], text: str) -> list[Any]:
    """Those whose name holds the text, in any case."""
    wanted = text.strip().casefold()
    return [standing for standing in standings if wanted in standing.name.casefold()]


def arrange(standings: Sequence[Any], order: str) -> list[Any]:
    """By a value, the greatest first where `order` begins with "-".

    Names are always sorted as asked; by any other value, what has not run comes last, and before
    it what has no such value.
    """
    name = order.removeprefix("-")
    value = _VALUES[name]
    if name in {"name", "version"}:
        return sorted(standings, key=value, reverse=order.startswith("-"))
    known = [standing for standing in standings if standing.block.runs]
    valued = [standing for standing in known if value(standing) is not None]
    return [
        *sorted(valued, key=value, reverse=order.startswith("-")),
        *(standing for standing in known if value(standing) is None),
        *(standing for standing in reversed(standings) if not standing.block.runs),
    ]


def _agent_standing(agent: AgentDocument, versions: dict[str, Block]) -> AgentStanding:
    if not versions:
        return AgentStanding(agent, Block())
    by_name = says_order(versions)

    def recency(item: tuple[str, Block]) -> tuple[Any, ...]:
        name, block = item
        return (block.last_run, order_key(name) if by_name else (block.first_run, name))

    active, _ = max(versions.items(), key=recency)
    return AgentStanding(agent, merge_blocks(versions.values()), active, len(versions))
