"""Costs of runs from spans: the spans' own, one's own prices, the public list, or not known."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalicelib.database import connection as mongo
from tests.integration.telemetry.reading import post
from tests.lambda_client import LambdaClient
from tests.otlp_messages import make_agent, make_call, make_request

ClientWith = Callable[..., LambdaClient]
RUNS = "/api/v1/agents/coder/versions/unversioned/runs"


def cost_of_call(client: LambdaClient, model: str, **attributes: Any) -> float | None:
    """What a new run with one call of a million and half a million tokens costs."""
    trace, top = os.urandom(16), os.urandom(8)
    call = make_call(
        model,
        (1_000_000, 500_000),
        trace_id=trace,
        parent_span_id=top,
        attributes=attributes,
    )
    post(client, make_request(make_agent(trace_id=trace, span_id=top), call))
    cost: float | None = client.get(f"{RUNS}/{trace.hex()}-{top.hex()}").json["cost"]
    return cost


def change(client: LambdaClient, models: Any) -> Any:
    return client.request("PATCH", "/api/v1/prices", body={"models": models})


def test_a_known_model_costs_what_the_public_list_says(client: LambdaClient) -> None:
    assert cost_of_call(client, "gpt-4o") == pytest.approx(2.5 + 5.0)


def test_a_spans_own_cost_wins(client: LambdaClient) -> None:
    assert cost_of_call(client, "gpt-4o", **{"operation.cost": 0.125}) == 0.125


def test_an_unknown_models_cost_is_not_known_and_is_listed(client: LambdaClient) -> None:
    assert cost_of_call(client, "house-model.v1") is None
    assert client.get("/api/v1/telemetry").json["unpriced"] == {"house-model.v1": 1}
    change(client, {"house-model.v1": {"input": 1, "output": 2}})
    assert client.get("/api/v1/telemetry").json["unpriced"] == {}


def test_a_run_with_one_unknown_cost_among_known_ones_has_none(client: LambdaClient) -> None:
    trace, top = os.urandom(16), os.urandom(8)
    calls = [
        make_call(model, trace_id=trace, parent_span_id=top) for model in ("gpt-4o", "house-model")
    ]
    post(client, make_request(make_agent(trace_id=trace, span_id=top), *calls))
    run = client.get(f"{RUNS}/{trace.hex()}-{top.hex()}").json
    assert (run["cost"], run["input_tokens"]) == (None, 20)


def test_prices_of_ones_own_win_until_they_are_removed(client: LambdaClient) -> None:
    answer = change(client, {"House-Model": {"input": 1, "output": 2}, "gpt-4o": {"input": 0}})
    assert answer.status == 200
    assert answer.json["models"] == {
        "house-model": {"input": 1, "output": 2},
        "gpt-4o": {"input": 0},
    }
    assert client.get("/api/v1/prices").json == answer.json
    assert answer.json["public_list"]["models"] > 1000
    assert cost_of_call(client, "HOUSE-model") == pytest.approx(2.0)
    assert cost_of_call(client, "router/house-model") == pytest.approx(2.0)
    assert cost_of_call(client, "gpt-4o") is None  # nothing is said of its output
    assert client.get("/api/v1/telemetry").json["unpriced"] == {"gpt-4o": 1}
    assert change(client, {"gpt-4o": None}).json["models"].keys() == {"house-model"}
    assert cost_of_call(client, "gpt-4o") == pytest.approx(7.5)


@pytest.mark.parametrize(
    "models",
    [
        {"m": {"input": -1}},
        {"m": {"input": "1"}},
        {"m": {"in": 1}},
        {"m": {"input": 10_000_000}},
        {"": {"input": 1}},
        {"m": 1},
        [],
    ],
)
def test_prices_that_cannot_be_change_nothing(client: LambdaClient, models: Any) -> None:
    change(client, {"kept": {"input": 1, "output": 1}})
    answer = change(client, models)
    assert (answer.status, answer.json["code"]) == (422, "invalid_body")
    assert client.get("/api/v1/prices").json["models"] == {"kept": {"input": 1, "output": 1}}


def test_a_file_of_prices_wins_over_the_list_and_loses_to_the_database(
    client: LambdaClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "prices.json"
    prices = {"gpt-4o": {"input": 1, "output": 0}, "house": {"input": 3, "output": 0}}
    file.write_text(json.dumps({"models": prices}))
    change(client, {"house": {"input": 7, "output": 0}})
    monkeypatch.setenv("PRICES_FILE", str(file))
    mongo.forget()
    assert cost_of_call(client, "gpt-4o") == pytest.approx(1.0)
    assert cost_of_call(client, "house") == pytest.approx(7.0)


@pytest.mark.parametrize("text", ["", "[]", '{"models": {"m": {"input": -1}}}', '{"models": 1}'])
def test_a_file_that_is_none_is_named(
    client: LambdaClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    file = tmp_path / "prices.json"
    file.write_text(text)
    monkeypatch.setenv("PRICES_FILE", str(file))
    mongo.forget()
    answer = post(client, make_request(make_agent()))
    assert answer.status == 503
    assert "PRICES_FILE" in answer.text


def test_a_token_of_a_project_changes_no_prices(client_with: ClientWith) -> None:
    answer = change(client_with("admin", project="billing"), {})
    assert (answer.status, answer.json["code"]) == (403, "project_forbidden")
