"""Versions over the API: added once, never changed, listed newest first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lambda_client import LambdaClient, segment
from tests.paging import whole

VERSIONS = "/api/v1/agents/tester/versions"
FULL = {
    "version": "1.0.2",
    "cluster": "blue",
    "tools": ["grep", "edit"],
    "models": ["small", "large"],
    "deployment": "prod",
}

pytestmark = pytest.mark.usefixtures("agent")


def test_a_version_is_answered_with_all_its_fields(
    client: LambdaClient, agent: dict[str, Any]
) -> None:
    answer = client.post(VERSIONS, FULL)
    assert answer.status == 201
    assert list(answer.json) == [
        *("id", "agent_id", "version", "cluster", "tools", "models", "deployment"),
        *("created_at", "updated_at"),
    ]
    assert {name: answer.json[name] for name in FULL} == FULL
    assert answer.json["agent_id"] == agent["id"]
    assert client.get(f"{VERSIONS}/1.0.2").json == answer.json


def test_only_the_version_is_required(client: LambdaClient) -> None:
    bare = client.post(VERSIONS, {"version": "1"})
    assert bare.status == 201
    assert [bare.json[n] for n in ("cluster", "tools", "models", "deployment")] == [
        None,
        [],
        [],
        None,
    ]
    nulls = dict.fromkeys(("cluster", "tools", "models", "deployment"))
    assert client.post(VERSIONS, {"version": "1"} | nulls).status == 200


def test_an_identical_repeat_answers_the_same_version(client: LambdaClient) -> None:
    first, again = client.post(VERSIONS, FULL), client.post(VERSIONS, dict(reversed(FULL.items())))
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"cluster": "green"}, ["cluster"]),
        ({"cluster": None}, ["cluster"]),
        ({"tools": ["edit", "grep"]}, ["tools"]),
        ({"models": None, "deployment": "test"}, ["models", "deployment"]),
    ],
)
def test_other_content_is_a_conflict_that_names_the_fields(
    client: LambdaClient, change: dict[str, Any], paths: list[str]
) -> None:
    first = client.post(VERSIONS, FULL).json
    answer = client.post(VERSIONS, FULL | change)
    assert (answer.status, answer.json["code"]) == (409, "version_conflict")
    assert [e["path"] for e in answer.json["errors"]] == paths
    assert client.get(f"{VERSIONS}/1.0.2").json == first


def test_two_agents_may_have_a_version_of_the_same_name(client: LambdaClient) -> None:
    client.post("/api/v1/agents/other/register", {"project": "tests"})
    ids = {
        client.post(f"/api/v1/agents/{name}/versions", {"version": "1"}).json["id"]
        for name in ("tester", "other")
    }
    assert len(ids) == 2


def test_the_agent_may_be_named_by_its_id(client: LambdaClient, agent: dict[str, Any]) -> None:
    by_id = f"/api/v1/agents/{agent['id']}/versions"
    added = client.post(by_id, FULL)
    assert added.status == 201
    assert client.get(f"{by_id}/1.0.2").json == added.json
    assert client.get(by_id).json == client.get(VERSIONS).json == [added.json]


@pytest.mark.parametrize(
    "version", ["2", "1.0", "1.0.2%20x", "1.0.2%2F", "6b04645032336dcc72956181"]
)
def test_an_unknown_version_is_not_found_on_any_path(client: LambdaClient, version: str) -> None:
    client.post(VERSIONS, FULL)
    for path in ("", "/runs", "/runs/1"):
        answer = client.get(f"{VERSIONS}/{version}{path}")
        assert (answer.status, answer.json["code"]) == (404, "version_not_found")
    answer = client.post(f"{VERSIONS}/{version}/runs", {"status": "ok"})
    assert (answer.status, answer.json["code"]) == (404, "version_not_found")


def test_no_versions_is_an_empty_array(client: LambdaClient) -> None:
    assert client.get(VERSIONS).text == "[]"


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_versions_are_listed_newest_first(client: LambdaClient, limit: int) -> None:
    """Several are of one millisecond: the order is then that of their ids."""
    added = [client.post(VERSIONS, {"version": f"{i}"}).json for i in range(7)]
    found = whole(client, f"{VERSIONS}?limit={limit}")
    assert found == sorted(added, key=lambda v: (_ms(v["created_at"]), v["id"]), reverse=True)


def _ms(instant: str) -> str:
    return instant if "." in instant else instant.replace("Z", ".000Z")


@pytest.mark.parametrize("name", ["v 1/β+%", "6b04645032336dcc72956181", "latest", "runs", "0"])
def test_any_readable_text_is_a_version(client: LambdaClient, name: str) -> None:
    assert client.post(VERSIONS, {"version": name}).status == 201
    path = f"{VERSIONS}/{segment(name)}"
    assert client.get(path).json["version"] == name
    assert client.post(f"{path}/runs", {"id": 1, "status": "ok"}).json["version"] == name
    assert client.get(f"{path}/runs/1").status == 200
