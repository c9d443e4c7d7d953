"""`manage.py export`: every run once, in whole lines, whatever interrupts it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from chalice import Chalice
from click.testing import Result

from management.api.client import ApiClient, Page
from management.commands import export as exporting
from management.mongod import free_port
from tests.integration.fleet import QuietClient
from tests.integration.management.serving import run_command, serve

AGENT = "/api/v1/agents/a%2Fb"
START = datetime(2026, 3, 1, tzinfo=UTC)
RUNS = 57
VERSIONS = ("1.0", "2.0 beta/é")
# What would break a line, or a cell, that is not written with care.
ERROR = 'two\r\nlines, "quoted"\nand more'


@pytest.fixture
def url(app: Chalice, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A service with RUNS runs of `a/b` in two versions; pages of the export have ten."""
    monkeypatch.setattr(exporting, "PAGE_RUNS", 10)
    client = QuietClient(app)
    client.post(f"{AGENT}/register", {"project": "tests"})
    for place, version in enumerate(VERSIONS):
        client.post(f"{AGENT}/versions", {"version": version})
        created = [(n, START + timedelta(hours=n)) for n in range(RUNS) if n % 2 == place]
        batch = [
            {"id": n, "created": at.isoformat(), "status": "failed" if n % 3 else "ok"}
            | {"error": ERROR, "tools": ["a,b"], "metadata": {"k": "v"}, "cost": n / 10}
            for n, at in created
        ]
        path = f"{AGENT}/versions/{'1.0' if not place else '2.0%20beta%2F%C3%A9'}/runs"
        assert client.post(path, {"runs": batch}).status == 201
    with serve(app) as address:
        yield address


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def export(url: str, out: Path, *more: str) -> Result:
    return run_command("export", "a/b", f"--url={url}", f"--out={out}", *more)


def test_ndjson_has_every_run_once_newest_first(url: str, out: Path) -> None:
    result = export(url, out)

    assert (result.exit_code, result.stdout) == (0, f"{RUNS} runs in {out}\n")
    assert f"{RUNS}/{RUNS}" in result.stderr
    runs = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert [run["id"] for run in runs] == list(reversed(range(RUNS)))
    assert {run["error"] for run in runs} == {ERROR}
    assert [path.name for path in out.parent.iterdir()] == ["runs"]


def test_csv_names_its_columns_once(url: str, out: Path) -> None:
    result = export(url, out, "--format=csv")

    assert result.stdout == f"{RUNS} runs in {out}\n"
    runs = list(csv.DictReader(io.StringIO(out.read_bytes().decode(), newline="")))
    assert [int(run["id"]) for run in runs] == list(reversed(range(RUNS)))
    assert {run["error"] for run in runs} == {ERROR}
    assert {run["tools"] for run in runs} == {'["a,b"]'}


def test_filters_and_a_version_choose_the_runs(url: str, out: Path) -> None:
    def ids(*more: str) -> list[int]:
        assert export(url, out, *more).exit_code == 0
        return [json.loads(line)["id"] for line in out.read_bytes().splitlines()]

    assert ids(f"--version={VERSIONS[1]}") == list(range(RUNS - 2, 0, -2))
    assert ids(
        "--outcome=succeeded", "--from=2026-03-01T05:00:00Z", "--to=2026-03-01T10:00:00Z"
    ) == [
        9,
        6,
    ]
    assert ids("--status=none") == []


@pytest.mark.parametrize("form", ["csv", "ndjson"])
@pytest.mark.parametrize("pages", range(1, 6))
def test_repeated_after_an_interruption_it_goes_on_where_it_was(
    url: str, out: Path, monkeypatch: pytest.MonkeyPatch, form: str, pages: int
) -> None:
    export(url, out, f"--format={form}")
    whole = out.read_bytes()
    out.unlink()
    asked: list[str] = []

    def read_page(client: ApiClient, address: str, media_type: str) -> Page:
        if len(asked) == pages:
            raise KeyboardInterrupt
        asked.append(address)
        return original(client, address, media_type)

    original = ApiClient.read_page
    monkeypatch.setattr(ApiClient, "read_page", read_page)
    assert export(url, out, f"--format={form}").exit_code == 130
    assert not out.exists()
    assert whole.startswith(out.with_name("runs.part").read_bytes())
    other = export(url, out, f"--format={form}", "--outcome=failed")
    assert other.exit_code == 2
    assert "another export" in other.stderr

    asked *= 0
    pages = 10
    result = export(url, out, f"--format={form}")

    assert (result.exit_code, result.stdout) == (0, f"{RUNS} runs in {out}\n")
    assert out.read_bytes() == whole
    assert len(asked) < 6


def test_runs_that_come_meanwhile_do_not_repeat_others(
    url: str, out: Path, app: Chalice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export is of the runs older than where it began."""
    numbers = iter(range(1000, 2000))
    original = ApiClient.read_page

    def read_page(client: ApiClient, address: str, media_type: str) -> Page:
        run = {"id": next(numbers), "status": "ok"}
        assert QuietClient(app).post(f"{AGENT}/versions/1.0/runs", run).status == 201
        return original(client, address, media_type)

    monkeypatch.setattr(ApiClient, "read_page", read_page)
    assert export(url, out).exit_code == 0

    ids = [json.loads(line)["id"] for line in out.read_bytes().splitlines()]
    assert ids == [1000, *reversed(range(RUNS))]


def test_an_agent_without_runs_makes_an_empty_file(url: str, out: Path, app: Chalice) -> None:
    QuietClient(app).post("/api/v1/agents/idle/register", {"project": "tests"})
    arguments = ("export", "idle", f"--url={url}", f"--out={out}")

    assert run_command(*arguments).stdout == f"0 runs in {out}\n"
    assert out.read_bytes() == b""
    assert run_command(*arguments, "--format=csv").exit_code == 0
    assert out.read_bytes().startswith(b"id,")
    assert out.read_bytes().count(b"\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody",), "agent_not_found: "),
        (("a/b", "--version=9"), "version_not_found: "),
        (("a/b", "--from=yesterday"), "RFC 3339"),
        (("a/b", "--outcome=fine"), "outcome"),
        (("a/b", "--format=xlsx"), "xlsx"),
    ],
)
def test_what_cannot_be_had_is_said_and_leaves_no_file(
    url: str, out: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = run_command("export", *arguments, f"--url={url}", f"--out={out}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert not out.exists()


def test_where_nothing_can_be_written_it_says_so(url: str, out: Path) -> None:
    result = export(url, out / "missing" / "runs.csv")
    assert result.exit_code == 2
    assert "cannot be written: No such file or directory" in result.stderr


def test_without_a_service_it_is_one_line(out: Path) -> None:
    result = export(f"http://127.0.0.1:{free_port()}", out)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1


def test_parquet_has_the_same_runs(url: str, out: Path) -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet")

    result = export(url, out, "--format=parquet")

    assert (result.exit_code, result.stdout) == (0, f"{RUNS} runs in {out}\n")
    runs = parquet.read_table(out).to_pylist()
    # An id may be a text, so the column has texts.
    assert [run["id"] for run in runs] == [str(n) for n in reversed(range(RUNS))]
    assert {run["error"] for run in runs} == {ERROR}
    assert runs[0]["created"] == START + timedelta(hours=RUNS - 1)
    assert [path.name for path in out.parent.iterdir()] == ["runs"]
