"""What changed is told of agents that changed, and of no others."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.lambda_client import LambdaClient

Document = dict[str, Any]
START = datetime(2026, 3, 8, tzinfo=UTC)
WEEK = timedelta(days=7)


def fill(
    client: LambdaClient,
    agent: str,
    version: str,
    start: datetime,
    *,
    rate: float = 0.9,
    cost: float = 0.1,
    number: int = 200,
    seed: int = 1,
) -> None:
    """Runs of a version over a week that succeed and cost as told, with some luck."""
    chance = random.Random(f"{agent}{version}{seed}")
    path = f"/api/v1/agents/{agent}"
    client.post(f"{path}/register", {"project": "shop"})
    client.post(f"{path}/versions", {"version": version})
    runs = [
        {
            "created": (start + WEEK * chance.random()).isoformat(),
            "status": "completed" if chance.random() < rate else "failed",
            "time_taken": chance.lognormvariate(3, 0.5),
            "cost": cost * chance.lognormvariate(0, 0.3),
        }
        for _ in range(number)
    ]
    assert client.post(f"{path}/versions/{version}/runs", {"runs": runs}).status == 201


def ask(client: LambdaClient, **query: str) -> Document:
    sent = {"from": START.isoformat(), "to": (START + WEEK).isoformat(), **query}
    answer = client.get(f"/api/v1/changes?{urlencode(sent)}")
    assert answer.status == 200, answer.text
    return dict(answer.json)


def test_a_worse_version_is_told_with_its_size_and_its_money(client: LambdaClient) -> None:
    fill(client, "coder", "1.9", START - WEEK)
    fill(client, "coder", "1.10", START, rate=0.6, cost=0.2)
    fill(client, "triage", "1", START - WEEK)
    fill(client, "triage", "2", START)
    found = ask(client)
    assert (found["compared"], found["insufficient"], found["changed"]) == (2, 0, 1)
    (change,) = found["changes"]
    assert (change["agent"], change["base_version"], change["candidate_version"]) == (
        "coder",
        "1.9",
        "1.10",
    )
    rulings = {name: verdict["verdict"] for name, verdict in change["verdicts"].items()}
    assert rulings == {"success_rate": "worse", "cost": "worse"}
    assert 15 < change["extra_cost"] < 27
    assert 0.6 < change["size"] < 1.4


def test_the_worst_comes_first_and_what_got_better_last(client: LambdaClient) -> None:
    for agent, rate in (("a-better", 0.99), ("b-bad", 0.55), ("c-worst", 0.3)):
        fill(client, agent, "1", START - WEEK, rate=0.8)
        fill(client, agent, "2", START, rate=rate)
    assert [change["agent"] for change in ask(client)["changes"]] == [
        "c-worst",
        "b-bad",
        "a-better",
    ]


def test_two_weeks_of_one_version_are_compared_against_the_window(client: LambdaClient) -> None:
    fill(client, "coder", "1", START - WEEK)
    fill(client, "coder", "1", START, cost=0.3, seed=2)
    assert ask(client)["insufficient"] == 1
    found = ask(client, against="window")
    (change,) = found["changes"]
    assert (change["base_version"], list(change["verdicts"])) == (None, ["cost"])
    assert found["before"] == {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}


def test_nothing_is_said_where_nothing_changed_or_little_is_known(client: LambdaClient) -> None:
    fill(client, "coder", "1", START - WEEK)
    fill(client, "coder", "2", START)
    fill(client, "rare", "1", START - WEEK, number=5)
    fill(client, "rare", "2", START, number=5, rate=0.0)
    found = ask(client)
    assert (found["compared"], found["insufficient"], found["changes"]) == (1, 1, [])


def test_an_empty_service_has_no_changes(client: LambdaClient) -> None:
    assert ask(client)["changes"] == []
    assert client.get("/api/v1/changes").status == 200


def test_another_project_is_none_of_a_tokens_business(client_with: Any) -> None:
    fill(client_with("admin"), "coder", "1", START - WEEK)
    fill(client_with("admin"), "coder", "2", START, rate=0.2)
    assert ask(client_with("read", project="shop"))["changed"] == 1
    assert ask(client_with("read", project="lab"))["changed"] == 0
    assert ask(client_with("read", project="lab"), project="shop")["changed"] == 0


@pytest.mark.parametrize(
    "query", ["against=month", "limit=0", "from=2026-03-02T00:00:00Z&to=2026-03-02T00:00:00Z"]
)
def test_what_makes_no_sense_is_refused(client: LambdaClient, query: str) -> None:
    assert client.get(f"/api/v1/changes?{query}").status == 400


def test_a_filter_leaves_out_what_changed_elsewhere(client: LambdaClient) -> None:
    fill(client, "coder", "1", START - WEEK)
    fill(client, "coder", "2", START, rate=0.5)
    assert ask(client)["changed"] == 1
    # All that failed is worse by the filter's own making: nothing is left to compare.
    assert ask(client, outcome="succeeded")["changed"] == 0
    assert ask(client, model="none of them")["compared"] == 0
    two = client.get("/api/v1/changes?model=a&tool=b")
    assert (two.status, two.json["code"]) == (400, "combination_not_supported")


@pytest.mark.parametrize(
    "query",
    [
        "to=4444-05-11T10:47:53-19:54&from=2026-03-01",
        "from=1970-01-01&to=9999-12-31",
        "from=1970-02-01&to=1970-06-01",
        "from=9999-12-30&to=9999-12-31",
    ],
)
def test_a_range_of_any_length_has_a_time_before_it(client: LambdaClient, query: str) -> None:
    answer = client.get(f"/api/v1/changes?{query}")
    assert answer.status == 200, answer.text
    before = answer.json["before"]
    assert before["from"] <= before["to"] == answer.json["from"]
