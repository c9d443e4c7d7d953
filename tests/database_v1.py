"""The database that tests/data/database-v1 keeps: see its README."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
from bson.codec_options import CodecOptions
from pymongo.database import Database

# The time at which it was made, and at which its answers were given.
PRESENT = datetime(2026, 3, 12, 12, 30, tzinfo=UTC)
_FOLDER = Path(__file__).parent / "data" / "database-v1"
_OPTIONS: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)


def load(database: Database[dict[str, Any]]) -> None:
    """Put every collection into an empty database."""
    for path in sorted(_FOLDER.glob("*.bson")):
        database[path.stem].insert_many(documents(path.stem))


def documents(name: str) -> list[dict[str, Any]]:
    """The documents of one collection."""
    return bson.decode_all((_FOLDER / f"{name}.bson").read_bytes(), _OPTIONS)


def answers() -> dict[str, dict[str, Any]]:
    """What that version answered, by path: `answer`, and the `next` address where there is one."""
    lines = (_FOLDER / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    return {entry.pop("path"): entry for entry in map(json.loads, lines)}


def token_texts() -> dict[str, str]:
    """The text of each token, by its name."""
    texts: dict[str, str] = json.loads((_FOLDER / "token-texts.json").read_text(encoding="utf-8"))
    return texts
