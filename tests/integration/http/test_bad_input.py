"""Every mistake of a client is a 4xx that says what and where, and changes nothing.

The cases share one database: that each leaves it as it was is what they are about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from management.mongod import Mongod
from tests.integration import bad_input
from tests.integration.conftest import serve_database
from tests.lambda_client import Answer, LambdaClient

AGENT = "/api/v1/agents/tester"
RUNS = f"{AGENT}/versions/1/runs"

Document = dict[str, Any]


@pytest.fixture(scope="module")
def database(mongod: Mongod, mongo_client: MongoClient[Document]) -> Iterator[Database[Document]]:
    name = f"test_{uuid4().hex}"
    yield mongo_client[name]
    mongo_client.drop_database(name)


@pytest.fixture(scope="module")
def client(mongod: Mongod, database: Database[Document]) -> Iterator[LambdaClient]:
    """A client of a service with an agent, a version, and a run of each kind."""
    with serve_database(mongod, database) as app:
        client = LambdaClient(app)
        client.post(f"{AGENT}/register", {"project": "p"})
        client.post(f"{AGENT}/versions", {"version": "1"})
        runs = [{"id": i, "status": s} for i, s in enumerate(("ok", "failed", "running", "?"))]
        assert client.post(RUNS, {"runs": runs}).status == 201
        yield client


@pytest.fixture(autouse=True)
def unchanged(client: LambdaClient, database: Database[Document]) -> Iterator[None]:
    """Whatever the test sends, the database is the same afterwards."""
    before = _dump(database)
    yield
    assert _dump(database) == before


def _dump(database: Database[Document]) -> dict[str, list[Document]]:
    names = database.list_collection_names()
    return {name: sorted(database[name].find(), key=repr) for name in names}


def assert_problem(answer: Answer, *statuses: int) -> None:
    """A problem document of one of the statuses, that is no larger than it has to be."""
    assert answer.status in statuses, answer.text[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["type"] == "about:blank"
    assert problem["status"] == answer.status
    assert problem["title"]
    assert problem["detail"]
    assert problem["code"]
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert all(error["message"] for error in problem.get("errors", ()))
    assert len(answer.text) < 20_000


def short(value: Any) -> str:
    return repr(value[:60])


cases = pytest.mark.parametrize


@cases("body", bad_input.MALFORMED, ids=short)
@cases("path", [RUNS, f"{AGENT}/versions", f"{AGENT}/register"])
def test_what_is_not_json(client: LambdaClient, path: str, body: str | bytes) -> None:
    assert_problem(answer := client.post(path, body), 400)
    assert answer.json["code"] == "malformed_json"


@cases("body", bad_input.INVALID_RUNS, ids=short)
def test_an_invalid_run(client: LambdaClient, body: str) -> None:
    assert_problem(answer := client.post(RUNS, body), 422)
    assert answer.json["code"] in ("invalid_run", "invalid_body")
    assert "errors" in answer.json or not body.startswith("{")


@cases("body", [b for b in bad_input.INVALID_RUNS if b.startswith("{")], ids=short)
def test_an_invalid_run_in_a_batch(client: LambdaClient, body: str) -> None:
    """Beside one that changes nothing: that is accepted, and the bad one is named."""
    answer = client.post(RUNS, '{"runs": [{"id": 1, "status": "failed"}, ' + body + "]}")
    assert answer.status == 207
    assert (answer.json["unchanged"], answer.json["rejected"]) == (1, 1)
    [error] = answer.json["errors"]
    assert (error["index"], error["code"]) == (1, "invalid_run")
    assert error["errors"]
    assert len(answer.text) < 20_000


@cases("body", bad_input.INVALID_BATCHES, ids=short)
def test_an_invalid_batch(client: LambdaClient, body: str) -> None:
    answer = client.post(RUNS, body)
    assert answer.status == 422
    assert len(answer.text) < 20_000
    if answer.headers["Content-Type"] == "application/json":
        assert answer.json["accepted"] == 0
        assert len(answer.json["errors"]) == answer.json["rejected"] > 0
    else:
        assert_problem(answer, 422)


@cases("body", bad_input.INVALID_VERSIONS, ids=short)
def test_an_invalid_version(client: LambdaClient, body: str) -> None:
    assert_problem(client.post(f"{AGENT}/versions", body), 422)


@cases("body", bad_input.INVALID_AGENTS, ids=short)
@cases("name", ["tester", "newcomer"])
def test_an_invalid_registration(client: LambdaClient, name: str, body: str) -> None:
    assert_problem(client.post(f"/api/v1/agents/{name}/register", body), 422)


@cases("query", bad_input.BAD_PAGE_QUERIES, ids=short)
@cases("path", ["/api/v1/agents", f"{AGENT}/versions", RUNS, f"{AGENT}/runs"])
def test_a_bad_query(client: LambdaClient, path: str, query: str) -> None:
    assert_problem(answer := client.get(f"{path}?{query}"), 400)
    assert answer.json["code"] in ("invalid_query", "invalid_cursor")


@cases("query", bad_input.BAD_RUN_QUERIES, ids=short)
@cases("path", [RUNS, f"{AGENT}/runs"])
def test_a_bad_filter_on_runs(client: LambdaClient, path: str, query: str) -> None:
    assert_problem(client.get(f"{path}?{query}"), 400)


@cases("path", [AGENT, f"{AGENT}/versions/1", f"{RUNS}/1"])
def test_a_query_where_none_is_known(client: LambdaClient, path: str) -> None:
    assert_problem(client.get(f"{path}?verbose=1"), 400)


@cases("body", [{"id": 1, "status": "ok"}, {"runs": []}])
def test_a_query_on_a_post(client: LambdaClient, body: Document) -> None:
    assert_problem(client.post(f"{RUNS}?dry_run=1", body), 400)


@cases("run_id", bad_input.BAD_RUN_IDS, ids=short)
def test_a_bad_run_id(client: LambdaClient, run_id: str) -> None:
    assert_problem(client.get(f"{RUNS}/{run_id}"), 400)


@cases("content_type", bad_input.OTHER_CONTENT_TYPES)
@cases("path", [RUNS, f"{AGENT}/versions", "/api/v1/agents/newcomer/register"])
def test_another_content_type(client: LambdaClient, path: str, content_type: str) -> None:
    answer = client.post(path, "{}", **{"content-type": content_type})
    assert_problem(answer, 415)
    assert "application/json" in answer.json["detail"]


@cases(
    "content_type",
    ["application/json;charset=utf-8", "Application/JSON ; x=y", "application/json;"],
)
def test_json_by_any_of_its_names(client: LambdaClient, content_type: str) -> None:
    body = {"id": 1, "status": "failed"}
    assert client.post(RUNS, body, **{"content-type": content_type}).status == 200


def test_a_body_without_a_content_type_is_refused(client: LambdaClient) -> None:
    """A page of another origin can send one without asking first."""
    event = client.event("POST", RUNS, {"id": 1, "status": "failed"})
    event["headers"] = {}
    assert client.app(event, None)["statusCode"] == 415


@cases(("body", "status"), [(None, 415), ("!!!!", 400), ("eyJ", 400), ("eyJpZCI6MX0=", 422)])
def test_a_body_in_base64(client: LambdaClient, body: str | None, status: int) -> None:
    event = client.event("POST", RUNS, body) | {"isBase64Encoded": body is not None}
    assert client.app(event, None)["statusCode"] == status


@cases(
    ("method", "path"),
    [
        *(("PUT", p) for p in ("/api/v1/agents", AGENT, RUNS, f"{RUNS}/1", f"{AGENT}/runs")),
        *(("DELETE", p) for p in ("/api/v1/agents", RUNS, f"{AGENT}/runs", f"{AGENT}/versions")),
        *(("PATCH", p) for p in ("/api/v1/agents", f"{AGENT}/runs", f"{AGENT}/versions")),
    ],
)
def test_a_method_that_a_path_does_not_have(client: LambdaClient, path: str, method: str) -> None:
    assert_problem(answer := client.request(method, path, "{}"), 405)
    assert "GET" in answer.headers["Allow"]
