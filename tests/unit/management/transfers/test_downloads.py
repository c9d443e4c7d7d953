"""A file fetched by pages: never half a page, whatever interrupts it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from management.transfers import DownloadError, open_download

SOURCE = {"agent": "a", "filters": {"from": "2026-01-01T00:00:00Z"}}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "runs.csv"


def names(target: Path) -> set[str]:
    return {path.name for path in target.parent.iterdir()}


def test_the_file_appears_when_it_is_complete(target: Path) -> None:
    with open_download(target, SOURCE, "/1") as download:
        assert (download.state.address, download.state.runs) == ("/1", 0)
        download.add(b"one\n", 1, "/2")
        download.add(b"two\nthree\n", 2, None)
        assert names(target) == {"runs.csv.part", "runs.csv.part.json"}
        download.finish()

    assert names(target) == {"runs.csv"}
    assert target.read_bytes() == b"one\ntwo\nthree\n"


def test_it_goes_on_behind_the_last_page_that_was_kept(target: Path) -> None:
    with open_download(target, SOURCE, "/1") as download:
        download.add(b"one\n", 1, "/2?cursor=x")
        download.file.write(b"half a pa")

    with open_download(target, SOURCE, "/1") as download:
        assert (download.state.address, download.state.runs) == ("/2?cursor=x", 1)
        download.add(b"two\n", 1, None)
        download.finish()

    assert target.read_bytes() == b"one\ntwo\n"


def test_a_page_that_was_not_noted_is_fetched_again(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends after the page is on the disk, and before the note of it is."""
    with open_download(target, SOURCE, "/1") as download:
        download.add(b"one\n", 1, "/2")
        monkeypatch.setattr(Path, "replace", lambda *_: pytest.fail("power cut"))
        with pytest.raises(pytest.fail.Exception):
            download.add(b"two\n", 1, None)
        monkeypatch.undo()

    with open_download(target, SOURCE, "/1") as download:
        assert download.state.address == "/2"
        assert download.part.read_bytes() == b"one\n"


@pytest.mark.parametrize("note", ["", "{nope", "[]", '{"size": 3}', '{"runs": 1, "color": 2}'])
def test_without_a_note_that_can_be_read_it_begins_anew(target: Path, note: str) -> None:
    target.with_name("runs.csv.part").write_bytes(b"what is this")
    target.with_name("runs.csv.part.json").write_text(note)

    with open_download(target, SOURCE, "/1") as download:
        assert (download.state.address, download.state.size) == ("/1", 0)
        assert download.part.read_bytes() == b""


def test_when_the_parts_are_lost_it_begins_anew(target: Path) -> None:
    with open_download(target, SOURCE, "/1") as download:
        download.add(b"one\n", 1, "/2")
        download.part.unlink()

    with open_download(target, SOURCE, "/1") as download:
        assert (download.state.address, download.state.runs) == ("/1", 0)


def test_a_note_that_outlived_its_file_is_forgotten(target: Path) -> None:
    """The process ended after the file was put in its place, and before the note was removed."""
    with open_download(target, SOURCE, "/1") as download:
        download.add(b"one\n", 1, None)
        download.part.replace(target)

    with open_download(target, SOURCE, "/1") as download:
        assert download.state.address == "/1"
    assert target.read_bytes() == b"one\n"


def test_parts_of_another_export_are_left_alone(target: Path) -> None:
    with open_download(target, SOURCE, "/1") as download:
        download.add(b"one\n", 1, "/2")

    with (
        pytest.raises(DownloadError, match=r"another export.*remove .*runs\.csv\.part"),
        open_download(target, {"agent": "b"}, "/1"),
    ):
        pass
    assert json.loads(target.with_name("runs.csv.part.json").read_text())["address"] == "/2"


def test_two_processes_do_not_write_one_file(target: Path) -> None:
    with (
        open_download(target, SOURCE, "/1"),
        pytest.raises(DownloadError, match="another process is writing"),
        open_download(target, SOURCE, "/1"),
    ):
        pass


def test_a_process_that_comes_as_another_finishes_does_not_touch_its_file(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.write_bytes(b"complete\n")
    part = target.with_name("runs.csv.part")

    def finish_first(*_: object) -> None:
        part.replace(target)

    part.write_bytes(b"complete, too\n")
    monkeypatch.setattr("management.transfers.downloads.fcntl.flock", finish_first)
    with (
        pytest.raises(DownloadError, match="just finished"),
        open_download(target, SOURCE, "/1"),
    ):
        pass
    assert target.read_bytes() == b"complete, too\n"
