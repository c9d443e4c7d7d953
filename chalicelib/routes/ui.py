"""The three endpoints that the Go service's dashboards read, in its shapes.

They give a number wherever that service did, 0 where nothing is known; /metrics tells the two
apart. Durations are real durations, days are those of the asked zone, agents are counted once,
and every change is against a period of the same length.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from chalice.app import Blueprint

from chalicelib.answers import Question, blocks_by_version, read_stats
from chalicelib.database.documents import AgentDocument, RunDocument
from chalicelib.http import Call, Reply, endpoint, list_reply, position_in
from chalicelib.metrics.block import Block
from chalicelib.registry import (
    VersionWithAgent,
    find_versions_with_agents,
    fleet_subject,
    fleet_version_ids,
)
from chalicelib.runs import newest_runs, outcome_of_run
from chalicelib.values.instants import EPOCH, format_instant, now
from chalicelib.values.outcomes import Outcome
from chalicelib.wire.cursors import read_instant, read_object_id
from chalicelib.wire.metric_models import AgentVersion, RecentRun, Stat
from chalicelib.wire.queries import ArchivedQuery, UiQuery

ui = Blueprint(__name__)
ACTIVE_FOR = timedelta(days=7)
ACTIVITY = 10
_READ_AT_ONCE = 1_000
_ACTIONS: dict[Outcome, str] = {
    "succeeded": "completed run",
    "failed": "failed run",
    "in_progress": "started run",
    "other": "reported run",
}


@endpoint(
    ui,
    "GET",
    "/api/v1/ui/stats",
    scope="read",
    query=UiQuery,
    answers={200: list[Stat]},
    is_question=True,
)
def get_ui_stats(call: Call) -> Reply:
    """Four tiles: active agents, runs today, response time, cost today."""
    zone = call.query.get("tz", UTC)
    return Reply(read_stats(fleet_subject(call.project), now().astimezone(zone)))


@endpoint(ui, "GET", "/api/v1/ui/recent_activity", scope="read", answers={200: list[RecentRun]})
def get_ui_recent_activity(call: Call) -> Reply:
    """The ten newest runs."""
    runs = newest_runs(fleet_subject(call.project), ACTIVITY)
    return Reply([_present_activity(run, run["agent"]) for run in runs])


@endpoint(
    ui,
    "GET",
    "/api/v1/ui/agent_versions",
    scope="read",
    query=ArchivedQuery,
    answers={200: list[AgentVersion]},
    is_question=True,
)
def get_ui_agent_versions(call: Call) -> Reply:
    """Every version with its totals, the one last seen first."""
    subject = fleet_subject(call.project)
    blocks = blocks_by_version(subject, Question(None, None, stale_before=EPOCH))

    def place_of(version_id: ObjectId) -> tuple[timedelta, ObjectId]:
        last_run = blocks[version_id].last_run if version_id in blocks else None
        return EPOCH - (last_run or EPOCH), version_id

    position = position_in(call, read_instant, read_object_id)
    behind = None if position is None else (EPOCH - position[0], position[1])
    ids = sorted(fleet_version_ids(subject), key=place_of)
    return list_reply(
        call,
        _read_with_agents(
            ids if behind is None else [i for i in ids if place_of(i) > behind],
            archived=call.query.get("archived", False),
        ),
        lambda version: _present_version(version, blocks.get(version["_id"], Block())),
        lambda version: [EPOCH - place_of(version["_id"])[0], version["_id"]],
    )


def _read_with_agents(version_ids: list[ObjectId], *, archived: bool) -> Iterator[VersionWithAgent]:
    """The versions in this order, each with its agent, read in pieces as they are asked for.

    Those of archived agents only where they are asked for.
    """
    for start in range(0, len(version_ids), _READ_AT_ONCE):
        piece = version_ids[start : start + _READ_AT_ONCE]
        found = find_versions_with_agents({"_id": {"$in": piece}})
        versions = {
            version["_id"]: version
            for version in found
            if archived or not version["agent"].get("archived")
        }
        yield from (versions[version_id] for version_id in piece if version_id in versions)


def _present_activity(run: RunDocument, agent: AgentDocument) -> dict[str, Any]:
    return {
        "id": run["_id"]["id"],
        "agent": agent["name"],
        "action": _ACTIONS[outcome_of_run(run)],
        "status": run["status"],
        "time": format_instant(run["created"]),
        "duration": run.get("duration_us", 0) / 1_000_000,
        "cost": run.get("cost", 0),
    }


def _present_version(version: VersionWithAgent, block: Block) -> dict[str, Any]:
    last_run, agent = block.last_run, version["agent"]
    return {
        "id": str(version["_id"]),
        "name": agent["name"],
        "project": agent["project"],
        "status": "active" if _is_active(last_run) else "inactive",
        "lastSeen": None if last_run is None else format_instant(last_run),
        "version": version["version"],
        "avgRuntime": (block.durations.mean_ms or 0) / 1000,
        "successRate": (block.success_rate or 0) * 100,
        "totalRuns": block.runs,
        "spend": float(block.costs.total),
        "tools": version["tools"],
        "models": version["models"],
        "cluster": version["cluster"],
    }


def _is_active(last_run: datetime | None) -> bool:
    return last_run is not None and last_run > now() - ACTIVE_FOR
