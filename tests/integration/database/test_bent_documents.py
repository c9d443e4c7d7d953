"""Documents that somebody bent by hand: left out and named in the log, and never a 500.

Every kind of bend is in the database at once, each in an agent of its own beside a sound one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.database.recent import Recent
from chalicelib.http import ENDPOINTS
from chalicelib.rollups import count_marked
from chalicelib.values.instants import format_instant, now
from tests.integration.fleet import QuietClient
from tests.integration.passing_time import let_marks_age
from tests.integration.route_requests import AGENT, BASE, CANDIDATE, choices_of, request_for
from tests.lambda_client import LambdaClient

Document = dict[str, Any]
Data = Database[Document]
UNSET: dict[str, tuple[str, ...]] = {
    "agents": ("name", "project", "created_at", "updated_at"),
    "versions": ("version", "cluster", "tools", "models", "deployment", "created_at", "agent_id"),
    "runs": ("status", "outcome", "created", "recorded_at", "agent_id"),
}
SET: dict[str, Document] = {
    "agents": {
        "name": 5,
        "project": ["a"],
        "created_at": "2026-03-01",
        "updated_at": 5,
        "archived": "perhaps",
        "deleted_versions": 5,
    },
    "versions": {
        "version": 5,
        "cluster": 5,
        "tools": "search",
        "models": [5],
        "deployment": {"a": 1},
        "created_at": "2026-03-01",
        "agent_id": "nobody",
    },
    "runs": {
        "status": 5,
        "outcome": "well",
        "created": "2026-03-01",
        "recorded_at": "2026-03-01",
        "cost": "much",
        "duration_us": "long",
        "time_taken": {"a": 1},
        "score": "good",
        "initiator": 5,
        "tools": "search",
        "models": [5, {"a": 1}],
        "error": 5,
        "task_id": [5],
        "input_tokens": "many",
        "metadata": "none",
        "counted": "much",
        "ranks": 5,
        "reported_outcome": "well",
        "revision": "first",
        "moved_from": 5,
        "agent_id": "nobody",
        "corrected": 5,
        "trace_id": 5,
        "truncated": 5,
    },
}
# In these a run is bent, and still counted: adding up does not look at them.
COUNTED = {"recorded_at", "error", "task_id", "metadata", "trace_id", "agent_id"} | {
    *("initiator", "tools", "models"),
    *("time_taken", "revision", "moved_from", "corrected", "truncated", "ranks"),
}
SUM = "/api/v1/agents/{}/versions/{}/metrics"


def bends(name: str) -> Iterator[tuple[str, Document]]:
    """Each field, and what bends it."""
    yield from ((field, {"$unset": {field: ""}}) for field in UNSET[name])
    yield from ((field, {"$set": {field: value}}) for field, value in SET[name].items())


def fill(client: LambdaClient, agent: str) -> None:
    path = f"/api/v1/agents/{agent}"
    assert client.post(f"{path}/register", {"project": "p"}).status == 201
    for version in (BASE, CANDIDATE):
        assert client.post(f"{path}/versions", {"version": version}).status == 201
        runs = [
            {
                "id": n,
                "status": "failed" if n % 3 else "ok",
                "cost": 1,
                "score": 1,
                "created": format_instant(now() - timedelta(minutes=n)),
                "task_id": n,
                **({"error": "lost"} if n % 3 else {}),
                "time_taken": n,
                "models": ["m"],
                "tools": ["t"],
                "input_tokens": 1,
            }
            for n in range(1, 7)
        ]
        assert client.post(f"{path}/versions/{version}/runs", {"runs": runs}).status == 201
    watch = {"name": "w", "agent": agent, "condition": {"type": "new_error"}}
    assert client.post("/api/v1/watches", watch).status == 201


@pytest.fixture
def bent(app: Chalice, database: Data, request: pytest.FixtureRequest) -> dict[str, str]:
    """The agents of which one document is bent each, by the field; and the _id of that."""
    client, found = QuietClient(app), {}
    fill(client, AGENT)
    for at, (field, change) in enumerate(bends(request.param)):
        agent = f"bent-{at}"
        fill(client, agent)
        where: Document = {"name": agent}
        if request.param != "agents":
            where = {"agent_id": (database["agents"].find_one(where) or {})["_id"]}
        one = database[request.param].find_one(where, sort=[("_id", 1)]) or {}
        assert database[request.param].update_one({"_id": one["_id"]}, change).modified_count
        identity = one["_id"]["v"] if request.param == "runs" else one["_id"]
        found[agent] = f"{field} {identity}"
    Recent.forget_all()
    return found


@pytest.mark.parametrize("bent", ["agents", "versions", "runs"], indirect=True)
def test_no_route_breaks_at_a_document_that_was_bent_by_hand(
    app: Chalice, database: Data, bent: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    client = QuietClient(app)
    routes = [route for route in ENDPOINTS if route.method == "GET"]
    with caplog.at_level(logging.ERROR, logger="agent_metrics"):
        # Read from the runs, and then from what they add up to, if that can have been spoilt.
        for _ in range(2 if "bent-20" in bent else 1):
            for route in routes:
                for query in [{}, *choices_of(route)]:
                    assert request_for(route, **query).send(client).status < 500
                for agent in bent if "{agent}" in route.path else ():
                    assert request_for(route, agent).send(client).status < 500, bent[agent]
            let_marks_age(database)
            count_marked(60)
    assert database["marks"].count_documents({}) == 0, "an hour could not be counted"
    named = caplog.text
    for field_and_id in bent.values():
        field, identity = field_and_id.split()
        assert re.search(rf"{identity}.*bent in .*{field}", named), field_and_id
    sound = client.get(SUM.format(AGENT, BASE)).json
    assert (sound["runs"], sound["cost"]["total"]) == (6, 6)


@pytest.mark.parametrize("bent", ["runs"], indirect=True)
def test_a_bent_run_spoils_no_write_and_no_number_of_its_neighbours(
    app: Chalice, database: Data, bent: dict[str, str]
) -> None:
    client = QuietClient(app)
    for agent, field_and_id in bent.items():
        field = field_and_id.split()[0]
        path = f"/api/v1/agents/{agent}/versions/{BASE}"
        counted = client.get(f"{path}/metrics").json["runs"]
        assert counted == 5 + (field in COUNTED) or field == "outcome", field
        new = {"id": 99, "status": "ok", "created": format_instant(now())}
        again = [{"id": n, "status": "ok", "cost": 2} for n in range(1, 7)]
        for method, body in (
            ("POST", {"runs": [*again, new]}),
            ("PATCH", {"runs": [{"id": n, "cost": 3} for n in range(1, 7)]}),
        ):
            answer = client.request(method, f"{path}/runs", body=body)
            assert answer.status < 500, (field, answer.text)
        assert client.get(f"{path}/runs/99").status == 200
        for run in range(1, 7):
            assert client.request("DELETE", f"{path}/runs/{run}").status < 500, field


def test_pages_go_on_behind_bent_documents(app: Chalice, database: Data) -> None:
    """However many there are, and however few fit on a page."""
    client = QuietClient(app)
    names = [f"agent-{n:02}" for n in range(12)]
    for name in names:
        client.post(f"/api/v1/agents/{name}/register", {"project": "p"})
    database["agents"].update_many({"name": {"$lt": "agent-05"}}, {"$unset": {"project": ""}})
    database["agents"].update_many({"name": "agent-08"}, {"$set": {"created_at": "now"}})
    for limit in (1, 2, 5, 12):
        listed, path = [], f"/api/v1/agents?limit={limit}"
        while path:
            answer = client.get(path)
            listed += [agent["name"] for agent in answer.json]
            path = answer.next_address or ""
        assert listed == [name for name in names[5:] if name != "agent-08"]
