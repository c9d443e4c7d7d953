"""Reports of runs as clients send them: what the README's example holds, in every one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from bson import ObjectId

from chalicelib.database.documents import RunDocument
from chalicelib.runs import document_of, parse_submission
from chalicelib.values.instants import now

STATUSES = (
    ["completed"] * 85 + ["failed"] * 8 + ["timeout"] * 3 + ["cancelled"] * 2 + ["running"] * 2
)
MODELS = [f"model-{number}" for number in range(8)]
TOOLS = [f"tool-{number}" for number in range(12)]

_ids = count(10**12)


def draw_reports(number: int, seed: int, *, hours: int = 1) -> list[dict[str, Any]]:
    """Runs of the last hours; no two calls give the same run."""
    random = Random(seed)
    present = datetime.now(UTC)
    return [
        _draw(random, next(_ids), present - timedelta(seconds=random.randrange(hours * 3600)))
        for _ in range(number)
    ]


def to_json(report: dict[str, Any]) -> str:
    return json.dumps(report)


def to_batch(reports: list[dict[str, Any]]) -> str:
    return json.dumps({"runs": reports})


def to_documents(
    reports: list[dict[str, Any]], agent_id: ObjectId, version_id: ObjectId
) -> list[RunDocument]:
    """The documents that the service stores for these reports."""
    recorded_at = now()
    validated = parse_submission(to_batch(reports).encode()).reports
    return [document_of(report, agent_id, version_id, recorded_at) for report in validated]


def _draw(random: Random, run_id: int, created: datetime) -> dict[str, Any]:
    status = random.choice(STATUSES)
    report = {
        "id": run_id,
        "created": f"{created:%Y-%m-%dT%H:%M:%SZ}",
        "status": status,
        "initiator": f"user{random.randrange(50)}@example.com",
        "tools": random.sample(TOOLS, random.randrange(1, 4)),
        "models": random.sample(MODELS, 1 + (random.random() < 0.3)),
        "task_id": random.randrange(1, 10_000),
    }
    if status != "running":
        report["time_taken"] = f"{random.lognormvariate(3.7, 1.1):.3f}s"
        report["cost"] = round(random.lognormvariate(-2.5, 1.2), 6)
    return report
