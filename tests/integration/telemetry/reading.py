"""Posts requests of spans, and reads what became of them."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from tests.lambda_client import Answer, LambdaClient
from tests.otlp_captures import Capture
from tests.otlp_messages import PROTOBUF

FACTS = ("status", "models", "tools", "input_tokens", "output_tokens", "error", "trace_id")


def post(client: LambdaClient, body: bytes, media_type: str = PROTOBUF) -> Answer:
    return client.post("/v1/traces", body, content_type=media_type)


def stored_runs(database: Database[Any]) -> list[dict[str, Any]]:
    """All runs that count, by id."""
    versions = {v["_id"]: v for v in database["versions"].find()}
    agents = {a["_id"]: a["name"] for a in database["agents"].find()}
    runs = []
    for run in database["runs"].find({"deleted_at": None}):
        version = versions[run["_id"]["v"]]
        filed = {"agent": agents[version["agent_id"]], "version": version["version"]}
        runs.append({"id": run["_id"]["id"], **filed} | {name: run.get(name) for name in FACTS})
    return sorted(runs, key=lambda run: str(run["id"]))


def runs_in(capture: Capture) -> list[dict[str, Any]]:
    """The runs that a person reads in a capture, in the same form."""
    entry = capture.entry
    expected = [
        {
            "id": f"{run['trace_id']}-{run['span_id']}",
            "agent": run["agent_name"] or entry["service_name"],
            "version": run["version"] or entry["service_version"] or "unversioned",
        }
        | {name: run.get(name) for name in FACTS}
        | {"error": run["error_message"]}
        for run in capture.expected
    ]
    return sorted(expected, key=lambda run: str(run["id"]))
