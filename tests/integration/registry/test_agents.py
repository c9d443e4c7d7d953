"""Agents over the API: registered once, found by id or name, listed by name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lambda_client import LambdaClient, segment
from tests.paging import pages, whole

AGENTS = "/api/v1/agents"


def register(client: LambdaClient, name: str, project: str = "tests") -> dict[str, Any]:
    answer = client.post(f"{AGENTS}/{segment(name)}/register", {"project": project})
    assert answer.status == 201, answer.text
    return dict(answer.json)


@pytest.mark.parametrize("body", [{"project": "p"}, {"name": "a", "project": "p"}])
def test_both_shapes_register(client: LambdaClient, body: dict[str, str]) -> None:
    answer = client.post(f"{AGENTS}/a/register", body)
    assert answer.status == 201
    assert list(answer.json)[:4] == ["id", "name", "project", "archived"]
    assert list(answer.json)[4:] == ["created_at", "updated_at"]
    assert (answer.json["name"], answer.json["project"]) == ("a", "p")
    assert len(answer.json["id"]) == 24
    assert answer.json["created_at"].endswith("Z")


def test_registering_again_answers_the_same_agent(client: LambdaClient) -> None:
    first = client.post(f"{AGENTS}/a/register", {"project": "p"})
    again = client.post(f"{AGENTS}/a/register", {"project": "p", "name": "a"})
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json


def test_another_project_is_a_conflict_and_changes_nothing(client: LambdaClient) -> None:
    agent = register(client, "a", "p")
    answer = client.post(f"{AGENTS}/a/register", {"project": "q"})
    assert (answer.status, answer.json["code"]) == (409, "agent_conflict")
    assert [e["path"] for e in answer.json["errors"]] == ["project"]
    assert client.get(f"{AGENTS}/a").json == agent


def test_names_differ_by_case(client: LambdaClient) -> None:
    assert register(client, "a")["id"] != register(client, "A")["id"]


def test_an_agent_is_read_by_id_or_name(client: LambdaClient) -> None:
    agent = register(client, "reader")
    for key in ("reader", agent["id"], agent["id"].upper()):
        assert client.get(f"{AGENTS}/{key}").json == agent


@pytest.mark.parametrize("key", ["nobody", "6b04645032336dcc72956181", "%20", "$ne"])
def test_an_unknown_agent_is_not_found_on_any_path(client: LambdaClient, key: str) -> None:
    for path in ("", "/versions", "/versions/1", "/versions/1/runs", "/versions/1/runs/1", "/runs"):
        answer = client.get(f"{AGENTS}/{key}{path}")
        assert (answer.status, answer.json["code"]) == (404, "agent_not_found")
    for path, body in (("/versions", {"version": "1"}), ("/versions/1/runs", {"status": "ok"})):
        answer = client.post(f"{AGENTS}/{key}{path}", body)
        assert (answer.status, answer.json["code"]) == (404, "agent_not_found")


def test_no_agents_is_an_empty_array(client: LambdaClient) -> None:
    answer = client.get(AGENTS)
    assert (answer.status, answer.text) == (200, "[]")
    assert "Link" not in answer.headers


NAMES = ["Zed", "a", "a/b", "ab", "abc", "b", "é", "完成", "😀", "😀x", "\U0010ffff", "\U0010ffffz"]


@pytest.fixture
def fleet(client: LambdaClient) -> list[dict[str, Any]]:
    """Agents of two projects, in the order of their names."""
    return [register(client, name, f"p{i % 2}") for i, name in enumerate(sorted(NAMES))]


@pytest.mark.parametrize("limit", [1, 2, 5, len(NAMES), len(NAMES) + 1, 9999])
def test_pages_of_agents_are_the_list_by_name(
    client: LambdaClient, fleet: list[dict[str, Any]], limit: int
) -> None:
    found = list(pages(client, f"{AGENTS}?limit={limit}"))
    assert [agent for page in found for agent in page] == fleet
    assert all(len(page) == limit for page in found[:-1])
    assert 0 < len(found[-1]) <= limit


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_agents_of_a_project(client: LambdaClient, fleet: list[dict[str, Any]], limit: int) -> None:
    for project in ("p0", "p1", "p", ""):
        expected = [agent for agent in fleet if agent["project"] == project]
        assert whole(client, f"{AGENTS}?project={project}&limit={limit}") == expected


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_agents_whose_name_begins_with_a_prefix(
    client: LambdaClient, fleet: list[dict[str, Any]], limit: int
) -> None:
    for prefix in ("a", "ab", "abc", "abcd", "Z", "z", "é", "完", "😀", "\U0010ffff"):
        expected = [agent for agent in fleet if agent["name"].startswith(prefix)]
        path = f"{AGENTS}?name={segment(prefix)}&limit={limit}"
        assert whole(client, path) == expected
        of_project = [agent for agent in expected if agent["project"] == "p0"]
        assert whole(client, f"{path}&project=p0") == of_project


def test_a_prefix_is_no_pattern(client: LambdaClient, fleet: object) -> None:
    for prefix in (".a", "[a", ".*", "(", "a|b", "\0", "^a"):
        assert client.get(f"{AGENTS}?name={segment(prefix)}").json == []


def test_a_name_of_200_emoji_is_found_and_paged(client: LambdaClient) -> None:
    names = ["😀" * 200, "😀" * 199 + "😁"]
    agents = [register(client, name) for name in names]
    assert whole(client, f"{AGENTS}?limit=1") == agents
    assert client.get(f"{AGENTS}/{segment(names[0])}").json == agents[0]


def test_agents_registered_during_a_walk_neither_repeat_nor_hide_others(
    client: LambdaClient, fleet: list[dict[str, Any]]
) -> None:
    seen = []
    for number, page in enumerate(pages(client, f"{AGENTS}?limit=2")):
        seen += page
        register(client, f"{page[-1]['name']}~{number}")
        register(client, f"!{number}")
    ids = [agent["id"] for agent in seen]
    assert len(ids) == len(set(ids))
    assert [agent for agent in seen if agent in fleet] == fleet
