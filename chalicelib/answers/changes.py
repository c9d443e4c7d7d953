"""What changed: agents that got worse, better, dearer or cheaper by more than chance.

Each agent is compared with itself: its newest version with the one before, or its runs of a stretch
of time with those of the stretch before. As many agents are looked at at once, what is told of them
is limited to an expected share of false findings (chalicelib.metrics.discoveries).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from bson import ObjectId

from chalicelib.answers.questions import Question, blocks_by_version
from chalicelib.answers.standings import in_order
from chalicelib.database.documents import AgentDocument, VersionDocument
from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.metrics.discoveries import discovery_limit
from chalicelib.registry import Subject, find_versions_by_id

if TYPE_CHECKING:
    from chalicelib.metrics.verdicts import Verdict

Against = Literal["version", "window"]
Blocks = Mapping[ObjectId, Block]


class Pair(NamedTuple):
    """The two sides of an agent; without versions where all of its runs are compared."""

    base: Block
    candidate: Block
    base_version: str | None = None
    candidate_version: str | None = None


class Change(NamedTuple):
    """An agent, its two sides, and those of the verdicts on them that are to be believed."""

    agent: AgentDocument
    pair: Pair
    verdicts: list[Verdict]

    @property
    def size(self) -> float:
        """How much worse it got, as a share of what it was; 0 where it got better only."""
        worse = [_size(verdict) for verdict in self.verdicts if verdict.verdict == "worse"]
        return max(worse, default=0.0)

    @property
    def extra_cost(self) -> float | None:
        """What the candidate's runs cost more than they would have at the base's mean."""
        base, candidate = self.pair.base.costs, self.pair.candidate.costs
        if base.mean is None or candidate.mean is None:
            return None
        return float((candidate.mean - base.mean) * candidate.known)


class Changes(NamedTuple):
    """What changed, the worst first; of how many agents, and how many had too few runs."""

    compared: int
    insufficient: int
    found: list[Change]


def find_changes(
    subject: Subject,
    agents: Sequence[AgentDocument],
    now: Question,
    before: Question,
    against: Against,
) -> Changes:
    """The agents whose two sides differ by more than chance."""
    # The statistics are asked for rarely: no cold start has to wait for them.
    from chalicelib.metrics.verdicts import judge  # noqa: PLC0415

    blocks = (
        blocks_by_version(subject, before._replace(cost_histogram=True)),
        blocks_by_version(subject, now._replace(cost_histogram=True)),
    )
    versions = _versions_of(blocks)
    pairs = {
        agent["_id"]: pair
        for agent in agents
        if (pair := _pair(versions[agent["_id"]], blocks, against)) is not None
    }
    verdicts = {key: judge(pair.base, pair.candidate) for key, pair in pairs.items()}
    limit = discovery_limit(
        verdict.p_value
        for each in verdicts.values()
        for verdict in each
        if verdict.p_value is not None
    )
    found = [
        Change(agent, pairs[agent["_id"]], believed)
        for agent in agents
        if (believed := _believe(verdicts.get(agent["_id"], ()), limit))
    ]
    told = [each for each in verdicts.values() if any(v.p_value is not None for v in each)]
    return Changes(len(told), len(agents) - len(told), sorted(found, key=_rank))


def _versions_of(blocks: Iterable[Blocks]) -> dict[ObjectId, list[VersionDocument]]:
    known = find_versions_by_id({key for each in blocks for key in each})
    versions: dict[ObjectId, list[VersionDocument]] = defaultdict(list)
    for version in known.values():
        versions[version["agent_id"]].append(version)
    return versions


def _pair(
    versions: Sequence[VersionDocument], blocks: tuple[Blocks, Blocks], against: Against
) -> Pair | None:
    """The two sides, or None where there is but one."""
    before, now = blocks
    if against == "window":
        base, candidate = (
            merge_blocks(each[version["_id"]] for version in versions if version["_id"] in each)
            for each in blocks
        )
        return Pair(base, candidate) if base.runs and candidate.runs else None
    both = {
        version["_id"]: merge_blocks(
            each[version["_id"]] for each in (before, now) if version["_id"] in each
        )
        for version in versions
    }
    began = {key: block.first_run for key, block in both.items()}
    ran = [version for version in in_order(versions, began) if both[version["_id"]].runs]
    recent = [version for version in ran if version["_id"] in now and now[version["_id"]].runs]
    if not recent or ran.index(recent[-1]) == 0:
        return None
    newest, previous = recent[-1], ran[ran.index(recent[-1]) - 1]
    return Pair(both[previous["_id"]], both[newest["_id"]], previous["version"], newest["version"])


def _believe(verdicts: Iterable[Verdict], limit: float) -> list[Verdict]:
    """Those that are a difference, by their own test and among all."""
    return [
        verdict
        for verdict in verdicts
        if verdict.verdict in ("better", "worse")
        and verdict.p_value is not None
        and verdict.p_value <= limit
    ]


def _size(verdict: Verdict) -> float:
    if not verdict.base or verdict.difference is None:
        return 0.0
    return abs(verdict.difference) / abs(verdict.base)


def _rank(change: Change) -> tuple[bool, float, str]:
    """What got worse before what got better, the most first."""
    is_worse = any(verdict.verdict == "worse" for verdict in change.verdicts)
    size = change.size if is_worse else max(map(_size, change.verdicts), default=0.0)
    return not is_worse, -size, str(change.agent["name"])
