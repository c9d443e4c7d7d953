"""Captured requests posted to the service become the runs that a person reads in them."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from tests.lambda_client import LambdaClient
from tests.otlp_captures import FOLDER, Capture, captures

PROTOBUF, JSON = "application/x-protobuf", "application/json"


def send(client: LambdaClient, name: str, path: str = "/v1/traces") -> Any:
    body = (FOLDER / name).read_bytes()
    return client.post(path, body, content_type=JSON if ".json" in name else PROTOBUF)


def stored(database: Database[Any]) -> list[dict[str, Any]]:
    versions = {v["_id"]: v for v in database["versions"].find()}
    agents = {a["_id"]: a["name"] for a in database["agents"].find()}
    runs = []
    for run in database["runs"].find({"outcome": {"$exists": True}}).sort("created"):
        version = versions[run["_id"]["v"]]
        runs.append(
            {
                "id": run["_id"]["id"],
                "agent": agents[version["agent_id"]],
                "version": version["version"],
                "status": run["status"],
                "models": run["models"],
                "tools": run["tools"],
                "input_tokens": run.get("input_tokens"),
                "output_tokens": run.get("output_tokens"),
                "error": run.get("error"),
                "trace_id": run["trace_id"],
            }
        )
    return sorted(runs, key=lambda run: str(run["id"]))


def expected_of(capture: Capture) -> list[dict[str, Any]]:
    entry = capture.entry
    expected = [
        {
            "id": f"{run['trace_id']}-{run['span_id']}",
            "agent": run["agent_name"] or entry["service_name"],
            "version": run["version"] or entry["service_version"] or "unversioned",
            **{name: run[name] for name in ("status", "models", "tools", "trace_id")},
            **{name: run[name] for name in ("input_tokens", "output_tokens")},
            "error": run["error_message"],
        }
        for run in capture.expected
    ]
    return sorted(expected, key=lambda run: str(run["id"]))


@pytest.mark.parametrize("capture", captures(), ids=lambda c: c.name)
def test_a_posted_capture_becomes_its_runs(
    client: LambdaClient, database: Database[Any], capture: Capture
) -> None:
    for name in capture.files:
        answer = send(client, name)
        assert answer.status == 200
        assert answer.text == ("{}" if ".json" in name else "")
    assert stored(database) == expected_of(capture)
