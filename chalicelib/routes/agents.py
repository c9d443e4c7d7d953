"""Agents: register, list, read."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib import registry
from chalicelib.audit import recorded
from chalicelib.errors import AgentConflict, AgentNotFound, InvalidName, ProjectForbidden
from chalicelib.http import (
    Call,
    Reply,
    about_agent,
    author_of,
    endpoint,
    list_reply,
    page_size,
    position_in,
    present_agent,
)
from chalicelib.wire.cursors import read_text
from chalicelib.wire.models import Agent, AgentChange, AgentRegistration, Segment, adapter
from chalicelib.wire.queries import AgentQuery

agents = Blueprint(__name__)


@endpoint(
    agents, "GET", "/api/v1/agents", scope="read", query=AgentQuery, answers={200: list[Agent]}
)
def list_agents(call: Call) -> Reply:
    """Agents by name; filters by project and by the beginning of the name."""
    asked = call.query.get("project")
    project = asked if call.project is None else call.project
    if asked not in (None, project):
        return Reply([])  # another project is as good as none to a token that is bound to one
    position = position_in(call, read_text, project=project)
    found = registry.list_agents(
        project=project,
        name_prefix=call.query.get("name"),
        after=position[0] if position else None,
        limit=page_size(call) + 1,
        archived=call.query.get("archived", False),
    )
    return list_reply(call, found, present_agent, lambda agent: [agent["name"]], project=project)


@endpoint(
    agents,
    "POST",
    "/api/v1/agents/{agent}/register",
    scope="ingest",
    body=AgentRegistration,
    answers={200: Agent, 201: Agent},
    raises=(AgentConflict, InvalidName, ProjectForbidden),
)
def register_agent(call: Call, agent: str) -> Reply:
    """Register an agent under the name in the path; repeating it changes nothing."""
    name = _read_name(agent, call.body.get("name"))
    _check_project(call.project, call.body["project"])
    registered, is_new = registry.register_agent(name, call.body["project"])
    return Reply(present_agent(registered), 201 if is_new else 200)


@endpoint(
    agents,
    "GET",
    "/api/v1/agents/{agent}",
    scope="read",
    answers={200: Agent},
    raises=(AgentNotFound,),
)
def get_agent(call: Call, agent: str) -> Reply:
    """One agent, by its id or its name."""
    return Reply(present_agent(registry.find_agent(agent, project=call.project)))


@endpoint(
    agents,
    "PATCH",
    "/api/v1/agents/{agent}",
    scope="admin",
    body=AgentChange,
    answers={200: Agent},
    raises=(AgentNotFound, AgentConflict, InvalidName, ProjectForbidden),
)
def change_agent(call: Call, agent: str) -> Reply:
    """Rename an agent, move it to another project, or archive it.

    An archived agent is hidden from lists unless it is asked for, and counted as ever.
    """
    found = registry.find_agent(agent, project=call.project)
    if "project" in call.body:
        _check_project(call.project, call.body["project"])
    before = {name: found.get(name, False) for name in call.body}
    with recorded(author_of(call), about_agent(found), before=before, after=call.body):
        changed = registry.change_agent(found, call.body)
    return Reply(present_agent(changed))


@endpoint(
    agents,
    "DELETE",
    "/api/v1/agents/{agent}",
    scope="admin",
    answers={202: None},
    raises=(AgentNotFound,),
)
def remove_agent(call: Call, agent: str) -> Reply:
    """Delete an agent with its versions and runs.

    It is gone from every answer at once; what it had is removed by the scheduled function. Its name
    is free.
    """
    found = registry.find_agent(agent, project=call.project)
    with recorded(author_of(call), about_agent(found), before=present_agent(found), after=None):
        registry.delete_agent(found)
    return Reply("", 202)


def _check_project(own: str | None, project: str) -> None:
    if own not in (None, project):
        raise ProjectForbidden(
            f"this token is bound to the project '{own}': it registers agents of that one only",
            errors=[{"path": "project", "message": "is not the token's project"}],
        )


def _read_name(path_name: str, body_name: str | None) -> str:
    """The name in the form in which it is kept. Raises InvalidName."""
    try:
        name: str = adapter(Segment).validate_python(path_name)
    except ValueError:
        raise InvalidName(
            "the name in the path must have 1 to 200 characters, not all blank, no control or"
            " invisible characters, and not be '.' or '..', which HTTP clients drop from paths",
            errors=[{"path": "name", "message": "cannot be used"}],
        ) from None
    if body_name not in (None, name):
        raise InvalidName(
            f"the body's name '{body_name}' is not the path's, '{name}': leave it out",
            errors=[{"path": "name", "message": "differs from the name in the path"}],
        )
    return name
