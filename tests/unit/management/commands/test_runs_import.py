"""Lines of a file on their way into batches."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pytest
from tqdm import tqdm

from management.api import ApiClient
from management.commands.runs_import import RunIdentifier, RunImport
from management.files import Broken, Entry, Mapping, read_table
from management.transfers import Tally


def line(version: str = "1.0", **run: Any) -> bytes:
    return json.dumps({"version": version, "run": {"status": "ok", **run}}).encode()


def read(*lines: bytes) -> list[Entry | Broken]:
    content = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)
    return list(read_table(io.BytesIO(content), "ndjson", Mapping(fixed={"agent": "agent"})))


class FakeService:
    """Takes every batch, and remembers it; refuses versions named 'bad'."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[Any]]] = []
        self.versions: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"name": "agent"})
        body = json.loads(request.content)
        if request.url.path.endswith("/versions"):
            return self._add_version(body["version"])
        runs = [run["id"] for run in body["runs"]]
        self.batches.append((request.url.path.split("/")[-2], runs))
        counts = {"created": len(runs), "updated": 0, "unchanged": 0, "superseded": 0}
        return httpx.Response(201, json={"accepted": len(runs), **counts, "errors": []})

    def _add_version(self, version: str) -> httpx.Response:
        self.versions.append(version)
        if version == "bad":
            return httpx.Response(422, json={"code": "invalid_body", "detail": "not a version"})
        return httpx.Response(201, json={})

    def load(self, lines: list[bytes], batch_size: int = 2) -> Tally:
        tally = Tally()
        client = ApiClient("http://service", transport=httpx.MockTransport(self))
        progress: tqdm[Any] = tqdm(disable=True)
        RunImport(client, None, batch_size, tally, progress).load(iter(read(*lines)))
        return tally


def test_runs_are_sent_by_version_in_batches_that_keep_their_order() -> None:
    service = FakeService()
    lines = [line("1.0", id=1), line("2.0", id=2), line("1.0", id=3), line("1.0", id=4)]

    tally = service.load(lines)

    assert service.batches == [("1.0", [1, 3]), ("2.0", [2]), ("1.0", [4])]
    assert sorted(service.versions) == ["1.0", "2.0"]
    assert tally.verdicts["created"] == 4


def test_a_batch_stays_below_the_size_that_the_service_takes() -> None:
    service = FakeService()

    service.load([line(id=number, error="x" * 1_500_000) for number in (1, 2, 3)], batch_size=500)

    assert service.batches == [("1.0", [1, 2]), ("1.0", [3])]


def test_bad_lines_are_refused_by_number_and_the_others_are_sent() -> None:
    service = FakeService()

    tally = service.load([line(id=1), b"{nope\n", b"\n", b"[]", line(id=2)])

    assert service.batches == [("1.0", [1, 2])]
    assert sorted(place for places in tally.refused.values() for place in places) == [2, 4]


def test_a_version_that_is_refused_takes_its_runs_with_it_and_is_asked_for_once() -> None:
    service = FakeService()

    tally = service.load([line("bad", id=number) for number in range(5)] + [line(id=9)])

    assert service.versions == ["bad", "1.0"]
    assert tally.refused == {"its version is refused, invalid_body: not a version": [1, 2, 3, 4, 5]}
    assert service.batches == [("1.0", [9])]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{nope", "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
        (b'{"version": "1", "run": {"error": "\\ud800"}}', "not Unicode"),
        (b"null", "not a JSON object"),
        (b'{"version": "1"}', "no status"),
        (b'{"version": 1, "run": {}}', "no version"),
        (b'{"version": "", "run": {}}', "no version"),
        (b'{"version": "1", "run": [1]}', "no status"),
        (b'{"version": "1", "run": {"id": ' + b"9" * 5000 + b"}}", "not JSON"),
    ],
)
def test_a_line_that_holds_no_run_says_why(bad: bytes, reason: str) -> None:
    (broken,) = read(bad)
    assert isinstance(broken, Broken)
    assert reason in broken.reason


def test_a_byte_order_mark_is_no_mistake() -> None:
    (entry,) = read(b"\xef\xbb\xbf" + line("1.0", id=1))
    assert isinstance(entry, Entry)
    assert (entry.version, entry.run) == ("1.0", {"status": "ok", "id": 1})


def test_runs_without_an_id_get_the_same_ones_the_next_time() -> None:
    def identify(runs: list[dict[str, Any]]) -> list[int]:
        identifier = RunIdentifier()
        for run in runs:
            identifier.identify("1.0", run)
        return [run["id"] for run in runs]

    def runs() -> list[dict[str, Any]]:
        return [{"status": "ok"}, {"status": "ok"}, {"status": "failed", "id": None}, {"id": 7}]

    first = identify(runs())

    assert identify(runs()) == first
    assert len(set(first)) == 4
    assert first[3] == 7
    assert all(0 < run_id < 2**53 for run_id in first)
