"""Stored documents of every kind that the service stores are sound; others are not."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from bson.int64 import Int64

from chalicelib.database import bent_fields
from chalicelib.database.documents import RunDocument
from chalicelib.runs import document_of, parse_submission
from chalicelib.values.instants import now


def stored(body: bytes) -> dict[str, Any]:
    (report,) = parse_submission(body).reports
    return dict(document_of(report, ObjectId(), ObjectId(), now()))


@pytest.mark.parametrize(
    "said",
    [
        b'"time_taken": 0.5',
        b'"time_taken": 5',
        b'"time_taken": "5m30s"',
        b'"cost": 1',
        b'"cost": 0.5, "score": 3',
        b'"id": 7, "task_id": 9223372036854775807',
        b'"id": "a-b", "task_id": "c"',
        b'"created": "2026-03-01T12:00:00Z", "outcome": "failed"',
        b'"tools": ["a"], "models": [], "initiator": "", "error": "lost", "trace_id": "t"',
        b'"input_tokens": 12.0, "output_tokens": 3, "metadata": {"a": 1, "b": true}',
    ],
)
def test_a_run_is_sound_whatever_may_be_said_of_it(said: bytes) -> None:
    assert bent_fields(stored(b'{"status": "ok", ' + said + b"}"), RunDocument) == []


@pytest.mark.parametrize(
    ("field", "value", "is_sound"),
    [
        *(("duration_us", Int64(5), True), ("duration_us", 5.5, False), ("status", None, False)),
        *(("tools", "a", False), ("tools", [5], False), ("outcome", "well", False)),
        *(("created", "2026-03-01", False), ("metadata", [], False), ("cost", True, False)),
    ],
)
def test_a_field_of_another_type_is_bent(field: str, value: Any, is_sound: bool) -> None:
    run = stored(b'{"status": "ok"}') | {field: value}
    assert bent_fields(run, RunDocument) == ([] if is_sound else [field])


@pytest.mark.parametrize("field", ["status", "outcome", "created", "recorded_at", "agent_id"])
def test_a_field_that_every_run_has_is_missed(field: str) -> None:
    run = stored(b'{"status": "ok"}')
    del run[field]
    assert bent_fields(run, RunDocument) == [field]
