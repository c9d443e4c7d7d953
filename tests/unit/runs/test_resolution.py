"""Two reports of one run: which one stands, and what the client is told, case by case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from pydantic_core import to_json

from chalicelib.runs.reports import document_of, parse_submission
from chalicelib.runs.resolution import Resolution, resolve

Document = Any

AGENT, VERSION = ObjectId(), ObjectId()
RECORDED = datetime(2026, 3, 2, tzinfo=UTC)
CREATED, OTHER = "2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z"
RUNNING: Document = {"status": "running"}
DONE: Document = {"status": "completed", "created": CREATED}


def document(recorded_at: datetime = RECORDED, /, **fields: Any) -> Document:
    [report] = parse_submission(to_json({"id": 1, **fields})).reports
    return document_of(report, AGENT, VERSION, recorded_at)


def tell(*reports: Document) -> list[Resolution]:
    """What became of each report but the first."""
    stored, *later = (document(**report) for report in reports)
    results = []
    for reported in later:
        results.append(resolve(stored, reported))
        stored = results[-1].standing if results[-1].changed else stored
    return results


@pytest.mark.parametrize(
    "change",
    [
        {"time_taken": "330s"},
        {"time_taken": "PT5M30S"},
        {"time_taken": None},
        {"cost": 1},
        {"cost": None},
        {"status": " Completed"},
        {"metadata": {"b": True, "a": 1.0}},
        {"metadata": {"b": True, "a": 1, "unknown": None}},
        {"metadata": None},
        {"created": "2026-03-01T13:00:00+01:00"},
        {"created": "2026-03-01T12:00:00.000999Z"},
        {"created": None},
        {"task_id": "7"},
        {"task_id": 7.0},
        {"input_tokens": 5.0},
    ],
)
def test_the_same_said_otherwise_is_unchanged(change: Document) -> None:
    stored = DONE | {"time_taken": "5m30s", "cost": 1.0, "metadata": {"a": 1, "b": True}}
    stored |= {"task_id": 7, "input_tokens": 5}
    [result] = tell(stored, stored | change)
    assert (result.verdict, result.changed) == ("unchanged", False)


@pytest.mark.parametrize(
    ("change", "conflicting"),
    [
        ({"status": "done"}, ("status",)),
        ({"status": "failed"}, ("status",)),
        ({"time_taken": "5m31s"}, ("time_taken",)),
        ({"cost": 0}, ("cost",)),
        ({"created": OTHER}, ("created",)),
        ({"task_id": 12, "initiator": "bob"}, ("task_id", "initiator")),
        ({"tools": ["b", "a"]}, ("tools",)),
        ({"tools": []}, ("tools",)),
        ({"input_tokens": 0}, ("input_tokens",)),
        ({"error": ""}, ("error",)),
        ({"metadata": {"a": True}}, ("metadata",)),
        ({"metadata": {}}, ("metadata",)),
        ({"metadata": {"a": "1"}}, ("metadata",)),
        ({"outcome": "failed"}, ("outcome",)),
        ({"score": 0.25}, ("score",)),
        ({"trace_id": "b", "models": ["m"]}, ("trace_id",)),
    ],
)
def test_a_finished_report_that_contradicts_conflicts_naming_it(
    change: Document, conflicting: tuple[str, ...]
) -> None:
    stored = DONE | {"time_taken": "5m30s", "cost": 0.1, "tools": ["a", "b"], "metadata": {"a": 1}}
    stored |= {"outcome": "succeeded", "task_id": 1, "initiator": "ada", "input_tokens": 1}
    stored |= {"error": "late", "score": 0.5, "trace_id": "a"}
    [result] = tell(stored, stored | change)
    assert (result.verdict, result.changed) == ("conflict", False)
    assert result.conflicting == conflicting


@pytest.mark.parametrize(
    "more",
    [
        {"cost": 0.2},
        {"time_taken": "1s", "tools": ["a"]},
        {"outcome": "failed"},
        {"score": -1, "metadata": {"a": 1}},
        {"created": CREATED},
    ],
)
def test_two_finished_reports_complete_each_other(more: Document) -> None:
    first = {"status": "completed", "initiator": "ada"}
    second = {"status": "completed", **more}
    [one] = tell(first, second)
    [other] = tell(second, first)
    assert one.verdict == other.verdict == "updated"
    assert told(one.standing) == told(other.standing) == told(document(**first, **more))


def told(run: Document) -> Document:
    """A run as it is known, whenever it was recorded and counted."""
    left_out = (
        "recorded_at",
        "counted",
        "counted_at",
        *(("created",) if "created_assigned" in run else ()),
    )
    return {name: value for name, value in run.items() if name not in left_out}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"status": "queued"}, {"status": "running"}),
        ({"status": "Queued"}, {"status": "In-Progress"}),
        ({"status": "running", "cost": 5}, {"status": "completed", "cost": 1}),
        ({"status": "running", "cost": 5}, {"status": "a new word", "cost": 1}),
        ({"status": "a new word", "cost": 5}, {"status": "failed", "cost": 1}),
        ({"status": "running", "time_taken": "1s"}, {"status": "running", "time_taken": "2s"}),
        ({"status": "running", "cost": 0}, {"status": "running", "cost": 0.1}),
        ({"status": "running", "input_tokens": 1}, {"status": "running", "input_tokens": 2}),
        ({"status": "queued", "cost": 9}, {"status": "started", "cost": 1}),
    ],
)
def test_a_later_stage_stands_over_an_earlier_one_in_either_order(
    earlier: Document, later: Document
) -> None:
    [up], [down] = tell(earlier, later), tell(later, earlier)
    assert (up.verdict, up.changed) == ("updated", True)
    assert (down.verdict, down.changed) == ("superseded", False)
    assert told(up.standing) == told(down.standing)


def test_a_last_report_keeps_what_only_the_first_one_said() -> None:
    first = RUNNING | {"initiator": "ci", "models": ["gpt-5"], "task_id": 7, "cost": 0.1}
    last = {"status": "completed", "cost": 0.2}
    [result] = tell(first, last)
    assert result.verdict == "updated"
    assert result.standing["models"] == ["gpt-5"]
    assert (result.standing["task_id"], result.standing["initiator"]) == (7, "ci")
    assert (result.standing["cost"], result.standing["outcome"]) == (0.2, "succeeded")


def test_a_late_first_report_completes_the_run_that_has_ended() -> None:
    [result] = tell({"status": "completed", "cost": 0.2}, RUNNING | {"initiator": "ci", "cost": 0})
    assert (result.verdict, result.standing["initiator"]) == ("updated", "ci")
    assert (result.standing["status"], result.standing["cost"]) == ("completed", 0.2)


def test_a_finished_report_overrules_what_was_said_in_progress_however_late_it_comes() -> None:
    *_, last = tell(
        RUNNING | {"initiator": "cron"},
        {"status": "completed", "cost": 1},
        {"status": "completed", "initiator": "ada"},
    )
    assert (last.verdict, last.standing["initiator"]) == ("updated", "ada")


def test_an_unknown_word_is_completed_by_a_known_one() -> None:
    [result] = tell({"status": "handing over", "cost": 3}, {"status": "done"})
    assert (result.verdict, result.standing["outcome"]) == ("updated", "succeeded")
    assert result.standing["cost"] == 3


def test_what_was_said_of_the_outcome_in_progress_is_over_when_the_run_is() -> None:
    for reports in (
        ({"status": "running", "outcome": "in_progress"}, {"status": "completed"}),
        ({"status": "completed"}, {"status": "running", "outcome": "in_progress"}),
        ({"status": "completed", "outcome": "in_progress"}, {"status": "completed"}),
    ):
        *_, last = tell(*reports)
        assert last.standing["outcome"] == "succeeded"
        assert "reported_outcome" not in last.standing


def test_a_verdict_counts_as_the_report_of_a_finished_run() -> None:
    *_, last = tell({"status": "running", "outcome": "failed"}, RUNNING | {"cost": 1})
    assert (last.standing["outcome"], last.standing["cost"]) == ("failed", 1)


def test_a_report_that_gives_no_creation_time_leaves_the_known_one() -> None:
    later = document(RECORDED + timedelta(hours=1), status="completed")
    told_before = resolve(document(status="running", created=CREATED), later).standing
    assert told_before["created"] == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assigned_before = resolve(document(status="running"), later).standing
    assert assigned_before["created"] == RECORDED


def test_what_was_cut_of_a_field_goes_with_it() -> None:
    long = RUNNING | {"error": "x" * 5000, "metadata": {"log": "y" * 5000, "b": 1}}
    *_, last = tell(long, {"status": "failed", "error": "short"})
    assert last.standing["truncated"] == ["metadata.log"]
    *_, last = tell(long, {"status": "failed", "error": "z" * 5000, "metadata": {}})
    assert last.standing["truncated"] == ["error"]


def test_counters_keep_what_an_ended_run_was_when_a_report_changes_it() -> None:
    verdict, price, taken = tell(
        {"status": "completed"},
        {"status": "completed", "outcome": "failed"},
        {"status": "completed", "cost": 0.5},
        {"status": "completed", "time_taken": 2},
    )
    assert verdict.standing["counted"] == {"outcome": "succeeded", "without_cost": True}
    assert price.standing["counted"]["cost"] == 0.5
    assert taken.standing["counted"]["duration_us"] == 2_000_000
    assert taken.standing["outcome"] == "failed"


def test_what_completes_a_run_is_counted_with_it() -> None:
    _, duration = tell(
        {"status": "completed", "cost": 1},
        {"status": "completed", "initiator": "ada"},
        {"status": "completed", "time_taken": 2},
    )
    assert "counted" not in duration.standing


def assembled(spans: int, **fields: Any) -> Document:
    return document(**fields) | {"assembled": spans}


def test_a_later_assembly_of_a_trace_replaces_an_earlier_one_in_either_order() -> None:
    few = assembled(2, status="completed", cost=1, error="half")
    many = assembled(5, status="failed", cost=3)
    up, down = resolve(few, many), resolve(many, few)
    assert (up.verdict, down.verdict) == ("updated", "superseded")
    assert told(up.standing) == told(down.standing) == told(many)


def test_what_a_client_says_outranks_telemetry() -> None:
    spans, said = assembled(9, status="completed", cost=3), document(status="failed", cost=1)
    one, other = resolve(spans, said).standing, resolve(said, spans).standing
    assert told(one) == told(other)
    assert (one["status"], one["cost"]) == ("failed", 1)
