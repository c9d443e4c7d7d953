"""Two reports of one run: which one stands, and what the client is told, case by case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from pydantic_core import to_json

from chalicelib.runs.reports import document_of, parse_submission
from chalicelib.runs.resolution import Resolution, resolve

Document = dict[str, Any]

AGENT, VERSION = ObjectId(), ObjectId()
RECORDED = datetime(2026, 3, 2, tzinfo=UTC)
CREATED, OTHER = "2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z"


def document(recorded_at: datetime = RECORDED, /, **fields: Any) -> Document:
    [report] = parse_submission(to_json({"id": 1, **fields})).reports
    return document_of(report, AGENT, VERSION, recorded_at)


def _resolved(stored: Document, reported: Document) -> tuple[str, bool]:
    result: Resolution = resolve(document(**stored), document(**reported))
    return result.verdict, result.changed


DONE: Document = {"status": "completed", "created": CREATED}


@pytest.mark.parametrize(
    "change",
    [
        {"time_taken": "330s"},
        {"time_taken": "PT5M30S"},
        {"cost": 1},
        {"metadata": {"b": True, "a": 1.0}},
        {"created": "2026-03-01T13:00:00+01:00"},
        {"created": "2026-03-01T12:00:00.000999Z"},
        {"created": None},
        {"models": []},
    ],
)
def test_the_same_said_otherwise_is_unchanged(change: Document) -> None:
    stored = DONE | {"time_taken": "5m30s", "cost": 1.0, "metadata": {"a": 1, "b": True}}
    assert _resolved(stored, stored | change) == ("unchanged", False)


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        ({"status": "Completed"}, ("status",)),
        ({"status": "failed"}, ("status",)),
        ({"time_taken": "5m31s"}, ("time_taken",)),
        ({"time_taken": None}, ("time_taken",)),
        ({"cost": 0}, ("cost",)),
        ({"cost": None}, ("cost",)),
        ({"created": OTHER}, ("created",)),
        ({"task_id": 12, "initiator": "ada"}, ("task_id", "initiator")),
        ({"tools": ["b", "a"]}, ("tools",)),
        ({"models": ["m"]}, ("models",)),
        ({"input_tokens": 0}, ("input_tokens",)),
        ({"output_tokens": 0}, ("output_tokens",)),
        ({"error": ""}, ("error",)),
        ({"metadata": {"a": True}}, ("metadata",)),
        ({"metadata": {}}, ("metadata",)),
        ({"metadata": None}, ("metadata",)),
        ({"metadata": {"a": "1"}}, ("metadata",)),
    ],
)
def test_a_finished_report_with_other_content_conflicts_naming_it(
    change: Document, differing: tuple[str, ...]
) -> None:
    stored = DONE | {"time_taken": "5m30s", "cost": 0.1, "tools": ["a", "b"], "metadata": {"a": 1}}
    result = resolve(document(**stored), document(**(stored | change)))
    assert (result.verdict, result.differing) == ("conflict", differing)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"status": "queued"}, {"status": "running"}),
        ({"status": "running", "cost": 5}, {"status": "completed"}),
        ({"status": "running"}, {"status": "a new word"}),
        ({"status": "running", "time_taken": "1s"}, {"status": "running", "time_taken": "2s"}),
        ({"status": "running"}, {"status": "running", "cost": 0}),
        ({"status": "running", "input_tokens": 1}, {"status": "running", "input_tokens": 2}),
        ({"status": "queued", "cost": 9}, {"status": "started"}),
    ],
)
def test_a_later_stage_stands_over_an_earlier_one_in_either_order(
    earlier: Document, later: Document
) -> None:
    assert _resolved(earlier, later) == ("updated", True)
    assert _resolved(later, earlier) == ("superseded", False)


def test_a_creation_time_that_a_client_gives_replaces_one_that_the_server_assigned() -> None:
    result = resolve(document(status="completed"), document(**DONE))
    assert (result.verdict, result.changed) == ("unchanged", True)
    assert result.standing["created"] == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert "created_assigned" not in result.standing


def test_a_report_that_gives_no_creation_time_leaves_the_known_one() -> None:
    later = document(RECORDED + timedelta(hours=1), status="completed")
    told_before = resolve(document(status="running", created=CREATED), later).standing
    assert told_before["created"] == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assigned_before = resolve(document(status="running"), later).standing
    assert assigned_before["created"] == RECORDED
