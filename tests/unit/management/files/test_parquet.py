"""Runs as Parquet, where pyarrow is; and what is said where it is not."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.wire.models import Run
from management.endings import CommandError
from management.files.parquet import COLUMNS, load_pyarrow, write_parquet


def test_every_field_of_a_run_has_a_column() -> None:
    assert list(COLUMNS) == list(Run.__annotations__)


def test_without_pyarrow_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(CommandError, match=r"pip install pyarrow.*--format"):
        load_pyarrow()


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    full = {
        "id": -(2**63),
        "created": "2026-03-01T12:00:00.125Z",
        "time_taken": "5m30s",
        "duration_ms": 330_000,
        "tools": ["a", "b"],
        "models": [],
        "cost": 0.1,
        "recorded_at": "9999-12-31T23:59:59.999Z",
        "metadata": {"key": 1, "é": True},
    }
    lines = tmp_path / "runs.part"
    lines.write_text("".join(json.dumps(run) + "\n" for run in (full, {"id": 1, "time_taken": 5})))

    first, second = parquet.read_table(write_parquet(lines)).to_pylist()

    assert first == dict.fromkeys(COLUMNS) | full | {
        "id": str(-(2**63)),
        "created": datetime(2026, 3, 1, 12, 0, 0, 125_000, tzinfo=UTC),
        "recorded_at": datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
        "metadata": '{"key": 1, "é": true}',
    }
    assert second == dict.fromkeys(COLUMNS) | {"id": "1", "time_taken": "5"}


def test_no_runs_make_a_file_with_columns(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    lines = tmp_path / "runs.part"
    lines.write_bytes(b"")
    assert parquet.read_table(write_parquet(lines)).column_names == list(COLUMNS)
