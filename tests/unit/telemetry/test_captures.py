"""Real bodies from real frameworks become exactly the runs that a person reads out of them."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.telemetry.assembly import AssembledRun
from chalicelib.telemetry.reporting import describe
from tests.otlp_captures import Capture, captures, runs_of, spans_of


def summary(trace_id: bytes, run: AssembledRun) -> dict[str, Any]:
    facts = describe(run)
    return {
        "trace_id": trace_id.hex(),
        "span_id": run.span.span_id.hex(),
        "agent_name": run.agent.name,
        "status": facts["status"],
        "start_time_us": run.span.start_us,
        "duration_ms": None if run.span.duration_us is None else run.span.duration_us / 1000,
        "models": facts.get("models", []),
        "tools": facts.get("tools", []),
        "input_tokens": facts.get("input_tokens"),
        "output_tokens": facts.get("output_tokens"),
        "error_message": (run.agent.error or "")[:300] or None,
    }


def expected_of(capture: Capture) -> list[dict[str, Any]]:
    names = (
        *("trace_id", "span_id", "agent_name", "status", "duration_ms", "models", "tools"),
        *("input_tokens", "output_tokens", "error_message"),
    )
    expected = [
        {name: run[name] for name in names}
        | {"start_time_us": int(run["start_time_unix_nano"]) // 1000}
        for run in capture.expected
    ]
    return sorted(expected, key=lambda run: (run["start_time_us"], run["span_id"]))


@pytest.mark.parametrize("capture", captures(), ids=lambda c: c.name)
def test_a_capture_becomes_the_runs_that_a_person_reads_in_it(capture: Capture) -> None:
    found = [summary(trace_id, run) for trace_id, run in runs_of(spans_of(capture.name))]
    assert found == expected_of(capture)


@pytest.mark.parametrize("capture", captures(), ids=lambda c: c.name)
def test_versions_come_from_the_agents_span_or_else_from_the_service(capture: Capture) -> None:
    service_version = capture.entry["service_version"] or "unversioned"
    versions = {run["span_id"]: run["version"] or service_version for run in capture.expected}
    found = {r.span.span_id.hex(): r.agent.version for _, r in runs_of(spans_of(capture.name))}
    assert found == versions


@pytest.mark.parametrize("capture", captures(), ids=lambda c: c.name)
def test_a_nameless_agent_is_filed_under_its_service(capture: Capture) -> None:
    service = capture.entry["service_name"]
    names = {run["span_id"]: run["agent_name"] or service for run in capture.expected}
    found = {r.span.span_id.hex(): r.agent.called for _, r in runs_of(spans_of(capture.name))}
    assert found == names
