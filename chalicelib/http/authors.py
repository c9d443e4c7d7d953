"""Who asks for a change, as the record of changes has it."""

from __future__ import annotations

from chalicelib.audit import Author, ChangedObject
from chalicelib.database.documents import AgentDocument, VersionDocument
from chalicelib.http.calls import Call, request_id_of


def author_of(call: Call) -> Author:
    request = call.request
    route = request.context.get("resourcePath", request.path)
    action = f"{request.method} {route}"
    return Author(action, token=call.token, request_id=request_id_of(request))


def about_agent(agent: AgentDocument) -> ChangedObject:
    return ChangedObject("agent", _names_of(agent), agent["project"])


def about_version(agent: AgentDocument, version: VersionDocument) -> ChangedObject:
    return ChangedObject("version", _with_version(agent, version), agent["project"])


def about_runs(agent: AgentDocument, version: VersionDocument) -> ChangedObject:
    return ChangedObject("run", _with_version(agent, version), agent["project"])


def _names_of(agent: AgentDocument) -> dict[str, str]:
    return {"agent": agent["name"], "agent_id": str(agent["_id"])}


def _with_version(agent: AgentDocument, version: VersionDocument) -> dict[str, str]:
    own = {"version": version["version"], "version_id": str(version["_id"])}
    return _names_of(agent) | own
