"""Who changed what: every change has a record, written before it is made, without secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import AutoReconnect

from chalicelib.database.indexes import INDEXES
from chalicelib.database.names import AUDIT
from chalicelib.runs import recording
from tests.lambda_client import LambdaClient
from tests.paging import pages

Document = dict[str, Any]
ClientWith = Callable[..., LambdaClient]
AGENT = "/api/v1/agents/coder"
VERSION = f"{AGENT}/versions/1.0"
RUNS = f"{VERSION}/runs"
PATH = "/api/v1/audit"


@pytest.fixture
def admin(client_with: ClientWith) -> LambdaClient:
    admin = client_with("admin")
    admin.post(f"{AGENT}/register", {"project": "shop"})
    admin.post(f"{AGENT}/versions", {"version": "1.0", "cluster": "eu"})
    runs = [{"id": i, "status": "completed", "cost": 0.5, "error": "key s3cr3t"} for i in (1, 2)]
    assert admin.post(RUNS, {"runs": [*runs, {"id": "x", "status": "running"}]}).status == 201
    assert admin.get(PATH).json == []  # nothing was changed so far
    return admin


def newest(client: LambdaClient, query: str = "") -> Document:
    found: Document = client.get(f"{PATH}?limit=1{query}").json[0]
    return found


def patch(client: LambdaClient, path: str, body: Any) -> int:
    return client.request("PATCH", path, body=body).status


def test_a_correction_tells_who_asked_what_was_and_what_is(admin: LambdaClient) -> None:
    assert patch(admin, f"{RUNS}/1", {"cost": 0.75, "outcome": "failed"}) == 200
    record = newest(admin)
    agent = admin.get(AGENT).json
    assert record["changes"] == [
        {
            "id": 1,
            "before": {"outcome": "succeeded", "cost": 0.5, "corrected": None},
            "after": {"outcome": "failed", "cost": 0.75, "corrected": ["cost", "outcome"]},
        }
    ]
    assert (record["state"], record["token"], record["user"]) == ("done", "token-1", None)
    assert record["action"] == "PATCH /api/v1/agents/{agent}/versions/{version}/runs/{run}"
    assert (record["kind"], record["project"]) == ("run", "shop")
    assert (record["names"]["agent"], record["names"]["agent_id"]) == ("coder", agent["id"])
    assert record["request_id"].startswith("request-")
    assert record["ended_at"] >= record["at"]


def test_corrections_that_change_nothing_have_no_record(admin: LambdaClient) -> None:
    assert patch(admin, f"{RUNS}/1", {"cost": 0.75}) == 200
    assert patch(admin, f"{RUNS}/1", {"cost": 0.75}) == 200
    assert patch(admin, f"{RUNS}/99", {"cost": 0.75}) == 404
    assert len(admin.get(PATH).json) == 1


def test_a_batch_of_corrections_has_one_record_with_its_runs(admin: LambdaClient) -> None:
    corrections = [{"id": i, "cost": i} for i in (1, 2, 3)]
    assert patch(admin, RUNS, {"runs": corrections}) == 207
    [record] = admin.get(PATH).json
    assert [change["id"] for change in record["changes"]] == [1, 2]
    assert newest(admin, "&object=2")["id"] == record["id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "before", "after"),
    [
        ("PATCH", AGENT, {"name": "c2"}, {"name": "coder"}, {"name": "c2"}),
        ("PATCH", AGENT, {"archived": True}, {"archived": False}, {"archived": True}),
        ("PATCH", AGENT, {"project": "b"}, {"project": "shop"}, {"project": "b"}),
        ("PATCH", VERSION, {"cluster": None}, {"cluster": "eu"}, {"cluster": None}),
        (
            "PATCH",
            "/api/v1/prices",
            {"models": {"$m.1": {"input": 1}}},
            {"$m.1": None},
            {"$m.1": {"input": 1}},
        ),
    ],
)
def test_a_change_has_before_and_after(
    admin: LambdaClient, method: str, path: str, body: Any, before: Any, after: Any
) -> None:
    assert admin.request(method, path, body=body).status == 200
    [change] = newest(admin)["changes"]
    assert (change["before"], change["after"]) == (before, after)


@pytest.mark.parametrize(("path", "kind"), [(AGENT, "agent"), (VERSION, "version")])
def test_what_is_deleted_is_found_by_its_name_ever_after(
    admin: LambdaClient, path: str, kind: str
) -> None:
    assert admin.request("DELETE", path).status == 202
    record = newest(admin, "&object=coder")
    assert (record["kind"], record["changes"][0]["after"]) == (kind, None)
    assert record["changes"][0]["before"]["id"] == record["names"][f"{kind}_id"]


def test_of_a_deleted_run_its_free_text_is_not_kept(
    admin: LambdaClient, database: Database[Document]
) -> None:
    assert admin.request("DELETE", f"{RUNS}/1").status == 204
    [change] = newest(admin)["changes"]
    assert (change["after"], change["before"]["cost"]) == (None, 0.5)
    assert change["before"]["error"].startswith("(10 bytes, CRC-32 ")
    assert "s3cr3t" not in str(database["audit"].find_one())
    assert "s3cr3t" in str(admin.get(f"{RUNS}/2").json)


def test_no_secret_of_a_watch_is_in_its_records(
    admin: LambdaClient, database: Database[Document]
) -> None:
    watch = {"name": "w", "condition": {"type": "budget", "amount": 1, "period": "day"}}
    hook = {"type": "webhook", "url": "https://example.com/hook?key=s3cr3t"}
    slack = {"type": "webhook", "url": "https://hooks.slack.com/s3cr3t", "format": "slack"}
    pager = {"type": "webhook", "format": "pagerduty", "routing_key": "s3cr3t" + "0" * 26}
    made = admin.post("/api/v1/watches", watch | {"notify": hook})
    path = f"/api/v1/watches/{made.json['id']}"
    rotated = admin.post(f"{path}/secret", None)
    assert patch(admin, path, {"notify": slack}) == 200
    assert patch(admin, path, {"notify": pager, "name": "w2"}) == 200
    assert patch(admin, path, {"notify": {**hook, "url": "no address s3cr3t"}}) == 422
    assert admin.request("DELETE", path).status == 204
    records = admin.get(f"{PATH}?object={made.json['id']}").json
    assert [r["state"] for r in records] == ["done", "refused", "done", "done", "done", "done"]
    assert [r["names"]["watch"] for r in records] == ["w2", "w2", "w2", "w", "w", "w"]
    stored = str(list(database["audit"].find()))
    for secret in ("s3cr3t", made.json["secret"], rotated.json["secret"], "whsec_"):
        assert secret not in stored


def test_a_refused_change_is_recorded_as_refused(admin: LambdaClient) -> None:
    admin.post("/api/v1/agents/other/register", {"project": "shop"})
    assert patch(admin, AGENT, {"name": "other"}) == 409
    assert newest(admin)["state"] == "refused"


def test_whoever_is_stopped_in_between_leaves_what_was_begun(
    admin: LambdaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill after the record and before, or after, the change: the record is there."""

    def stop(*_: object) -> None:
        raise AutoReconnect("killed")

    monkeypatch.setattr(recording, "_replace", stop)
    assert patch(admin, f"{RUNS}/1", {"cost": 0.75}) == 503
    record = newest(admin)
    assert (record["state"], record["ended_at"]) == ("begun", None)
    [change] = record["changes"]
    assert (change["before"]["cost"], change["after"]["cost"]) == (0.5, 0.75)


def test_what_cannot_be_recorded_is_not_changed(
    admin: LambdaClient, database: Database[Document]
) -> None:
    database.command("collMod", "audit", validator={"kind": "nothing"})
    for path, body in ((f"{RUNS}/1", {"cost": 9}), (AGENT, {"archived": True})):
        assert patch(admin, path, body) >= 500
    for path in (f"{RUNS}/1", VERSION, AGENT):
        assert admin.request("DELETE", path).status >= 500
    assert admin.get(f"{RUNS}/1").json["cost"] == 0.5
    assert admin.get(AGENT).json["archived"] is False


def test_pages_follow_each_other_in_every_order(admin: LambdaClient) -> None:
    for i in range(7):
        assert patch(admin, f"{RUNS}/{i % 2 + 1}", {"cost": i}) == 200
    for query in ("", "&object=coder", "&token=token-1", "&object=1"):
        whole = [r["id"] for r in admin.get(f"{PATH}?limit=100{query}").json]
        assert [r["id"] for page in pages(admin, f"{PATH}?limit=2{query}") for r in page] == whole
    assert admin.get(f"{PATH}?token=nobody").json == []
    assert admin.get(f"{PATH}?to=2020-01-01").json == []
    assert len(admin.get(f"{PATH}?from=2020-01-01&object=1").json) == 4


def test_a_bound_token_sees_its_project_alone(admin: LambdaClient, client_with: ClientWith) -> None:
    assert patch(admin, AGENT, {"archived": True}) == 200
    assert patch(admin, "/api/v1/prices", {"models": {"m": {"input": 1}}}) == 200
    assert [r["kind"] for r in client_with("admin", project="shop").get(PATH).json] == ["agent"]
    assert client_with("admin", project="other").get(PATH).json == []
    assert client_with("read").get(PATH).status == 403


def test_long_values_are_cut_and_large_batches_are_several_records(
    admin: LambdaClient, database: Database[Document]
) -> None:
    tools = ["t" * 200 + str(i) for i in range(99)]
    reports = [{"id": i, "status": "ok", "tools": tools[:90]} for i in range(100, 700)]
    assert admin.post(RUNS, {"runs": [r | {"tools": []} for r in reports]}).status == 201
    tools = [tool[-200:] for tool in tools]
    corrections = [{"id": i, "tools": tools[:90]} for i in range(100, 350)]
    assert patch(admin, RUNS, {"runs": corrections}) == 200
    records = admin.get(PATH).json
    assert len(records) > 1
    assert sum(len(record["changes"]) for record in records) == 250
    assert all(len(json.dumps(record)) < 600_000 for record in records)


def test_records_expire(admin: LambdaClient, database: Database[Document]) -> None:
    patch(admin, f"{RUNS}/1", {"cost": 1})
    [record] = database["audit"].find()
    assert (record["expires_at"] - record["at"]).days == 400
    [expiry] = [i.document for i in INDEXES[AUDIT] if "expireAfterSeconds" in i.document]
    assert (dict(expiry["key"]), expiry["expireAfterSeconds"]) == ({"expires_at": 1}, 0)
