"""`make load`, for some seconds: that it runs, and that it would say so if the service did not."""

from __future__ import annotations

import subprocess
import sys
from array import array
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.callers import KINDS, SCHEDULED, Record
from benchmarks.load import find_complaints

ROOT = Path(__file__).parents[2]
SECONDS = 6


def test_under_load_nothing_fails_and_the_totals_are_right() -> None:
    command = [sys.executable, "-m", "benchmarks.load", f"--seconds={SECONDS}", "--processes=2"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    for name in (*(kind.name for kind in KINDS), SCHEDULED):
        assert f"| {name} |" in run.stdout


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({}, None),
        ({"failures": Counter({"one run: 500": 2})}, "2 times: one run: 500"),
        ({"end_mb": 90.0}, "process 1 grew from 60 to 90 MB"),
        ({"new_runs": 11}, "21 runs were acknowledged, 20 are counted"),
        ({"seconds": {}}, "process 1 did nothing"),
    ],
)
def test_a_service_that_does_not_bear_it_is_reported(
    change: dict[str, object], complaint: str | None
) -> None:
    records = [_record(), _record()]
    for name, value in change.items():
        setattr(records[1], name, value)
    assert find_complaints(records, counted=20) == ([complaint] if complaint else [])


def _record() -> Record:
    record = Record(new_runs=10, warm_mb=60, end_mb=61)
    record.seconds["one run"] = array("d", [0.01] * 10)
    return record
