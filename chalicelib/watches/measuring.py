"""Many watches measured at once: one question for all agents that are watched alike.

So a round of watches costs a few round trips however many watches are in it, and a watch costs what
its blocks cost to add up, not what its runs would.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.answers import Question, divided_blocks
from chalicelib.database.documents import WatchDocument
from chalicelib.registry import agents_subject, find_versions_by_id, fleet_subject
from chalicelib.values.instants import DAY, hour_of
from chalicelib.watches.conditions import need_of
from chalicelib.watches.series import Need, Series, buckets_between

# Stale runs count as failed where success rates are compared.
STALE_AFTER = timedelta(hours=24)
# Watches are measured together that look about as far back: one of a year is no burden for others.
_REACHES = (2 * DAY, 9 * DAY, 33 * DAY, 62 * DAY)


class _Group(NamedTuple):
    """Watches that are measured together: agents', or those of one project or the fleet."""

    is_of_agents: bool
    owner: str | None
    reach: int
    cost_histogram: bool


def measure_all(
    watches: Iterable[WatchDocument], present: datetime
) -> Iterator[tuple[list[WatchDocument], Series]]:
    """The watches in groups, each with what was measured for all of it."""
    groups: dict[_Group, list[tuple[WatchDocument, Need]]] = defaultdict(list)
    for watch in watches:
        need = need_of(watch["condition"], present, watch["memory"])
        groups[_group_of(watch, need, present)].append((watch, need))
    for group, members in groups.items():
        some = [watch for watch, _ in members]
        yield some, _measure(group, members, present)


def of_watch(series: Series, watch: Mapping[str, Any]) -> Series:
    """What of a group's series a watch is about."""
    agent_id, version = watch["agent_id"], watch["version"]
    if agent_id is None:
        return series
    versions = {v["_id"]: v for v in series.versions.values() if v["agent_id"] == agent_id}
    is_compared = watch["condition"].get("base") == "previous_version"
    wanted = [
        version_id
        for version_id, found in versions.items()
        if version is None or is_compared or found["version"] == version
    ]
    return series.of_versions(wanted)._replace(versions=versions)


def measure_need(watch: Mapping[str, Any], need: Need, present: datetime) -> Series:
    """What one watch needs."""
    return of_watch(_measure(_group_of(watch, need, present), [(watch, need)], present), watch)


def _group_of(watch: Mapping[str, Any], need: Need, present: datetime) -> _Group:
    age = present - need.start
    reach = sum(age > limit for limit in _REACHES)
    is_of_agents = watch["agent_id"] is not None
    owner = None if is_of_agents else watch["owner"]
    return _Group(is_of_agents, owner, reach, need.cost_histogram)


def _measure(
    group: _Group, members: Sequence[tuple[Mapping[str, Any], Need]], present: datetime
) -> Series:
    edges = [edge for _, need in members for edge in need.edges]
    buckets = buckets_between(edges)
    if group.is_of_agents:
        subject = agents_subject(sorted({watch["agent_id"] for watch, _ in members}))
    else:
        subject = fleet_subject(group.owner)
    stale_before = hour_of(present - STALE_AFTER)
    question = Question(
        buckets[0].start, buckets[-1].end, stale_before, cost_histogram=group.cost_histogram
    )
    cells = divided_blocks(subject, question, buckets, by_version=group.is_of_agents)
    ids = [key for key in cells if isinstance(key, ObjectId)]
    return Series(buckets, cells, find_versions_by_id(ids) if ids else {})
