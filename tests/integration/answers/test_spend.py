"""What is spent and foreseen: the same to the page, to a script and to a budget's watch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.watches import look_after
from tests.lambda_client import LambdaClient

Document = dict[str, Any]
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def post(client: LambdaClient, agent: str, runs: list[Document], project: str = "shop") -> None:
    path = f"/api/v1/agents/{agent}"
    client.post(f"{path}/register", {"project": project})
    client.post(f"{path}/versions", {"version": "1"})
    sent = [{"status": "completed", **run} for run in runs]
    assert client.post(f"{path}/versions/1/runs", {"runs": sent}).status in (200, 201)


def days_of(cost: float, *, days: int = 30, **fields: Any) -> list[Document]:
    """A run at the beginning of each of the last days, today too."""
    return [
        {"created": (TODAY - timedelta(days=day)).isoformat(), "cost": cost, **fields}
        for day in range(days)
    ]


def ask(client: LambdaClient, path: str = "/api/v1/spend", **query: str) -> Document:
    answer = client.get(f"{path}?{urlencode(query)}")
    assert answer.status == 200, answer.text
    return dict(answer.json)


def test_the_month_so_far_is_what_metrics_say_of_it(client: LambdaClient) -> None:
    tokens = {"input_tokens": 900, "output_tokens": 100, "cache_read_input_tokens": 300}
    post(client, "coder", days_of(2, models=["opus"], **tokens))
    found = ask(client, tz="Asia/Kolkata")
    same = ask(client, "/api/v1/metrics", **{"from": found["from"], "to": found["to"]})
    for name in ("runs", "cost", "tokens", "success_rate"):
        assert found[name] == same[name]
    tokens_found = found["tokens"]
    assert tokens_found["total"] == 1000 * found["runs"]
    assert (tokens_found["mean"], tokens_found["cache_read_share"]) == (1000, pytest.approx(1 / 3))
    assert sum(day["spent"] or 0 for day in found["days"]) == found["cost"]["total"]


def test_steady_days_foretell_the_month_and_each_of_its_groups(client: LambdaClient) -> None:
    post(client, "coder", days_of(2, models=["opus"], initiator="ci"))
    post(client, "triage", days_of(1, models=["opus", "haiku"]))
    found = ask(client, group_by="agent")
    start, end, present = (datetime.fromisoformat(found[name]) for name in ("from", "to", "as_of"))
    to_come = (end - present) / timedelta(days=1)
    assert found["forecast"]["method"] == "weekdays"
    assert found["forecast"]["total"] == pytest.approx(found["cost"]["total"] + 3 * to_come)
    assert [group["agent"] for group in found["groups"]] == ["coder", "triage"]
    for group, cost in zip(found["groups"], (2, 1), strict=True):
        spent = group["cost"]["total"]
        assert group["forecast"]["total"] == pytest.approx(spent + cost * to_come)
    assert len(found["days"]) == round((end - start) / timedelta(days=1))
    expected = sum(day["expected"] or 0 for day in found["days"])
    assert found["cost"]["total"] + expected == pytest.approx(found["forecast"]["total"])
    by_model = ask(client, group_by="model", limit="1")
    assert by_model["overlapping"] is True
    assert by_model["others"]["cost"]["total"] == ask(client, model="haiku")["cost"]["total"]


def test_it_is_filtered_as_metrics_are(client: LambdaClient) -> None:
    post(client, "coder", days_of(2, initiator="ci"))
    post(client, "triage", days_of(1), project="support")
    of_ci = ask(client, initiator="ci", group_by="project")
    assert [group["project"] for group in of_ci["groups"]] == ["shop"]
    assert (
        ask(client, "/api/v1/agents/triage/spend")["cost"] == ask(client, project="support")["cost"]
    )
    refused = client.get("/api/v1/spend?initiator=ci&group_by=model")
    assert (refused.status, refused.json["code"]) == (400, "combination_not_supported")
    assert client.get("/api/v1/spend?period=year").status == 400


def test_a_budget_reads_the_same_forecast(client: LambdaClient) -> None:
    post(client, "coder", [*days_of(2), *days_of(0.5, days=9, initiator="ci")])
    condition = {"type": "budget", "amount": 1000, "period": "month", "tz": "Europe/Berlin"}
    made = client.post("/api/v1/watches", {"name": "b", "agent": "coder", "condition": condition})
    client.post("/api/v1/watches", {"name": "s", "condition": {"type": "silence", "for": "9h"}})
    assert made.status == 201, made.text
    look_after(30)
    found = ask(client, "/api/v1/agents/coder/spend", tz="Europe/Berlin")
    (budget,) = found["budgets"]
    reading, forecast = budget["reading"], found["forecast"]
    assert reading["spent"] == found["cost"]["total"]
    assert reading["forecast"] == pytest.approx(forecast["total"], rel=1e-3)
    assert reading["forecast_low"] == pytest.approx(forecast["low"], rel=1e-3)
    assert reading["forecast_high"] == pytest.approx(forecast["high"], rel=1e-3)
    assert [watch["name"] for watch in ask(client, project="shop")["budgets"]] == ["b"]
    assert ask(client, project="other")["budgets"] == []


def test_a_fleet_without_runs_has_spent_nothing_and_foretells_little(client: LambdaClient) -> None:
    found = ask(client, period="week", group_by="agent")
    assert (found["runs"], found["cost"]["total"]) == (0, None)
    assert (found["groups"], found["others"], found["budgets"]) == ([], None, [])
    assert found["forecast"] is None or found["forecast"]["total"] == 0
    assert len(found["days"]) == 7
