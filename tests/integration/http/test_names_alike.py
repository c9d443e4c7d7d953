"""Names that look alike are one, on every route that takes one, or are refused by the rule."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import quote

import pytest

from tests.lambda_client import LambdaClient, segment

NAME = "Ångström"
ALIKE = [unicodedata.normalize("NFD", NAME), f" {NAME}\u00a0", f"{NAME} "]
INVISIBLE = f"{NAME}\u200b"
AGENT = f"/api/v1/agents/{segment(NAME)}"
RUNS = f"{AGENT}/versions/{segment(NAME)}/runs"
RANGE = "from=2026-03-01&to=2026-03-03"
QUERIES = [
    *("agents?project=", "metrics?project=", "metrics?initiator=", "metrics?model="),
    *("metrics?tool=", "standings?project=", "standings?q=", f"changes?{RANGE}&project="),
]


@pytest.fixture
def known(client: LambdaClient) -> LambdaClient:
    client.post(f"{AGENT}/register", {"project": NAME})
    body = {"version": NAME, "cluster": NAME, "tools": [NAME], "models": [NAME]}
    assert client.post(f"{AGENT}/versions", body).status == 201
    client.post(f"{AGENT}/versions", {"version": "2"})
    report = {"id": 1, "created": "2026-03-02T12:00:00Z", "status": "ok", "initiator": NAME}
    assert client.post(RUNS, report | {"tools": [NAME], "models": [NAME]}).status == 201
    return client


def test_a_name_that_looks_alike_is_the_same_one_in_bodies_and_paths(
    known: LambdaClient,
) -> None:
    for name in ALIKE:
        path = f"/api/v1/agents/{segment(name)}"
        assert known.post(f"{path}/register", {"project": name, "name": name}).status == 200
        labels = {"tools": [name], "models": [name]}
        body = {"version": name, "cluster": name, **labels}
        assert known.post(f"{path}/versions", body).status == 200
        report = {"id": 1, "created": "2026-03-02T12:00:00Z", "status": "ok", "initiator": name}
        repeated = known.post(f"{path}/versions/{segment(name)}/runs", report | labels)
        assert (repeated.status, repeated.json["models"]) == (200, [NAME])
    assert [agent["name"] for agent in known.get("/api/v1/agents").json] == [NAME]


def test_queries_find_it_in_whichever_form(known: LambdaClient) -> None:
    def ask(query: str, text: str) -> Any:
        answer = known.get(f"/api/v1/{query}{quote(text)}")
        assert answer.status == 200
        return answer.json

    for query in QUERIES:
        wanted = ask(query, NAME)
        assert [ask(query, name) for name in ALIKE] == [wanted] * len(ALIKE), query
        assert query.startswith("changes") or wanted != ask(query, "another"), query
    # A blank at the end of a beginning may be followed by more.
    assert ask("agents?name=", ALIKE[0][:-1]) == ask("agents?name=", NAME[:-1]) != []


def test_runs_are_found_by_a_label_in_whichever_form(known: LambdaClient) -> None:
    for name in ALIKE:
        for label in ("initiator", "model", "tool"):
            for path in (RUNS, f"{AGENT}/runs"):
                assert len(known.get(f"{path}?{label}={quote(name)}").json) == 1
            assert known.get(f"{AGENT}/metrics?{label}={quote(name)}").json["runs"] == 1


def test_versions_are_compared_by_names_in_whichever_form(known: LambdaClient) -> None:
    for name in ALIKE:
        for path in ("compare", "compare/tasks", "gate"):
            assert known.get(f"{AGENT}/{path}?base={quote(name)}&candidate=2").status == 200
        assert known.get(f"{AGENT}/failures?version={quote(name)}").status == 200


def test_what_cannot_be_seen_is_refused_in_names(known: LambdaClient) -> None:
    path = f"/api/v1/agents/{segment(INVISIBLE)}"
    assert known.post(f"{path}/register", {"project": "p"}).json["code"] == "invalid_name"
    assert known.post(f"{AGENT}/register", {"project": INVISIBLE}).json["code"] == "invalid_body"
    assert known.post(f"{AGENT}/versions", {"version": INVISIBLE}).json["code"] == "invalid_body"
    for change in ({"name": INVISIBLE}, {"project": INVISIBLE}):
        assert known.request("PATCH", AGENT, body=change).status == 422
    watch = {"name": INVISIBLE, "condition": {"type": "silence", "for": "1h"}}
    assert known.post("/api/v1/watches", watch).status == 422
    for path in ("compare", "gate"):
        assert known.get(f"{AGENT}/{path}?base={quote(INVISIBLE)}&candidate=2").status == 400


def test_what_cannot_be_seen_is_no_part_of_a_label(known: LambdaClient) -> None:
    report = {"id": 2, "status": "ok", "initiator": INVISIBLE, "models": [INVISIBLE, "\u200bb"]}
    made = known.post(RUNS, report)
    assert (made.status, made.json["initiator"], made.json["models"]) == (201, NAME, [NAME, "b"])
    assert known.post(RUNS, report).status == 200
    changed = known.request("PATCH", f"{RUNS}/2", body={"initiator": f"c{INVISIBLE}"})
    assert changed.json["initiator"] == f"c{NAME}"
    version = known.request("PATCH", f"{AGENT}/versions/2", body={"cluster": INVISIBLE})
    assert version.json["cluster"] == NAME
    assert known.post(RUNS, {"status": "ok", "models": ["\u200b"]}).json["models"] == ["(blank)"]


def test_labels_of_before_the_rule_are_found_and_replayed(
    known: LambdaClient, database: Any
) -> None:
    old = unicodedata.normalize("NFD", NAME) + " "
    database["runs"].update_one({"_id.id": 1}, {"$set": {"initiator": old, "models": [old]}})
    report = {"id": 1, "created": "2026-03-02T12:00:00Z", "status": "ok", "initiator": old}
    assert known.post(RUNS, report | {"tools": [NAME], "models": [old]}).status == 200
    for name in ("initiator", "model"):
        assert len(known.get(f"{RUNS}?{name}={quote(old)}").json) == 1
        assert known.get(f"{AGENT}/metrics?{name}={quote(old)}").json["runs"] == 1
