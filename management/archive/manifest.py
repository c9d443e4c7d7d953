"""`backup.json`: what a backup is of, and what its files have to hold."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, TypedDict, cast

NAME = "backup.json"
FORMAT = 1
_CHUNK = 1_000_000


class ManifestError(Exception):
    """Why a directory is no backup, or not a whole one."""


class FileEntry(TypedDict):
    """A collection's file."""

    documents: int
    bytes: int
    sha256: str


class Manifest(TypedDict):
    """Which release made it, of which database and when; its collections by name."""

    format: int
    id: str
    release: str
    database: str
    began_at: str
    ended_at: str
    collections: dict[str, FileEntry]


def write_manifest(directory: Path, manifest: Manifest) -> None:
    text = json.dumps(cast("Any", manifest), indent=2, ensure_ascii=False)
    (directory / NAME).write_text(text + "\n", encoding="utf-8")


def read_manifest(directory: Path) -> Manifest:
    """What the directory holds, with every file looked at. Raises ManifestError."""
    try:
        manifest: Manifest = json.loads((directory / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ManifestError(f"{directory} is no backup, or one that was interrupted") from None
    except ValueError as error:
        raise ManifestError(f"{directory / NAME} cannot be read: {error}") from None
    if manifest.get("format") != FORMAT:
        raise ManifestError(
            f"{directory} is of the format {manifest.get('format')}, and this release reads"
            f" {FORMAT}: restore it with the release that made it ({manifest.get('release')})"
        )
    for name, entry in manifest["collections"].items():
        path = file_of(directory, name)
        if not path.is_file() or digest_of(path) != entry["sha256"]:
            raise ManifestError(f"{path} is missing, or has changed since the backup was made")
    return manifest


def file_of(directory: Path, name: str) -> Path:
    return directory / f"{name}.bson"


def digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
