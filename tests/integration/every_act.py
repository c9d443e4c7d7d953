"""A session that does what the service can do beside answering: it changes, watches and removes."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from app import rollup
from chalicelib.access.stored_tokens import (
    create_token,
    find_token_named,
    limit_token,
    rotate_token,
)
from chalicelib.database import Recent, ensure_indexes
from chalicelib.rollups import (
    GRACE_S,
    check_month,
    count_marked,
    count_old,
    counting,
    discard_month,
    expire_runs,
    mark_all,
    months_kept,
    read_backlog,
    take_over,
)
from chalicelib.runs import reword_outcomes
from chalicelib.telemetry import open_traces
from chalicelib.values.instants import END_OF_TIME, EPOCH
from tests import database_v1
from tests.integration.conftest import ClientWith
from tests.integration.passing_time import keep_in, let_marks_age
from tests.lambda_client import SCHEDULED_EVENT, LambdaClient
from tests.otlp_messages import PROTOBUF, make_agent, make_call, make_request

Document = dict[str, Any]
AGENT, WATCHES = "/api/v1/agents/removed", "/api/v1/watches"
STAYING = "/api/v1/agents/staying"
RUNS = f"{AGENT}/versions/1/runs"
# Nobody is there.
NOTIFY = {"type": "webhook", "url": "http://127.0.0.1:9/"}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
CONDITIONS = (
    {"type": "budget", "amount": 1, "period": "day"},
    {"type": "new_error"},
)


def do_everything(client_with: ClientWith, database: Database[Document]) -> None:
    """What is kept for agents that are there only for this, until it is removed."""
    client = client_with("admin")
    create_token("rotated", "read", project=None, expires_at=None)
    limit_token("rotated", {"requests": 100, "questions": 10})
    rotate_token("rotated", overlap=timedelta(days=1), expires_at=None)
    _ask_within_limits(client_with("admin"))
    _add_agent(client)
    for project in (None, "removed"):
        _send_spans(client_with("admin", project=project), database)
    _watch(client)
    _work(database)
    _count_what_is_rare(client, database)
    _remove(client, database)
    _expire(database)
    _upgrade(database)


def _ask_within_limits(client: LambdaClient) -> None:
    """By a token with limits, of a fleet whose questions are looked at before they are begun."""
    own = client.get("/api/v1/whoami").json["token"]
    assert find_token_named(own)
    assert limit_token(own, {"requests": 1000, "questions": 1000})
    Recent.forget_all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.rollups.budget._LEAST", -1)
        assert client.get("/api/v1/metrics").status == 200


def _add_agent(client: LambdaClient) -> None:
    """One with runs, and one that stays, whose run is older than runs are kept at the end."""
    for agent in (AGENT, STAYING):
        client.post(f"{agent}/register", {"project": "removed"})
        client.post(f"{agent}/versions", {"version": "1"})
    client.post(f"{AGENT}/versions", {"version": "2"})
    runs: list[Document] = [{"id": n, "status": "failed", "error": "lost"} for n in range(3)]
    assert client.post(RUNS, {"runs": runs}).status == 201
    old = {"id": 1, "status": "done", "created": "2026-01-01T12:00:00Z"}
    assert client.post(f"{STAYING}/versions/1/runs", old).status == 201
    for path, change in (
        (AGENT, {"project": "removed", "archived": False}),
        (f"{AGENT}/versions/2", {"deployment": "eu"}),
        (f"{RUNS}/1", {"cost": 6}),
        ("/api/v1/prices", {"models": {"house": {"input": 1, "output": 2}}}),
    ):
        assert client.patch(path, change).status == 200, path


def _send_spans(client: LambdaClient, database: Database[Document]) -> None:
    """A whole trace, and one that waits for its agent's span until it has waited for too long."""
    trace, top = os.urandom(16), os.urandom(8)
    agent = make_agent("spanned", trace_id=trace, span_id=top)
    for spans in ((make_call(trace_id=trace, parent_span_id=top),), (agent,), (make_call(),)):
        sent = client.post("/v1/traces", make_request(*spans), content_type=PROTOBUF)
        assert sent.status == 200, sent.text
    assert client.get("/api/v1/telemetry").status == 200
    client.post("/api/v1/agents/spanned/versions", {"version": "unversioned", "cluster": "eu"})
    run = f"{trace.hex()}-{top.hex()}"
    client.get(f"/api/v1/agents/spanned/versions/unversioned/runs/{run}/calls")
    database["open_traces"].update_many({}, {"$set": {"due": LONG_AGO}})
    open_traces.keep_unrecorded(None, [trace])


def _watch(client: LambdaClient) -> None:
    for condition in CONDITIONS:
        asked = {"name": "w", "agent": "removed", "condition": condition, "notify": NOTIFY}
        made = client.post(WATCHES, asked)
        assert made.status == 201, made.text
        path = f"{WATCHES}/{made.json['id']}"
        assert client.patch(path, {"name": "watched"}).status == 200
        assert client.post(f"{path}/secret").status == 200
        client.post(f"{path}/test")
    client.get(f"{WATCHES}?limit=1")
    assert client.get("/api/v1/watch-firings").status == 200
    trial = {"agent": "removed", "condition": CONDITIONS[0]}
    assert client.post("/api/v1/watch-trials", trial).status == 200


def _work(database: Database[Document]) -> None:
    """Everything that is due, and once more for deliveries that are given up."""
    for _ in range(2):
        let_marks_age(database)
        rollup(SCHEDULED_EVENT, None)
        last = {"delivery.attempts": 1000, "delivery.next_attempt_at": LONG_AGO}
        database["watch_events"].update_many({}, {"$set": last})
    assert database["watches"].count_documents({"notify_problem": {"$ne": None}}) > 0


def _count_what_is_rare(client: LambdaClient, database: Database[Document]) -> None:
    """A month that cannot be counted, and days with very many runs; all of it counted anew."""
    assert client.post(RUNS, {"id": 9, "status": "completed"}).status == 201
    let_marks_age(database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting.Month, "count", _fail)
        assert count_marked(60) == 0
    assert read_backlog().aside
    database["marks"].update_many({}, {"$unset": {"aside": ""}})
    mark_all()
    let_marks_age(database)
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("days", "blocks", "blocks"):
            keep_in(kind, patch)
            mark_all()
            let_marks_age(database)
            count_marked(60)
            _verify(database)
    Recent.forget_all()
    # A replay, which is to prove that such a day has counted it.
    assert client.post(RUNS, {"id": 2, "status": "failed", "error": "lost"}).status == 200
    assert client.get("/api/v1/ui/stats").status == 200


def _verify(database: Database[Document]) -> None:
    """Every month is compared with its runs, and one counted anew from nothing."""
    kept = [
        (version, month)
        for version in database["versions"].find()
        for month in months_kept(version["_id"], EPOCH, END_OF_TIME)
    ]
    for version, month in kept:
        checked = check_month(version["_id"], month, EPOCH, END_OF_TIME)
        assert (checked.differing, checked.broken) == ({}, None)
    version, month = kept[0]
    assert discard_month(version["_id"], version["agent_id"], month)


def _fail(_: counting.Month) -> int:
    raise RuntimeError("a bug")


def _upgrade(database: Database[Document]) -> None:
    """What an older release has left."""
    database["rollups"].insert_many(database_v1.documents("rollups"))
    assert count_old() > 0
    while take_over(60):
        pass
    database["runs"].insert_many(database_v1.documents("runs"))
    while reword_outcomes(60):
        pass


def _remove(client: LambdaClient, database: Database[Document]) -> None:
    """The watches, a run, a version and the agent; and later what they have left."""
    for watch in client.get(WATCHES).json:
        path = f"{WATCHES}/{watch['id']}"
        for project_path in (path, f"{path}/events", f"{path}/events?limit=1"):
            assert client.get(project_path).status == 200
        assert client.request("DELETE", path).status == 204
    for path in (f"{RUNS}/1", f"{AGENT}/versions/2", AGENT):
        assert client.request("DELETE", path).status in (202, 204), path
    before = datetime.now(UTC) - timedelta(seconds=GRACE_S + 60)
    database["deletions"].update_many({}, {"$set": {"deleted_at": before}})
    _work_off(database)


def _work_off(database: Database[Document]) -> None:
    Recent.forget_all()
    rollup(SCHEDULED_EVENT, None)
    assert database["deletions"].count_documents({}) == 0


def _expire(database: Database[Document]) -> None:
    """At the end: the index is needed for as long as the queries are explained."""
    ensure_indexes(database, 30)
    Recent.forget_all()
    assert expire_runs(60) > 0
