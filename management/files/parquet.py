"""Runs as Parquet, where pyarrow is installed; nothing else here needs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from management.endings import CommandError

# The fields of a run as the API answers them, by the name of their type in pyarrow.
COLUMNS = {
    "id": "text",
    "task_id": "text",
    "agent_id": "string",
    "agent": "string",
    "version_id": "string",
    "version": "string",
    "created": "instant",
    "status": "string",
    "outcome": "string",
    "time_taken": "text",
    "duration_ms": "float64",
    "initiator": "string",
    "tools": "strings",
    "models": "strings",
    "cost": "float64",
    "recorded_at": "instant",
    "input_tokens": "int64",
    "output_tokens": "int64",
    "error": "string",
    "metadata": "json",
    "cache_read_input_tokens": "int64",
    "cache_creation_input_tokens": "int64",
    "reasoning_output_tokens": "int64",
    "score": "float64",
    "trace_id": "string",
    "truncated": "strings",
    "corrected": "strings",
}
ROWS_A_GROUP = 50_000


def load_pyarrow() -> Any:
    """The module pyarrow. Raises CommandError where it is not installed."""
    try:
        import pyarrow.parquet  # noqa: PLC0415 - optional, and slow to load
    except ImportError as error:
        raise CommandError(
            "Parquet needs pyarrow: 'pip install pyarrow', or choose another --format"
        ) from error
    return pyarrow


def write_parquet(ndjson: Path) -> Path:
    """Make a Parquet file of runs, one a line, beside theirs; its path."""
    pyarrow = load_pyarrow()
    schema = pyarrow.schema([(name, _type(pyarrow, kind)) for name, kind in COLUMNS.items()])
    made = ndjson.with_name(f"{ndjson.name}.parquet")
    with (
        ndjson.open("rb") as lines,
        pyarrow.parquet.ParquetWriter(made, schema, compression="zstd") as writer,
    ):
        for rows in _read_groups(lines):
            writer.write_table(pyarrow.Table.from_pylist(rows, schema))
    return made


def _type(pyarrow: Any, kind: str) -> Any:
    special = {
        "instant": pyarrow.timestamp("ms", "UTC"),
        "text": pyarrow.string(),
        "json": pyarrow.string(),
        "strings": pyarrow.list_(pyarrow.string()),
    }
    return special[kind] if kind in special else getattr(pyarrow, kind)()


def _read_groups(lines: Iterator[bytes]) -> Iterator[list[dict[str, Any]]]:
    while rows := [_row(json.loads(line)) for line in islice(lines, ROWS_A_GROUP)]:
        yield rows


def _row(run: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(run.get(name), kind) for name, kind in COLUMNS.items()}


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "instant":
        return datetime.fromisoformat(value)
    if kind == "json":
        return json.dumps(value, ensure_ascii=False)
    # An id or a duration as it was sent: a text, or a number.
    return str(value) if kind == "text" else value
