"""Who stands where: nothing is cut, and sorting, searching and counting are over all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lambda_client import Answer, LambdaClient, segment

Document = dict[str, Any]


def register(client: LambdaClient, agent: str, *versions: str, project: str = "shop") -> None:
    path = f"/api/v1/agents/{segment(agent)}"
    assert client.post(f"{path}/register", {"project": project}).status in (200, 201)
    for version in versions:
        assert client.post(f"{path}/versions", {"version": version}).status == 201


def record(client: LambdaClient, agent: str, version: str, *runs: Document) -> None:
    path = f"/api/v1/agents/{segment(agent)}/versions/{segment(version)}/runs"
    sent = [{"id": at, "status": "completed", **run} for at, run in enumerate(runs, 1)]
    answer = client.post(path, {"runs": sent})
    assert answer.status == 201, answer.text


def ask(client: LambdaClient, path: str = "/api/v1/standings") -> Answer:
    answer = client.get(path)
    assert answer.status == 200, answer.text
    return answer


def names(answer: Answer, key: str = "agent") -> list[str]:
    return [standing[key] for standing in answer.json["standings"]]


def day(number: int, hour: int = 12) -> str:
    return f"2026-03-{number:02}T{hour:02}:00:00Z"


def test_every_agent_is_found_however_many_there_are(client: LambdaClient) -> None:
    for number in range(130):
        register(client, f"agent-{number:03}", "1.0")
        record(client, f"agent-{number:03}", "1.0", {"created": day(1), "cost": number})
    first = ask(client, "/api/v1/standings?order=-cost")
    counts = {name: first.json[name] for name in ("registered", "matching", "active")}
    assert counts == {"registered": 130, "matching": 130, "active": 130}
    assert names(first)[:2] == ["agent-129", "agent-128"]
    assert len(names(first)) == 100
    link = first.headers["Link"].partition(">")[0].removeprefix("<")
    rest = ask(client, link[link.index("/api/") :])
    assert names(rest) == [f"agent-{number:03}" for number in range(29, -1, -1)]
    assert "Link" not in rest.headers


def test_the_active_version_is_the_one_that_ran_last_in_the_range(client: LambdaClient) -> None:
    register(client, "coder", "1.9", "1.10", "1.11")
    record(client, "coder", "1.9", {"created": day(1)}, {"created": day(5)})
    record(client, "coder", "1.10", {"created": day(3)})
    record(client, "coder", "1.11", {"created": day(9)})
    (standing,) = ask(client, f"/api/v1/standings?to={day(7)}").json["standings"]
    assert (standing["active_version"], standing["versions"], standing["runs"]) == ("1.9", 2, 3)
    agents = ask(client, f"/api/v1/agents/coder/standings?to={day(7)}").json
    assert agents["active_version"] == "1.9"


def test_of_two_versions_at_one_instant_the_later_is_active(client: LambdaClient) -> None:
    register(client, "coder", "1.10", "1.9")
    for version in ("1.10", "1.9"):
        record(client, "coder", version, {"created": day(1)})
    assert ask(client).json["standings"][0]["active_version"] == "1.10"
    assert ask(client, "/api/v1/agents/coder/standings").json["active_version"] == "1.10"


def test_names_are_searched_in_any_case_and_projects_chosen(client: LambdaClient) -> None:
    register(client, "Code-Reviewer", "1", project="shop")
    register(client, "decoder", "1", project="lab")
    register(client, "triage", "1", project="lab")
    answer = ask(client, "/api/v1/standings?q=code&order=name")
    assert names(answer) == ["Code-Reviewer", "decoder"]
    assert (answer.json["matching"], answer.json["registered"]) == (2, 3)
    assert names(ask(client, "/api/v1/standings?q=code&project=lab")) == ["decoder"]
    assert answer.json["projects"] == ["lab", "shop"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("runs", ["some", "many", "none"]),
        ("-runs", ["many", "some", "none"]),
        ("-cost", ["some", "many", "none"]),
        ("success_rate", ["some", "many", "none"]),
        ("-last_run", ["some", "many", "none"]),
        ("name", ["many", "none", "some"]),
        ("-name", ["some", "none", "many"]),
    ],
)
def test_what_has_run_comes_first_in_any_order_but_by_name(
    client: LambdaClient, order: str, expected: list[str]
) -> None:
    for agent in ("none", "many", "some"):
        register(client, agent, "1")
    record(client, "many", "1", *[{"created": day(1)} for _ in range(3)])
    record(client, "some", "1", {"created": day(2), "cost": 1, "status": "failed"})
    assert names(ask(client, f"/api/v1/standings?order={order}")) == expected


def test_a_filter_leaves_runs_of_one_kind(client: LambdaClient) -> None:
    register(client, "coder", "1", "2")
    record(client, "coder", "1", {"created": day(1), "models": ["opus"]}, {"created": day(1)})
    record(client, "coder", "2", {"created": day(2)})
    (standing,) = ask(client, "/api/v1/standings?model=opus").json["standings"]
    assert (standing["runs"], standing["active_version"]) == (1, "1")
    versions = ask(client, "/api/v1/agents/coder/standings?model=opus").json
    assert (versions["ran"], versions["active_version"]) == (1, "1")


def test_a_version_with_runs_is_shown_however_many_never_ran(client: LambdaClient) -> None:
    register(client, "coder", "0.1", *[f"1.{number}" for number in range(150)])
    record(client, "coder", "0.1", {"created": day(1)})
    answer = ask(client, "/api/v1/agents/coder/standings?limit=10")
    assert names(answer, "version")[0] == "0.1"
    assert names(answer, "version")[1:3] == ["1.149", "1.148"]
    counts = {name: answer.json[name] for name in ("registered", "matching", "ran")}
    assert counts == {"registered": 151, "matching": 151, "ran": 1}


def test_the_version_before_is_so_by_name_and_has_run(client: LambdaClient) -> None:
    register(client, "coder", "1.10", "1.9", "1.11", "1.9.5")
    for at, version in enumerate(("1.10", "1.9", "1.11"), 1):
        record(client, "coder", version, {"created": day(at)})
    answer = ask(client, "/api/v1/agents/coder/standings?order=version").json
    before = {s["version"]: s["previous"] for s in answer["standings"]}
    assert before == {"1.9": None, "1.9.5": "1.9", "1.10": "1.9", "1.11": "1.10"}
    assert list(before) == ["1.9", "1.9.5", "1.10", "1.11"]


def test_where_names_say_nothing_versions_come_as_they_began(client: LambdaClient) -> None:
    register(client, "coder", "zebra", "apple", "mango")
    for at, version in enumerate(("mango", "zebra", "apple"), 1):
        record(client, "coder", version, {"created": day(at)})
    answer = ask(client, "/api/v1/agents/coder/standings?order=-version")
    assert names(answer, "version") == ["apple", "zebra", "mango"]


def test_a_version_began_when_it_first_ran_even_before_the_range(client: LambdaClient) -> None:
    register(client, "coder", "1", "2")
    record(client, "coder", "1", {"created": day(1)}, {"created": day(8)})
    answer = ask(client, f"/api/v1/agents/coder/standings?from={day(5)}").json
    began = {s["version"]: (s["began"], s["runs"]) for s in answer["standings"]}
    assert began == {"1": (day(1), 1), "2": (None, 0)}


def test_a_token_sees_its_own_project_alone(client_with: Any) -> None:
    register(client_with("admin"), "mine", "1", project="mine")
    register(client_with("admin"), "theirs", "1", project="theirs")
    bound = client_with("read", project="mine")
    assert names(ask(bound)) == ["mine"]
    assert ask(bound).json["projects"] == ["mine"]
    assert names(ask(bound, "/api/v1/standings?project=theirs")) == []


@pytest.mark.parametrize("query", ["order=best", "limit=0", "q=a&q=b", "cursor=x", "order=version"])
def test_what_makes_no_sense_is_refused(client: LambdaClient, query: str) -> None:
    assert client.get(f"/api/v1/standings?{query}").status == 400
