"""Every answer of every route is one that Lambda takes, however wide the names are.

A fleet of names as long as they may be, of characters that are carried as twelve bytes each; each
route with every grouping that it knows, the largest page and the most buckets. What AWS's own
marshaller makes of the answers is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from awslambdaric.lambda_runtime_marshaller import to_json

from chalicelib.answers.questions import MAX_BUCKETS, MAX_BUCKETS_OF_GROUPS
from chalicelib.errors import AnswerTooLarge
from chalicelib.http import ENDPOINTS, Endpoint, Reply
from chalicelib.http.replies import render
from chalicelib.values.carrying import LAMBDA_ANSWER_BYTES
from tests.integration.route_requests import CANDIDATE, choices_of, request_for
from tests.lambda_client import LambdaClient, segment
from tests.paging import whole

START = datetime(2026, 3, 1, tzinfo=UTC)
VERSIONS, GROUPS = 45, 130
READ = [route for route in ENDPOINTS if route.method == "GET"]


def wide(number: int, length: int = 200) -> str:
    return "😀" * (length - 4) + f"{number:04}"


def fill(client: LambdaClient) -> None:
    labels = {"tools": [wide(n) for n in range(100)], "models": [wide(n) for n in range(100)]}
    for number in range(VERSIONS):
        agent = f"/api/v1/agents/{segment(wide(number))}"
        post(client, f"{agent}/register", {"project": wide(number)})
        post(
            client, f"{agent}/versions", {"version": wide(number), "cluster": wide(number)} | labels
        )
        run = {"id": 1, "status": wide(number, 64), "initiator": wide(number)} | labels
        post(client, f"{agent}/versions/{segment(wide(number))}/runs", run)


def fill_hours(client: LambdaClient) -> None:
    agent = f"/api/v1/agents/{segment(wide(0))}"
    post(client, f"{agent}/versions", {"version": CANDIDATE})
    runs = list(hourly_runs())
    for start in range(0, len(runs), 500):
        batch = {"runs": runs[start : start + 500]}
        post(client, f"{agent}/versions/{segment(wide(0))}/runs", batch)


def hourly_runs() -> Iterator[dict[str, Any]]:
    for hour in range(MAX_BUCKETS):
        group = hour % GROUPS
        yield {
            "id": 1_000 + hour,
            "created": (START + timedelta(hours=hour)).isoformat(),
            "status": wide(group, 64),
            "time_taken": 1e6 / 7 + hour,
            "cost": 1e11 / 7 + hour,
            "initiator": wide(group),
            "tools": [wide(group)],
            "models": [wide(group)],
            "error": "😀" * 20,
        }


def post(client: LambdaClient, path: str, body: dict[str, Any]) -> None:
    answer = client.post(path, body)
    assert answer.status == 201, answer.text[:500]


def questions_of(route: Endpoint) -> Iterator[dict[str, str]]:
    known = route.query.__annotations__
    largest = {"limit": "5000"} if "limit" in known else {}
    yield largest
    if "interval" not in known:
        yield from (largest | choice for choice in choices_of(route))
        return
    groups = [choice for choice in choices_of(route) if "group_by" in choice]
    yield from groups
    yield by_hour(MAX_BUCKETS)
    for choice in groups if route.path == "/api/v1/metrics" else [{"group_by": "initiator"}]:
        yield by_hour(MAX_BUCKETS_OF_GROUPS) | choice


def by_hour(hours: int) -> dict[str, str]:
    end = START + timedelta(hours=hours)
    return {"interval": "hour", "from": START.isoformat(), "to": end.isoformat()}


@pytest.mark.timeout(600)
def test_every_answer_of_every_route_fits_into_lambdas(client: LambdaClient) -> None:
    fill(client)
    fill_hours(client)
    asked = 0
    for route in READ:
        for question in questions_of(route):
            path = request_for(route, agent=wide(0)).path.replace("1.0-walked", segment(wide(0)))
            sent = f"{path}{'&' if '?' in path else '?'}{urlencode(question)}"
            response = client.app(client.event("GET", sent), None)
            size = len(to_json(response))
            assert size <= LAMBDA_ANSWER_BYTES, (route.path, question, size)
            assert response["statusCode"] < 500, (route.path, question, response["body"][:500])
            assert "answer_too_large" not in response["body"][:500], (route.path, question)
            asked += 1
    assert asked > 50


def test_every_version_is_in_the_pages_of_agent_versions(client: LambdaClient) -> None:
    fill(client)
    found = whole(client, "/api/v1/ui/agent_versions?limit=5000")
    assert len({version["id"] for version in found}) == len(found) == VERSIONS
    seen = [datetime.fromisoformat(version["lastSeen"]) for version in found]
    assert seen == sorted(seen, reverse=True)
    first = client.get("/api/v1/ui/agent_versions?limit=5000")
    assert 1 < len(first.json) < VERSIONS
    assert whole(client, "/api/v1/ui/agent_versions?limit=7") == found


def test_what_no_answer_can_hold_is_refused_with_what_to_do() -> None:
    render(Reply("x" * 6_200_000))
    for body in ("x" * 6_300_000, "😀" * 525_000, '"' * 3_200_000):
        with pytest.raises(AnswerTooLarge, match="ask for less"):
            render(Reply(body))
