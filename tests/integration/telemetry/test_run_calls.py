"""What a run from spans did while it ran, for its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from tests.integration.telemetry.reading import post
from tests.lambda_client import LambdaClient, segment
from tests.otlp_captures import FOLDER

ClientWith = Callable[..., LambdaClient]
BODY = FOLDER / "strands-native" / "ok-agent-version.pb"
RUNS = "/api/v1/agents/WeatherAgent/versions/1.0.3/runs"


def calls_of(client: LambdaClient) -> Any:
    (run,) = client.get(RUNS).json
    answer = client.get(f"{RUNS}/{segment(run['id'])}/calls")
    assert answer.status == 200
    return answer.json


def test_calls_and_tools_come_by_time_with_tokens_and_costs(client: LambdaClient) -> None:
    post(client, BODY.read_bytes())
    calls = calls_of(client)
    named = [(call["kind"], call["name"]) for call in calls]
    assert named == [("model", "gpt-4o-mini"), ("tool", "get_weather"), ("model", "gpt-4o-mini")]
    assert [call.get("input_tokens") for call in calls] == [47, None, 61]
    assert calls[0]["cost"] == pytest.approx(47 * 0.15e-6 + 9 * 0.6e-6)
    offsets = [call["offset_ms"] for call in calls]
    assert offsets == sorted(offsets)
    assert all(call["duration_ms"] > 0 for call in calls)


@pytest.mark.parametrize("project", [None, "billing"])
def test_a_reader_sees_what_a_token_of_the_project_has_sent(
    client_with: ClientWith, project: str | None
) -> None:
    post(client_with("ingest", project="billing"), BODY.read_bytes())
    assert len(calls_of(client_with("read", project=project))) == 3


def test_there_are_none_without_spans(client: LambdaClient, database: Database[Any]) -> None:
    post(client, BODY.read_bytes())
    database["spans"].delete_many({})
    assert calls_of(client) == []
    client.post(RUNS, {"id": 7, "status": "completed"})
    assert client.get(f"{RUNS}/7/calls").json == []
    assert client.get(f"{RUNS}/8/calls").status == 404
