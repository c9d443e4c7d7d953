"""The session whose requests and answers are the examples of the API document.

Nothing in it depends on when or where it runs: the clock is set, ids are numbered anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from chalicelib.http import ENDPOINTS
from chalicelib.watches import look_after
from tests.lambda_client import Answer, LambdaClient
from tests.otlp_captures import FOLDER

PRESENT = datetime(2026, 3, 2, 12, tzinfo=UTC)
REQUEST_ID = "7c1f6f0e-3b1e-4c5e-9a39-0d4f2f1f8a10"
AGENT = "/api/v1/agents/checkout-agent"
VERSION = f"{AGENT}/versions/1.4.2"
DAY = "from=2026-03-01T12:00:00Z&to=2026-03-02T12:00:00Z"

_OBJECT_ID = re.compile(r"\b[0-9a-f]{24}\b")
_DATABASE = re.compile(r"mongodb://127\.0\.0\.1:\d+")
_SECRET = re.compile(r"whsec_[\w+/=]+")
_REQUEST_ID = re.compile(r'"request-\d+"')


@dataclass
class Recorder:
    """Sends requests and keeps, under the operation's name, what was sent and answered."""

    client: LambdaClient
    exchanges: list[dict[str, Any]] = field(default_factory=list)

    def get(self, name: str, path: str, **headers: str) -> None:
        self._keep(name, "GET", path, None, self.client.get(path, **headers))

    def post(self, name: str, path: str, body: Mapping[str, Any] | None) -> None:
        self._keep(name, "POST", path, body, self.client.post(path, body))

    def patch(self, name: str, path: str, body: Mapping[str, Any]) -> None:
        self._keep(name, "PATCH", path, body, self.client.request("PATCH", path, body=body))

    def delete(self, name: str, path: str) -> None:
        self._keep(name, "DELETE", path, None, self.client.request("DELETE", path))

    def _keep(self, name: str, method: str, path: str, body: Any, answer: Answer) -> None:
        route = self.client.event(method, path)["requestContext"]["resourcePath"]
        media_type = answer.headers.get("Content-Type", "").partition(";")[0]
        self.exchanges.append(
            {
                "operation": _operations()[method, route],
                "name": name,
                "path": path,
                "request": body,
                "status": answer.status,
                "media_type": media_type,
                "answer": answer.json
                if answer.text and media_type.endswith("/json")
                else answer.text,
            }
        )


def record_session(client: LambdaClient) -> list[dict[str, Any]]:
    """The exchanges of a session that calls every operation, in an empty database."""
    recorder = Recorder(client)
    _register(recorder)
    _report(recorder)
    _fill(client)
    _read(recorder)
    _measure(recorder)
    _correct(recorder)
    _send_spans(recorder)
    _watch(recorder)
    return recorder.exchanges


def settle(document: Any) -> Any:
    """The document with its ids numbered in the order of their appearance."""
    numbers = count(1)
    known: dict[str, str] = {}

    def renumber(match: re.Match[str]) -> str:
        if match[0] not in known:
            known[match[0]] = f"69a57ac0c0ffee{next(numbers):010x}"
        return known[match[0]]

    text = json.dumps(document, ensure_ascii=False)
    text = _DATABASE.sub("mongodb://localhost:27017", text)
    text = _SECRET.sub("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", text)
    text = _REQUEST_ID.sub(f'"{REQUEST_ID}"', _OBJECT_ID.sub(renumber, text))
    return json.loads(text)


def _register(recorder: Recorder) -> None:
    for name in ("new", "repeated"):
        recorder.post(name, f"{AGENT}/register", {"project": "shop"})
    version = {
        "version": "1.4.2",
        "cluster": "eu-central-1",
        "tools": ["search", "basket"],
        "models": ["claude-sonnet"],
        "deployment": "canary",
    }
    for name in ("new", "repeated"):
        recorder.post(name, f"{AGENT}/versions", version)
    recorder.client.post(f"{AGENT}/versions", {**version, "version": "1.4.1"})


def _report(recorder: Recorder) -> None:
    runs = f"{VERSION}/runs"
    started = {"id": 4711, "created": "2026-03-02T11:42:10Z", "status": "running"}
    finished = {
        **started,
        "task_id": 88,
        "status": "completed",
        "time_taken": "1m12.5s",
        "initiator": "web",
        "tools": ["search"],
        "models": ["claude-sonnet"],
        "cost": 0.0184,
        "input_tokens": 5210,
        "output_tokens": 644,
        "metadata": {"basket": "b-20931", "items": 3, "guest": True},
    }
    recorder.post("started", runs, started)
    recorder.post("finished", runs, finished)
    recorder.post("repeated", runs, finished)
    failed = {
        "id": 4712,
        "created": "2026-03-02T11:44:03Z",
        "status": "timeout",
        "time_taken": "PT5M",
        "error": "the payment provider did not answer",
    }
    recorder.post("one failed run", runs, failed)
    more = {
        "id": 4713,
        "created": "2026-03-02T11:45:00Z",
        "status": "completed",
        "time_taken": 41.2,
        "cost": 0.011,
    }
    batch = {"runs": [failed, more]}
    recorder.post("batch", runs, batch)
    recorder.post("batch repeated", runs, batch)
    new = {"id": 4714, "created": "2026-03-02T11:46:30Z", "status": "running"}
    conflict = {**more, "status": "failed"}
    invalid = {"id": 4715, "status": "ok", "time_taken": "a while"}
    recorder.post("batch partly rejected", runs, {"runs": [new, conflict, invalid]})
    recorder.post("batch rejected", runs, {"runs": [conflict, invalid]})


def _fill(client: LambdaClient) -> None:
    """Enough runs of both versions for a comparison to have something to say."""
    for version, seconds, failing in (("1.4.1", 90.0, 8), ("1.4.2", 60.0, 20)):
        batch = {"runs": list(_draw_runs(seconds, failing))}
        assert client.post(f"{AGENT}/versions/{version}/runs", batch).status == 201


def _draw_runs(seconds: float, failing: int) -> Iterator[dict[str, Any]]:
    for number in range(120):
        created = PRESENT - timedelta(minutes=20 + 10 * number)
        error = {} if number % failing else {"error": f"no answer after {20 + number} s"}
        yield {
            "id": number + 1,
            "task_id": number + 1,
            **error,
            "created": created.isoformat(),
            "status": "failed" if number % failing == 0 else "completed",
            "time_taken": seconds * (0.5 + number * 37 % 120 / 120),
            "models": ["claude-sonnet"],
            "tools": ["search"] if number % 2 else ["search", "basket"],
            "cost": round(0.01 + 0.0001 * (number * 53 % 120), 4),
        }


def _read(recorder: Recorder) -> None:
    recorder.get("agents of a project", "/api/v1/agents?project=shop&limit=10")
    recorder.get("one agent", AGENT)
    recorder.get("newest versions", f"{AGENT}/versions?limit=10")
    recorder.get("one version", VERSION)
    filters = "outcome=failed&tool=search&from=2026-03-01T00:00:00Z&to=2026-03-03T00:00:00Z&limit=2"
    recorder.get("failed runs", f"{VERSION}/runs?{filters}")
    recorder.get("newest runs", f"{AGENT}/runs?limit=2")
    for kind in ("text/csv", "application/x-ndjson"):
        recorder.get("newest runs", f"{VERSION}/runs?limit=2", accept=kind)
        recorder.get("newest runs", f"{AGENT}/runs?limit=2", accept=kind)
    recorder.get("one run", f"{VERSION}/runs/4711")


def _measure(recorder: Recorder) -> None:
    recorder.get("by agent", f"/api/v1/metrics?{DAY}&group_by=agent")
    recorder.get("by day", f"{AGENT}/metrics?{DAY}&interval=day&tz=Europe/Berlin")
    recorder.get("one version", f"{VERSION}/metrics?{DAY}")
    versions = "base=1.4.1&candidate=1.4.2"
    recorder.get("two versions", f"{AGENT}/compare?{versions}")
    limits = "max_success_rate_drop=0.02&max_p95_increase=0.1&max_mean_cost_increase=0.1"
    recorder.get("task by task", f"{AGENT}/compare/tasks?{versions}")
    recorder.get("since the version before", f"/api/v1/changes?{DAY}&against=version")
    recorder.get("failures", f"{AGENT}/failures?{DAY}&limit=2")
    recorder.get("dearest agents", f"/api/v1/standings?{DAY}&order=-cost&limit=2")
    recorder.get("newest versions", f"{AGENT}/standings?{DAY}&order=-version&limit=2")
    recorder.get("passed", f"{AGENT}/gate?{versions}&{limits}&min_runs=30")
    recorder.get("agents of the fleet", f"/api/v1/standings?{DAY}")
    recorder.get("versions of an agent", f"{AGENT}/standings?{DAY}")
    recorder.get("the week by model", "/api/v1/spend?period=week&group_by=model&limit=2")
    recorder.get("the day of an agent", f"{AGENT}/spend?period=day&tz=Europe/Berlin")
    recorder.get("tiles", "/api/v1/ui/stats?tz=Europe/Berlin")
    recorder.get("newest runs", "/api/v1/ui/recent_activity")
    recorder.get("versions", "/api/v1/ui/agent_versions")
    recorder.get("scrape", "/metrics/prometheus")
    openmetrics = "application/openmetrics-text;version=1.0.0"
    recorder.get("scrape", "/metrics/prometheus", accept=openmetrics)
    recorder.get("up", "/health")
    recorder.get("ready", "/ready")


def _correct(recorder: Recorder) -> None:
    """What was wrong is put right; what is of no use any more goes."""
    run = f"{VERSION}/runs/4712"
    recorder.patch("a verdict, and a cost", run, {"outcome": "failed", "cost": 0.0071})
    wrong = {"id": 4713, "score": 0.75}
    recorder.patch("a score", f"{VERSION}/runs", {"runs": [wrong]})
    unknown = {"id": 999, "cost": 1}
    recorder.patch("one unknown", f"{VERSION}/runs", {"runs": [wrong, unknown]})
    recorder.patch("unknown alone", f"{VERSION}/runs", {"runs": [unknown]})
    recorder.delete("deleted", f"{VERSION}/runs/4713")
    recorder.patch("moved to another cluster", VERSION, {"cluster": "eu-west-1"})
    other = "/api/v1/agents/trial-agent"
    recorder.client.post(f"{other}/register", {"project": "shop"})
    recorder.client.post(f"{other}/versions", {"version": "0.1"})
    recorder.patch("archived", other, {"archived": True})
    recorder.delete("deleted", f"{other}/versions/0.1")
    recorder.delete("deleted", other)


def _send_spans(recorder: Recorder) -> None:
    body = (FOLDER / "vercel-ai" / "v6-ok.json").read_bytes()
    assert recorder.client.post("/v1/traces", body).status == 200
    recorder.get("what was received", "/api/v1/telemetry?days=1")
    run = "4fb2694a75dc68b6f2ccd5916d9261d5-8bd53b456110fed0"
    spans = f"/api/v1/agents/weather-agent/versions/5.2.0/runs/{run}/calls"
    recorder.get("calls of a run from spans", spans)
    recorder.get("of one trace", f"/api/v1/traces/{run.partition('-')[0]}/runs")
    prices = {"house-model-1": {"input": 0.8, "output": 2.4, "cache_read_input": 0.1}}
    recorder.patch("a model of your own", "/api/v1/prices", {"models": prices})
    recorder.get("own prices", "/api/v1/prices")


def _watch(recorder: Recorder) -> None:
    """A watch is made, looked at, changed and deleted; nothing leaves this machine."""
    worse = {"type": "success_rate_drop", "base": "window", "window": "7d"}
    trial = {"agent": "checkout-agent", "condition": worse, "days": 7}
    recorder.post("a week", "/api/v1/watch-trials", trial)
    budget = {"type": "budget", "amount": 2, "period": "month", "tz": "Europe/Berlin"}
    watch = {
        "name": "checkout's month",
        "agent": "checkout-agent",
        "condition": budget,
        "notify": {"type": "webhook", "url": "https://example.com/hook"},
        "muted_until": "2026-03-03T00:00:00Z",
    }
    recorder.post("a budget", "/api/v1/watches", watch)
    path = f"/api/v1/watches/{recorder.exchanges[-1]['answer']['id']}"
    look_after(60)
    recorder.get("firing", path)
    recorder.get("firing", "/api/v1/watches?state=firing")
    recorder.get("history", f"{path}/events")
    recorder.get("of an agent", "/api/v1/watch-firings?agent=checkout-agent")
    recorder.patch("a larger budget", path, {"condition": {**budget, "amount": 5}})
    recorder.post("rotated", f"{path}/secret", None)
    nobody = {"type": "webhook", "url": "http://127.0.0.1:9/"}
    recorder.client.request("PATCH", path, {"notify": nobody})
    recorder.post("nobody there", f"{path}/test", None)
    recorder.delete("deleted", path)
    recorder.get("none", "/api/v1/tokens")
    recorder.get("of one agent", "/api/v1/audit?object=checkout-agent&limit=2")
    recorder.get("an open service", "/api/v1/whoami")


def _operations() -> dict[tuple[str, str], str]:
    return {(route.method, route.path): route.view.__name__ for route in ENDPOINTS}
