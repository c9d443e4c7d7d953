"""Stored documents as the shapes that the API promises (chalicelib.wire.models)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.database.documents import AgentDocument, RunDocument, VersionDocument
from chalicelib.metrics.tokens import TOKEN_FIELDS
from chalicelib.runs import outcome_of_run
from chalicelib.values.instants import format_instant

# What a run has only where somebody said it.
_SENT_ONLY = (
    *TOKEN_FIELDS,
    *("error", "metadata", "score", "trace_id", "truncated", "corrected"),
)


def present_agent(agent: AgentDocument) -> dict[str, Any]:
    return {
        "id": str(agent["_id"]),
        "name": agent["name"],
        "project": agent["project"],
        "archived": agent.get("archived", False),
        "created_at": format_instant(agent["created_at"]),
        "updated_at": format_instant(agent["updated_at"]),
    }


def present_version(version: VersionDocument) -> dict[str, Any]:
    return {
        "id": str(version["_id"]),
        "agent_id": str(version["agent_id"]),
        "version": version["version"],
        "cluster": version["cluster"],
        "tools": version["tools"],
        "models": version["models"],
        "deployment": version["deployment"],
        "created_at": format_instant(version["created_at"]),
        "updated_at": format_instant(version["updated_at"]),
    }


def present_run(run: RunDocument, agent_name: str, version_name: str) -> dict[str, Any]:
    duration_us = run.get("duration_us")
    presented = {
        "id": run["_id"]["id"],
        "task_id": run.get("task_id"),
        "agent_id": str(run["agent_id"]),
        "agent": agent_name,
        "version_id": str(run["_id"]["v"]),
        "version": version_name,
        "created": format_instant(run["created"]),
        "status": run["status"],
        "outcome": outcome_of_run(run),
        "time_taken": run.get("time_taken"),
        "duration_ms": None if duration_us is None else milliseconds(duration_us),
        "initiator": run.get("initiator"),
        "tools": run.get("tools", []),
        "models": run.get("models", []),
        "cost": run.get("cost"),
        "recorded_at": format_instant(run["recorded_at"]),
    }
    fields: Mapping[str, Any] = run
    for name in _SENT_ONLY:
        if name in fields:
            presented[name] = fields[name]
    return presented


def milliseconds(duration_us: int) -> int | float:
    """Microseconds as milliseconds: an integer where it is whole."""
    whole, rest = divmod(duration_us, 1000)
    return duration_us / 1000 if rest else whole
