"""A database saved into files while it is written to.

No snapshot is needed for right numbers, only that an hour whose tiles may not be of the runs that
are saved is marked in the backup, as readers take a marked hour from its runs:

- Runs come first, and what they belong to after them (versions, agents): nothing saved belongs to
  something that is not.
- The tiles of a version and month are read together, until they fit together.
- Marks are read before everything else, after everything else, and in between so often that none
  can come and go unseen. All that were seen are in the backup.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.database import Database

from chalicelib import __version__
from chalicelib.rollups import GRACE_S
from chalicelib.values.instants import format_instant, now
from management.archive.manifest import FORMAT, FileEntry, Manifest, file_of, write_manifest

Document = dict[str, Any]
Data = Database[Document]
Progress = Callable[[int], object]
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_MARKS, _TILES = "marks", "tiles"
# These first, then others, then these: what belongs to something comes before it.
_FIRST = ("runs", "expired", "spans")
_LAST = ("open_traces", "watch_events", "watches", "versions", "agents", "deletions", "retention")
_ATTEMPTS = 20


def save_database(target: Data, directory: Path, progress: Progress) -> Manifest:
    """Save every collection into a directory that is there; `progress` is told of documents.

    The manifest is written last: without it, the directory is no backup.
    """
    began_at = now()
    names = [n for n in target.list_collection_names() if not n.startswith("system.")]
    files: dict[str, FileEntry] = {}
    with _Watch(target) as marks:
        for name in _ordered(names):
            documents = _read_tiles(target) if name == _TILES else _read(target, name)
            files[name] = _write(file_of(directory, name), documents, progress)
    found = (bson.encode(mark) for mark in marks.found())
    files[_MARKS] = _write(file_of(directory, _MARKS), found, progress)
    manifest: Manifest = {
        "format": FORMAT,
        "id": uuid4().hex,
        "release": __version__,
        "database": target.name,
        "began_at": format_instant(began_at),
        "ended_at": format_instant(now()),
        "collections": files,
    }
    write_manifest(directory, manifest)
    return manifest


def _ordered(names: Iterable[str]) -> list[str]:
    def place(name: str) -> tuple[int, str]:
        if name in _FIRST:
            return _FIRST.index(name), name
        return 100 + (_LAST.index(name) + 1 if name in _LAST else 0), name

    return sorted((name for name in names if name != _MARKS), key=place)


class _Watch:
    """Sees every mark that there is from the beginning of the block to its end."""

    def __init__(self, target: Data) -> None:
        self._target = target
        self._seen: dict[str, Document] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
        self._look()

    def found(self) -> Iterable[Document]:
        return self._seen.values()

    def _run(self) -> None:
        try:
            # A mark stays for three times as long.
            while not self._ended.wait(GRACE_S / 3):
                self._look()
        except BaseException as error:  # noqa: BLE001 - raised where the block ends
            self._error = error

    def _look(self) -> None:
        for mark in self._target[_MARKS].find({}, {"aside": 0}):
            known = self._seen.setdefault(repr(mark["_id"]), mark)
            known["hours"] = {**known["hours"], **mark["hours"]}
            known["oldest"] = min(known["hours"].values(), default=None)


def _read(target: Data, name: str) -> Iterator[bytes]:
    """Along the index of `_id`, so that what is changed meanwhile comes once."""
    raw: Collection[Any] = target.get_collection(name, codec_options=_RAW)
    return (document.raw for document in raw.find().sort("_id", 1))


def _read_tiles(target: Data) -> Iterator[bytes]:
    """Those of a version and month together."""
    months: list[Any] = [
        {"$project": {"v": "$_id.v", "month": _MONTH}},
        {"$group": {"_id": {"v": "$v", "month": "$month"}}},
    ]
    for group in target[_TILES].aggregate(months, allowDiskUse=True):
        yield from _read_month(target, group["_id"]["v"], group["_id"]["month"])


def _read_month(target: Data, version_id: Any, month: datetime) -> list[bytes]:
    raw: Collection[Any] = target.get_collection(_TILES, codec_options=_RAW)
    end = {"$dateAdd": {"startDate": {"$literal": month}, "unit": "month", "amount": 1}}
    inside = {"$and": [{"$gte": ["$_id.begin", month]}, {"$lt": ["$_id.begin", end]}]}
    found: list[bytes] = []
    for _ in range(_ATTEMPTS):
        found = [tile.raw for tile in raw.find({"_id.v": version_id, "$expr": inside})]
        if _fit(found):
            break
    return found


_MONTH = {"$dateTrunc": {"date": "$_id.begin", "unit": "month"}}


def _fit(tiles: list[bytes]) -> bool:
    """Whether every day that the month's tile names has its tiles."""
    kinds = {(t["_id"]["kind"], t["_id"]["begin"]): t for t in map(bson.decode, tiles)}
    months = [tile for (kind, _), tile in kinds.items() if kind == "month"]
    wanted = {("day", day) for tile in months for day in tile["days"]}
    wanted |= {("total", day) for tile in months for day in tile["heavy"]}
    return wanted <= kinds.keys()


def _write(path: Path, documents: Iterable[bytes], progress: Progress) -> FileEntry:
    digest, count, size = hashlib.sha256(), 0, 0
    with path.open("wb") as file:
        for document in documents:
            file.write(document)
            digest.update(document)
            count, size = count + 1, size + len(document)
            progress(1)
    return {"documents": count, "bytes": size, "sha256": digest.hexdigest()}
