"""Any table as runs: what columns and cells mean, and what is said of those that mean nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.http import Cell, unguarded
from chalicelib.http.formats import guarded
from management.files import Broken, Entry, Mapping, SourceError, read_table
from management.files.cells import READERS, read_text


def rows(
    text: str | bytes, form: str = "csv", *mapped: str, fixed: tuple[str, ...] = ("status=ok",)
) -> list[Entry | Broken]:
    content = text.encode() if isinstance(text, str) else text
    return list(read_table(io.BytesIO(content), form, Mapping.of_options(mapped, fixed)))


def run_of(entry: Entry | Broken) -> dict[str, Any]:
    assert isinstance(entry, Entry), entry
    return entry.run


@pytest.mark.parametrize(
    ("field", "cell", "meaning"),
    [
        ("id", Cell("12"), 12),
        ("id", Cell("12.0"), 12),
        ("id", Cell(" 12 "), 12),
        ("id", Cell("0123"), "0123"),
        ("id", Cell("9223372036854775808.0"), "9223372036854775808"),
        ("id", "12.0", "12.0"),
        ("id", " 12 ", " 12 "),
        ("id", "astropy-12907", "astropy-12907"),
        ("id", 12.0, 12.0),
        ("task_id", "", None),
        ("created", "2026-03-01", "2026-03-01T00:00:00Z"),
        ("created", "2026-03-01 12:00:00", "2026-03-01T12:00:00Z"),
        ("created", "2026-03-01T12:00:00.125+02:00", "2026-03-01T10:00:00.125Z"),
        ("created", "1772366400", "2026-03-01T12:00:00Z"),
        ("created", 1772366400125, "2026-03-01T12:00:00.125Z"),
        ("created", "1772366400000000000", "2026-03-01T12:00:00Z"),
        ("created", datetime(2026, 3, 1, 12), "2026-03-01T12:00:00Z"),  # noqa: DTZ001
        ("created", datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00Z"),
        ("created", "yesterday", "yesterday"),
        ("time_taken", "5m30s", "5m30s"),
        ("time_taken", "330", 330),
        ("time_taken", timedelta(seconds=1.5), 1.5),
        ("duration_ms", "1500", 1.5),
        ("cost", "0.1", 0.1),
        ("cost", Decimal("0.1"), 0.1),
        ("cost", float("nan"), None),
        ("cost", "NaN", None),
        ("cost", "cheap", "cheap"),
        ("input_tokens", "12.0", 12),
        ("tools", '["a,b", "c"]', ["a,b", "c"]),
        ("tools", "a, b;c | d", ["a", "b", "c", "d"]),
        ("tools", ["a"], ["a"]),
        ("metadata", '{"k": 1}', {"k": 1}),
        ("outcome", "True", "succeeded"),
        ("outcome", False, "failed"),
        ("outcome", "other", "other"),
        ("status", "null", "null"),
        ("status", True, "true"),
        ("initiator", None, None),
    ],
)
def test_a_cell_means_what_its_field_can_be(field: str, cell: Any, meaning: Any) -> None:
    reader: Callable[[Any], Any] = READERS.get(field, read_text)
    assert reader(cell) == meaning


def test_columns_are_found_by_name_by_map_and_inside_of_objects() -> None:
    line = (
        '{"version": "1", "state": "done", "usage": {"cost": 0.5}, "who": {"name": "ann"}, "x": 1}'
    )
    mapped = ("status=state", "cost=usage.cost", "metadata.who=who.name")
    mapping = Mapping.of_options(mapped, ())
    (entry,) = read_table(io.BytesIO(line.encode()), "ndjson", mapping)

    assert run_of(entry) == {"status": "done", "cost": 0.5, "metadata": {"who": "ann"}}
    assert mapping.unused == {"x"}


def test_what_is_set_wins_over_columns() -> None:
    (entry,) = rows("version,status,cost\n1,bad,0.5\n", fixed=("status=ok", "version=2", "cost=1"))
    assert isinstance(entry, Entry)
    assert (entry.version, entry.run) == ("2", {"status": "ok", "cost": 1})


@pytest.mark.parametrize(
    ("columns", "cells", "run"),
    [
        ("outcome", "succeeded", {"status": "completed"}),
        ("outcome", "failed", {"status": "failed"}),
        ("status,outcome", "completed,failed", {"status": "completed", "outcome": "failed"}),
        ("status,outcome", "completed,succeeded", {"status": "completed"}),
        ("status,duration_ms,time_taken", "ok,1500,5s", {"status": "ok", "time_taken": "5s"}),
        ("status,duration_ms", "ok,1500", {"status": "ok", "time_taken": 1.5}),
    ],
)
def test_a_run_says_what_is_known_and_nothing_twice(
    columns: str, cells: str, run: dict[str, Any]
) -> None:
    (entry,) = rows(f"version,{columns}\n1,{cells}\n", fixed=())
    assert run_of(entry) == run


def test_a_broken_line_is_named_and_the_others_are_read() -> None:
    found = rows(b'version,id\n1,1\n1\n1,"a\nb"\n\xff,3\n1,4,5\n1,6\n')

    assert [(e.place, run_of(e)["id"]) for e in found if isinstance(e, Entry)] == [
        (2, 1),
        (4, "a\nb"),
        (8, 6),
    ]
    assert [e.place for e in found if isinstance(e, Broken)] == [3, 6, 7]


@pytest.mark.parametrize("content", [b"", b"\n", b"a,a\n1,2\n", b"\xff\xfe\n"])
def test_a_file_without_names_of_columns_is_no_table(content: bytes) -> None:
    with pytest.raises(SourceError, match="columns"):
        rows(content)


def test_what_is_no_parquet_is_said() -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(SourceError, match="not a Parquet file"):
        rows(b"version,id\n", "parquet")


@pytest.mark.parametrize("text", ["--map", "cost", "price=x", "=x"])
def test_an_option_that_cannot_be_meant_names_the_fields(text: str) -> None:
    with pytest.raises(ValueError, match="FIELD is one of"):
        Mapping.of_options((text,), ())


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'", "''", "'=1", "'tis", "", "plain", "a=b", "12"],
)
def test_a_guarded_text_is_no_formula_and_comes_back(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(cell) == text
    assert cell != ""


@pytest.mark.parametrize(
    "text",
    ["12.0", "007", "1e3", "-5.0", "+5", " 12 ", "1_0", "nan", "inf", ".5", "9223372036854775808"],
)
@pytest.mark.parametrize("name", ["id", "task_id"])
def test_a_text_in_a_column_of_numbers_stays_a_text(name: str, text: str) -> None:
    """As the service writes it, and as NDJSON says it."""
    cell = guarded(text, is_number_too=True)
    assert cell == f"'{text}"
    (of_csv,) = rows(f"version,{name}\n1,{cell}\n")
    (of_json,) = rows(f'{{"version": "1", "{name}": "{text}"}}\n', "ndjson")
    for entry in (of_csv, of_json):
        found = run_of(entry)[name]
        assert (type(found), found) == (str, text)


def test_a_foreign_cell_keeps_its_apostrophe() -> None:
    assert unguarded("'tis") == "'tis"
