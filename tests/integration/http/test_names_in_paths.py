"""Names of agents and versions in addresses: any readable text, URL-encoded, works everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.database import connection as mongo
from tests.lambda_client import LambdaClient, segment
from tests.paging import whole

NAMES = [
    *("a/b", "/", "a b", "100%", "%2F", "a%2Fb", "%", "a+b", "a;b=c", "a?b", "a#b", "a&b=c"),
    *('"quoted"', "it's", "back\\slash", "{curly}", "[x]", "<b>", "a|b", "^", "`", "~", "a:b", "@"),
    *("é", "完成", "😀", "שלום", "👩\u200d💻", "❤\ufe0f", "\u0131", "ß"),
    *(".hidden", "...", "a..b", "-", "_", "0", "-1", "null", "undefined", "true", "NaN"),
    *(
        "__proto__",
        "constructor",
        "$where",
        "$ne",
        "a.b",
        "runs",
        "versions",
        "register",
        "metrics",
    ),
    *("x" * 200, "é" * 200, "😀" * 200, "6b04645032336dcc7295618", "6b04645032336dcc72956182g"),
]


def test_any_readable_name_works_on_every_path(client: LambdaClient) -> None:
    for name in NAMES:
        _use(client, name)
    agents = whole(client, "/api/v1/agents?limit=7")
    assert [agent["name"] for agent in agents] == sorted(NAMES)


def _use(client: LambdaClient, name: str) -> None:
    agent = f"/api/v1/agents/{segment(name)}"
    answer = client.post(f"{agent}/register", {"name": name, "project": name})
    assert answer.status == 201, answer.text
    assert answer.json["name"] == answer.json["project"] == name
    assert client.post(f"{agent}/versions", {"version": name}).status == 201
    runs = f"{agent}/versions/{segment(name)}/runs"
    posted = [{"id": i, "status": "ok", "initiator": name, "tools": [name]} for i in (1, 2)]
    assert client.post(runs, {"runs": posted}).status == 201
    by_id = f"/api/v1/agents/{answer.json['id']}"
    for path in (runs, f"{agent}/runs", f"{by_id}/runs"):
        found = whole(client, f"{path}?limit=1&initiator={segment(name)}&tool={segment(name)}")
        assert [(run["agent"], run["version"]) for run in found] == [(name, name)] * 2
    assert client.get(f"{runs}/1").json["agent"] == name


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("%FF", 400, "malformed_path"),
        ("%C3", 400, "malformed_path"),
        ("%ED%A0%80", 400, "malformed_path"),
        ("%C0%AE", 400, "malformed_path"),
        ("a%00b", 400, "malformed_path"),
        ("\ud800", 400, "malformed_path"),
        ("%0A", 422, "invalid_name"),
        ("%7F", 422, "invalid_name"),
        ("%20", 422, "invalid_name"),
        ("%C2%A0", 422, "invalid_name"),
        *((f"a{sign}b", 422, "invalid_name") for sign in ("%E2%80%8B", "%C2%AD", "%E2%80%AE")),
        *((f"a{sign}", 422, "invalid_name") for sign in ("%E2%80%8D", "%EF%B8%8F", "%E3%85%A4")),
        (".", 422, "invalid_name"),
        ("%2e%2e", 422, "invalid_name"),
        ("x" * 201, 422, "invalid_name"),
        ("6b04645032336dcc72956182", 422, "invalid_name"),
        ("6B04645032336DCC72956182", 422, "invalid_name"),
    ],
)
def test_a_name_that_no_path_can_carry_is_refused(
    client: LambdaClient, path: str, status: int, code: str
) -> None:
    answer = client.post(f"/api/v1/agents/{path}/register", {"project": "p"})
    assert (answer.status, answer.json["code"]) == (status, code)
    assert client.get("/api/v1/agents").json == []


def test_a_body_with_another_name_than_the_path_is_refused(client: LambdaClient) -> None:
    for name in ("b", "A", "a%2Fb"):
        answer = client.post("/api/v1/agents/a/register", {"project": "p", "name": name})
        assert (answer.status, answer.json["code"]) == (422, "invalid_name")
    same = client.post("/api/v1/agents/a%2Fb/register", {"project": "p", "name": "a/b"})
    assert same.status == 201


def test_a_plus_in_a_path_is_a_plus_and_not_a_space(client: LambdaClient) -> None:
    client.post("/api/v1/agents/a+b/register", {"project": "p"})
    assert client.get("/api/v1/agents/a%2Bb").status == 200
    assert client.get("/api/v1/agents/a%20b").status == 404


def test_a_name_is_decoded_once(client: LambdaClient) -> None:
    client.post("/api/v1/agents/a%252Fb/register", {"project": "p"})
    assert client.get("/api/v1/agents/a%252Fb").json["name"] == "a%2Fb"
    assert client.get("/api/v1/agents/a%2Fb").status == 404


@pytest.mark.parametrize("form", ["étude", "e\u0301tude", " étude", "e\u0301tude\u00a0", "étude "])
def test_forms_of_a_name_that_look_alike_are_one_agent_and_one_version(
    client: LambdaClient, form: str
) -> None:
    client.post("/api/v1/agents/étude/register", {"project": "é"})
    agent = f"/api/v1/agents/{segment(form)}"
    short = form.replace("tude", "")
    body = {"project": short, "name": form}
    again = client.post(f"{agent}/register", body)
    assert (again.status, again.json["name"], again.json["project"]) == (200, "étude", "é")
    assert client.post(f"{agent}/versions", {"version": "é"}).status == 201
    version = f"{agent}/versions/{segment(short)}"
    assert client.post("/api/v1/agents/étude/versions", {"version": short}).status == 200
    assert client.post(f"{version}/runs", {"id": 1, "status": "ok"}).status == 201
    assert client.get("/api/v1/agents/étude/versions/é/runs/1").json["version"] == "é"
    assert client.post(f"{agent}/versions", {"version": "2"}).status == 201
    assert client.get(f"{agent}/gate?base={segment(short)}&candidate=2").status == 200
    listed = client.get(f"/api/v1/agents?project={segment(short)}&name=e%CC%81")
    assert [found["name"] for found in listed.json] == ["étude"]


def test_a_name_of_before_there_was_one_form_is_found_as_it_was_written(
    client: LambdaClient, database: Database[dict[str, Any]]
) -> None:
    client.post("/api/v1/agents/etude/register", {"project": "p"})
    client.post("/api/v1/agents/etude/versions", {"version": "1"})
    database["agents"].update_one({}, {"$set": {"name": "e\u0301tude"}})
    database["versions"].update_one({}, {"$set": {"version": " 1"}})
    mongo.forget()
    path = "/api/v1/agents/e%CC%81tude/versions/%201/runs"
    assert client.post(path, {"id": 1, "status": "ok"}).status == 201
    assert client.get("/api/v1/agents/étude").status == 404
