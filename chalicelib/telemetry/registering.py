"""Agents and versions as telemetry brings them into being."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.database.documents import AgentDocument, VersionContent, VersionDocument
from chalicelib.errors import AgentNotFound, VersionConflict, VersionNotFound
from chalicelib.registry import add_version, find_agent, find_version, register_agent

DEFAULT_PROJECT = "default"
_EMPTY: VersionContent = {"cluster": None, "tools": [], "models": [], "deployment": None}


class Place(NamedTuple):
    """Where runs are filed. `project` is where the agent goes if it is new."""

    agent: str
    version: str
    project: str


def ensure_place(place: Place, owner: str | None) -> tuple[AgentDocument, VersionDocument]:
    """The agent and the version, made where they do not exist yet.

    `owner` is the project that the sender is limited to; without one, an agent that exists is
    taken whatever its project. Raises AgentConflict for an agent of another project than `owner`.
    """
    agent = _ensure_agent(place, owner)
    try:
        return agent, find_version(agent, place.version, remembered=True)
    except VersionNotFound:
        pass
    try:
        return agent, add_version(agent, place.version, _EMPTY, is_registered=False)[0]
    except VersionConflict:  # somebody has added it just now, with more in it
        return agent, find_version(agent, place.version)


def _ensure_agent(place: Place, owner: str | None) -> AgentDocument:
    try:
        return find_agent(place.agent, project=owner, remembered=True)
    except AgentNotFound:
        return register_agent(place.agent, owner or place.project)[0]
