"""The Go server's agents and versions, registered here.

It had no unique index, so a race could double an agent. Those of one name and project become one;
of several projects, the later ones get the project behind their name. Ids are kept, so that the
addresses that clients know go on working.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from bson import ObjectId

from chalicelib.database import Document
from chalicelib.database.documents import AgentDocument, VersionDocument
from chalicelib.errors import AgentConflict, VersionConflict
from chalicelib.registry import add_version, find_version, looks_like_id, register_agent
from management.go_server.ledger import Ledger
from management.go_server.source import GoSource
from management.go_server.values import content_of, name_of, registered_at

DEFAULT_PROJECT = "default"


class Owner(NamedTuple):
    """Whose a run is: the agent and the version here."""

    agent: AgentDocument
    version: VersionDocument


class Owners(NamedTuple):
    """Where to find a run's owner: by the id of its version there, or by agent's id and text."""

    by_version: dict[Any, Owner]
    by_name: dict[tuple[Any, str], Owner]

    def find(self, run: Document) -> Owner | None:
        found = self.by_version.get(run.get("version_id"))
        if found is None and isinstance(run.get("version"), str):
            found = self.by_name.get((run.get("agent_id"), run["version"]))
        return found


def register_owners(source: GoSource, ledger: Ledger, *, dry_run: bool) -> Owners:
    """Register all agents and versions, or with `dry_run` say what would be."""
    registrar = _Registrar(ledger, dry_run=dry_run)
    agents = {agent["_id"]: registrar.register(agent) for agent in source.agents()}
    owners = Owners({}, {})
    for version in source.versions():
        agent = agents.get(version.get("agent_id"))
        if agent is None:
            reason = "their agent is not among the agents"
            ledger.note("versions refused", reason, version["_id"])
            continue
        owner = Owner(agent, registrar.add(agent, version))
        owners.by_version[version["_id"]] = owner
        owners.by_name.setdefault((version["agent_id"], str(version.get("version"))), owner)
    return owners


class _Registrar:
    """Registers one after the other, oldest first, and notes what did not stay as it was."""

    def __init__(self, ledger: Ledger, *, dry_run: bool) -> None:
        self._ledger = ledger
        self._dry_run = dry_run
        self._agents: dict[str, AgentDocument] = {}
        self._versions: dict[tuple[Any, str], VersionDocument] = {}

    def register(self, agent: Document) -> AgentDocument:
        wanted = str(agent.get("name"))
        name = name_of(agent.get("name"), f"agent-{agent['_id']}")
        if looks_like_id(name):
            name = f"agent-{name}"
        project = name_of(agent.get("project"), DEFAULT_PROJECT)
        try:
            registered = self._register(name, project, agent)
        except AgentConflict:
            name = f"{name} ({project})"
            registered = self._register(name, project, agent)
        if registered["name"] != wanted:
            self._ledger.note("agents renamed", f"'{wanted}' to '{name}'", agent["_id"])
        return registered

    def add(self, agent: AgentDocument, version: Document) -> VersionDocument:
        text = name_of(version.get("version"), f"version-{version['_id']}")
        if text != str(version.get("version")):
            reason = f"'{version.get('version')}' of '{agent['name']}' to '{text}'"
            self._ledger.note("versions renamed", reason, version["_id"])
        known = self._versions.get((agent["_id"], text))
        if known is not None:
            reason = f"'{text}' of '{agent['name']}' is there more than once"
            self._ledger.note("versions merged", reason, version["_id"])
            return known
        added = self._add(agent, text, version)
        self._versions[agent["_id"], text] = added
        return added

    def _register(self, name: str, project: str, agent: Document) -> AgentDocument:
        known = self._agents.get(name)
        if known is not None:
            if known["project"] != project:
                raise AgentConflict(name)
            self._ledger.note("agents merged", f"'{name}' is there more than once", agent["_id"])
            return known
        known_here = {"_id": agent["_id"], "name": name, "project": project}
        registered, is_new = cast("AgentDocument", known_here), True
        if not self._dry_run:
            registered, is_new = register_agent(
                name, project, agent_id=_own_id(agent), created_at=registered_at(agent)
            )
        self._agents[name] = registered
        self._ledger.count("agents moved" if is_new else "agents there already")
        return registered

    def _add(self, agent: AgentDocument, text: str, version: Document) -> VersionDocument:
        content = content_of(version)
        if self._dry_run:
            self._ledger.count("versions moved")
            return cast("VersionDocument", {"_id": version["_id"], "version": text})
        try:
            added, is_new = add_version(
                agent,
                text,
                content,
                version_id=_own_id(version),
                created_at=registered_at(version),
            )
        except VersionConflict:
            reason = f"'{text}' of '{agent['name']}' is registered here with other content"
            self._ledger.note("versions merged", reason, version["_id"])
            return find_version(agent, text)
        self._ledger.count("versions moved" if is_new else "versions there already")
        return added


def _own_id(document: Document) -> ObjectId | None:
    return document["_id"] if isinstance(document["_id"], ObjectId) else None
