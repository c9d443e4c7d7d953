"""A session that asks the service everything that it can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any
from urllib.parse import urlencode

from bson import DatetimeMS
from pymongo.database import Database

from app import rollup
from chalicelib.access.stored_tokens import ensure_names_are_unique, list_tokens, revoke_token
from chalicelib.http import ENDPOINTS, Endpoint
from chalicelib.rollups import columns
from chalicelib.values.instants import to_ms
from chalicelib.wire.models import adapter
from tests.integration.conftest import ClientWith
from tests.integration.fleet import Fleet, draw_runs
from tests.integration.passing_time import let_marks_age
from tests.lambda_client import SCHEDULED_EVENT, LambdaClient

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
RUNS = 300
AGENT, PROJECT, RUN = "invoicer", "billing", 10**15
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_PATHS = {"agent": AGENT, "version": "1.0", "run": str(RUN), "trace": TRACE}
_REQUIRED = {"base": "1.0", "candidate": "2.0"}
# Values for each query parameter; an enumerated one has all of its words.
_VALUES: dict[str, list[str]] = {
    "project": [PROJECT],
    "name": ["inv"],
    "limit": ["2"],
    "from": ["2026-03-01T10:20:00Z"],
    "to": ["2026-03-02T10:20:00Z"],
    "status": ["completed"],
    "initiator": ["cron"],
    "tool": ["search"],
    "model": ["opus"],
    "task_id": ["7"],
    "id": ["7"],
    "error": ["time"],
    "metadata": ["branch=main"],
    "q": ["inv"],
    "version": ["1.0"],
    "tz": ["Asia/Kolkata"],
    "stale_after": ["1h"],
    "max_success_rate_drop": ["0.1"],
    "max_p95_increase": ["0.1"],
    "max_mean_cost_increase": ["0.1"],
    "min_runs": ["1"],
    "agent": [AGENT],
    "archived": ["true", "false"],
    "trace_id": [TRACE],
    "days": ["7"],
    "object": [AGENT],
    "token": ["token-1"],
}
# Taken from the answers, page after page.
_FOLLOWED = {"cursor"}


def ask_everything(client_with: ClientWith, database: Database[dict[str, Any]]) -> None:
    """Every route with every parameter; and what writes, and what the command line does."""
    clients = (client_with("admin"), client_with("admin", project=PROJECT))
    _fill(clients[0], database)
    for client, route in product(clients, ENDPOINTS):
        if route.method == "GET":
            for query in _queries(route):
                _ask(client, route, query)
    client_with("read").get("/api/v1/agents", authorization="Bearer none")
    _do_what_is_rare(database)


def _do_what_is_rare(database: Database[dict[str, Any]]) -> None:
    """What only a person does, and what only hours with very many runs lead to."""
    ensure_names_are_unique()
    for token in list(list_tokens()):
        revoke_token(token["name"])
    versions = [version["_id"] for version in database["versions"].find()]
    begin = to_ms(START)
    where = {"_id.v": {"$in": versions}, "created": {"$gte": DatetimeMS(begin)}}
    assert list(columns._stream(where, columns._ALWAYS))


def _fill(client: LambdaClient, database: Database[dict[str, Any]]) -> None:
    """Runs in rollups and in marked hours, and every way of reporting one."""
    fleet = Fleet(client)
    fleet.post(draw_runs(1, RUNS, START, END))
    let_marks_age(database)
    assert rollup(SCHEDULED_EVENT, None) > 0
    fleet.post(draw_runs(2, RUNS, START, END))
    path = f"/api/v1/agents/{AGENT}"
    for _ in range(2):
        client.post(f"{path}/register", {"project": PROJECT})
        client.post(f"{path}/versions", {"version": "1.0", "cluster": "eu"})
    created = "2026-03-01T12:00:00Z"
    for status in ("queued", "running", "completed", "completed", "failed"):
        run = {"id": RUN, "status": status, "created": created}
        client.post(f"{path}/versions/1.0/runs", run)
        client.post(f"{path}/versions/1.0/runs", {"runs": [run, run | {"id": RUN + 1}]})
        client.post(f"{path}/versions/1.0/runs", {"status": status, "created": created})


def _queries(route: Endpoint) -> Iterator[dict[str, str]]:
    """No parameter, each alone, and each with a range of time and a short page, where there are."""
    parameters: dict[str, dict[str, Any]] = adapter(route.query).json_schema().get("properties", {})
    unknown = parameters.keys() - _VALUES.keys() - _FOLLOWED - _REQUIRED.keys()
    choices = [
        (name, value)
        for name in sorted(parameters.keys() - _FOLLOWED - _REQUIRED.keys())
        for value in parameters[name].get("enum", _VALUES.get(name, ()))
    ]
    missing = unknown - {name for name, _ in choices}
    assert not missing, f"{route.path} takes {missing}: add a value to _VALUES"
    required = {name: _REQUIRED[name] for name in parameters.keys() & _REQUIRED.keys()}
    limited = {name: _VALUES[name][0] for name in parameters.keys() & {"from", "to", "limit"}}
    yield required
    for name, value in choices:
        yield required | {name: value}
        yield required | limited | {name: value}


def _ask(client: LambdaClient, route: Endpoint, query: dict[str, str]) -> None:
    """The first two pages, where there are pages."""
    path = route.path
    for name, value in _PATHS.items():
        path = path.replace(f"{{{name}}}", value)
    if "{" in path:
        return  # a file of the dashboard, which asks no database
    answer = client.get(f"{path}?{urlencode(query)}" if query else path)
    assert answer.status in (200, 404), answer.text
    if answer.next_address:
        assert client.get(answer.next_address).status == 200
