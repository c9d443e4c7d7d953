"""Versions of an agent: add, list, read."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib import registry
from chalicelib.audit import recorded
from chalicelib.database.documents import VersionContent
from chalicelib.errors import AgentNotFound, VersionConflict, VersionNotFound
from chalicelib.http import (
    Call,
    Reply,
    about_version,
    author_of,
    endpoint,
    list_reply,
    page_size,
    position_in,
    present_version,
)
from chalicelib.wire.cursors import read_instant, read_object_id
from chalicelib.wire.models import Version, VersionChange, VersionRegistration
from chalicelib.wire.queries import PageQuery

versions = Blueprint(__name__)
PATH = "/api/v1/agents/{agent}/versions"


@endpoint(
    versions,
    "POST",
    PATH,
    scope="ingest",
    body=VersionRegistration,
    answers={200: Version, 201: Version},
    raises=(AgentNotFound, VersionConflict),
)
def add_version(call: Call, agent: str) -> Reply:
    """Add a version to an agent; repeating it changes nothing."""
    body = call.body
    content: VersionContent = {
        "cluster": body.get("cluster"),
        "tools": body.get("tools") or [],
        "models": body.get("models") or [],
        "deployment": body.get("deployment"),
    }
    owner = registry.find_agent(agent, project=call.project)
    added, is_new = registry.add_version(owner, body["version"], content)
    return Reply(present_version(added), 201 if is_new else 200)


@endpoint(
    versions,
    "GET",
    PATH,
    scope="read",
    query=PageQuery,
    answers={200: list[Version]},
    raises=(AgentNotFound,),
)
def list_versions(call: Call, agent: str) -> Reply:
    """An agent's versions, newest first."""
    owner = registry.find_agent(agent, project=call.project)
    found = registry.list_versions(
        owner,
        position=position_in(call, read_instant, read_object_id, agent=owner["_id"]),
        limit=page_size(call) + 1,
    )
    return list_reply(
        call, found, present_version, lambda v: [v["created_at"], v["_id"]], agent=owner["_id"]
    )


@endpoint(
    versions,
    "GET",
    PATH + "/{version}",
    scope="read",
    answers={200: Version},
    raises=(AgentNotFound, VersionNotFound),
)
def get_version(call: Call, agent: str, version: str) -> Reply:
    """One version of an agent."""
    (found,) = registry.find_versions(agent, [version], project=call.project)
    return Reply(present_version(found))


@endpoint(
    versions,
    "PATCH",
    PATH + "/{version}",
    scope="ingest",
    body=VersionChange,
    answers={200: Version},
    raises=(AgentNotFound, VersionNotFound),
)
def change_version(call: Call, agent: str, version: str) -> Reply:
    """Correct what a version is made of; null makes a text unknown, and a list empty."""
    owner = registry.find_agent(agent, project=call.project)
    found = registry.find_version(owner, version)
    changes = {
        name: [] if value is None and name in ("tools", "models") else value
        for name, value in call.body.items()
    }
    before = {name: value for name, value in found.items() if name in changes}
    subject = about_version(owner, found)
    with recorded(author_of(call), subject, before=before, after=changes):
        changed = registry.change_version(found, changes)
    return Reply(present_version(changed))


@endpoint(
    versions,
    "DELETE",
    PATH + "/{version}",
    scope="admin",
    answers={202: None},
    raises=(AgentNotFound, VersionNotFound),
)
def remove_version(call: Call, agent: str, version: str) -> Reply:
    """Delete a version with its runs.

    It is gone from every answer at once; what it had is removed by the scheduled function. Its name
    is free.
    """
    owner = registry.find_agent(agent, project=call.project)
    found = registry.find_version(owner, version)
    subject, before = about_version(owner, found), present_version(found)
    with recorded(author_of(call), subject, before=before, after=None):
        registry.delete_version(found)
    return Reply("", 202)
