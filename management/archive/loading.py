"""A backup loaded into an empty database; an interrupted one goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from chalicelib.database import RUNS_EXPIRY, create_indexes, duplicates
from management.archive.manifest import Manifest, file_of

Data = Database[dict[str, Any]]
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_AT_ONCE = 1_000
_STATE = "restores"


class RestoreError(Exception):
    """Why a backup cannot be loaded into this database."""


def restore_database(
    target: Data, directory: Path, manifest: Manifest, progress: Callable[[int], object]
) -> None:
    """Load every collection, and make the indexes when all of them are there.

    Safe to interrupt and to repeat with the same backup. Raises RestoreError.
    """
    _begin(target, manifest)
    for name in manifest["collections"]:
        for some in _chunks(file_of(directory, name)):
            _insert(target, name, some)
            progress(len(some))
    create_indexes(target)
    kept = target["retention"].find_one({"_id": "runs"}) or {}
    if kept.get("days") is not None:
        target["runs"].create_index("created", name=RUNS_EXPIRY)
    target[_STATE].drop()


def _begin(target: Data, manifest: Manifest) -> None:
    found = target[_STATE].find_one({})
    if found is not None and found["_id"] != manifest["id"]:
        raise RestoreError(
            f"'{target.name}' has a part of another backup: finish that, or drop the database"
        )
    if found is None:
        full = [n for n in target.list_collection_names() if target[n].find_one({}, {"_id": 1})]
        if full:
            raise RestoreError(
                f"'{target.name}' is not empty (it has {', '.join(sorted(full)[:5])}): restore into"
                " an empty database, with --db-name, and point the service there"
            )
        target[_STATE].insert_one({"_id": manifest["id"]})


def _chunks(path: Path) -> Iterator[list[RawBSONDocument]]:
    with path.open("rb") as file:
        documents = bson.decode_file_iter(file, _RAW)
        while some := list(islice(documents, _AT_ONCE)):
            yield some


def _insert(target: Data, name: str, documents: list[RawBSONDocument]) -> None:
    try:
        target.get_collection(name, codec_options=_RAW).insert_many(documents, ordered=False)
    except BulkWriteError as error:
        duplicates(error)  # from before it was interrupted
