"""What every kind of file is read as: runs with their places, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class SourceError(Exception):
    """A file cannot be read as what it is said to be; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A run at a place of the file (its line, row or number), and whose it is where it says so."""

    place: int
    agent: str | None
    version: str
    run: dict[str, Any]
    size: int = 500  # bytes, about: how many fit into a batch


@dataclass(frozen=True, slots=True)
class Broken:
    """A place of the file that holds no run that could be sent, and why."""

    place: int
    reason: str
