from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.watches import look_after
from tests.integration.conftest import ClientWith
from tests.integration.watches.conftest import PATH

BUDGET = {"type": "budget", "amount": 50, "period": "month"}


@pytest.fixture
def watches(client_with: ClientWith) -> dict[str, dict[str, Any]]:
    """One of an agent of project p, one of project q, one of the whole fleet."""
    admin = client_with("admin")
    admin.post("/api/v1/agents/coder/register", {"project": "p"})
    bodies: dict[str, dict[str, Any]] = {
        "agent": {"agent": "coder"},
        "project": {"project": "q"},
        "fleet": {},
    }
    return {
        name: admin.post(PATH, {"name": name, "condition": BUDGET, **body}).json
        for name, body in bodies.items()
    }


def names(client: Any, query: str = "") -> list[str]:
    return [watch["name"] for watch in client.get(f"{PATH}{query}").json]


def test_a_project_is_asked_for_by_name(
    client_with: ClientWith, watches: dict[str, dict[str, Any]]
) -> None:
    assert names(client_with("read"), "?project=p") == ["agent"]
    assert names(client_with("read"), "?project=q") == ["project"]
    assert names(client_with("read", "p"), "?project=q") == []


def test_a_token_sees_the_watches_of_its_project(
    client_with: ClientWith, watches: dict[str, dict[str, Any]]
) -> None:
    assert names(client_with("read")) == ["agent", "project", "fleet"]
    assert names(client_with("read", "p")) == ["agent"]
    assert names(client_with("read", "q")) == ["project"]
    assert names(client_with("read", "r")) == []


def test_another_projects_watch_is_not_found(
    client_with: ClientWith, watches: dict[str, dict[str, Any]]
) -> None:
    stranger = client_with("admin", "r")
    for watch in watches.values():
        address = f"{PATH}/{watch['id']}"
        requests = [
            ("GET", address, None),
            ("PATCH", address, {"name": "mine"}),
            ("DELETE", address, None),
            ("GET", f"{address}/events", None),
            ("POST", f"{address}/test", None),
            ("POST", f"{address}/secret", None),
        ]
        for method, path, body in requests:
            answer = stranger.request(method, path, body)
            assert (answer.status, answer.json["code"]) == (404, "watch_not_found")
    assert names(client_with("read")) == ["agent", "project", "fleet"]


def test_a_bound_token_makes_watches_of_its_project_alone(
    client_with: ClientWith, watches: dict[str, dict[str, Any]]
) -> None:
    bound = client_with("admin", "q")
    made = bound.post(PATH, {"name": "mine", "condition": BUDGET})
    assert (made.status, made.json["project"]) == (201, "q")
    other = bound.post(PATH, {"name": "theirs", "condition": BUDGET, "project": "p"})
    assert (other.status, other.json["code"]) == (403, "project_forbidden")
    agent = bound.post(PATH, {"name": "theirs", "condition": BUDGET, "agent": "coder"})
    absent = bound.post(PATH, {"name": "theirs", "condition": BUDGET, "agent": "nobody"})
    assert agent.status == absent.status == 422
    assert agent.json["errors"] == absent.json["errors"]


def test_a_watch_goes_with_its_agent_to_another_project(
    client_with: ClientWith,
    watches: dict[str, dict[str, Any]],
    database: Database[dict[str, Any]],
) -> None:
    database["agents"].update_one({"name": "coder"}, {"$set": {"project": "moved"}})
    look_after(30)
    assert names(client_with("read", "p")) == []
    assert names(client_with("read", "moved")) == ["agent"]


def test_a_reader_tries_but_changes_nothing(
    client_with: ClientWith, watches: dict[str, dict[str, Any]]
) -> None:
    reader = client_with("read", "p")
    trial = {"agent": "coder", "condition": BUDGET, "days": 2}
    assert reader.post("/api/v1/watch-trials", trial).status == 200
    address = f"{PATH}/{watches['agent']['id']}"
    assert reader.get(address).status == 200
    for method, path in (
        ("POST", PATH),
        ("PATCH", address),
        ("DELETE", address),
        ("POST", f"{address}/test"),
        ("POST", f"{address}/secret"),
    ):
        answer = reader.request(method, path, {"name": "w", "condition": BUDGET})
        assert (answer.status, answer.json["code"]) == (403, "insufficient_scope")
