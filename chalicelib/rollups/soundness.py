"""Runs that somebody bent by hand, left out of what is added up: they would spoil all others.

By columns, because every run that is added up passes here: the types of a column are looked at by
one call into C, and only where one is wrong its runs are looked for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain, compress
from typing import Any

from bson import ObjectId

from chalicelib.database import kinds_of
from chalicelib.database.documents import RunDocument

log = logging.getLogger("agent_metrics")
Columns = Mapping[str, Sequence[Any]]
_NONE = type(None)
_LISTS = ("models", "tools", "tokens")
_WORDS = ("outcome", "reported_outcome")
# Not every question reads these: a run that is bent in one counts, without a value of it.
_DIMENSIONS = ("initiator", "models", "tools")


def sound_columns(columns: Columns, where: str) -> Columns:
    """The columns without the runs that have a value of another type than a run has.

    `where` says in the log whose runs they are.
    """
    bent = [name for name in columns if name in _types() and not _is_sound(name, columns[name])]
    if not bent:
        return columns
    log.error(
        "left out of what is added up: runs of %s are bent in %s; 'manage.py verify' names them",
        *(where, ", ".join(bent)),
    )
    flags = {name: [_is_sound(name, [value]) for value in columns[name]] for name in bent}
    mended = {n: _without(columns[n], flags.pop(n)) for n in _DIMENSIONS if n in flags}
    kept = [all(of_run) for of_run in zip(*flags.values(), strict=True)]
    return {
        name: list(compress(values, kept)) if flags and isinstance(values, list) else values
        for name, values in {**columns, **mended}.items()
    }


def sound_hour(version_id: ObjectId, hour: datetime, columns: Columns) -> Columns:
    """As `sound_columns`, of a version's runs in an hour."""
    return sound_columns(columns, f"version {version_id} in {hour:%Y-%m-%dT%H}")


def _is_sound(name: str, values: Sequence[Any]) -> bool:
    known, items = _types()[name]
    if not known.issuperset(map(type, values)):
        return False
    if name in _LISTS:
        return items.issuperset(map(type, chain.from_iterable(v for v in values if v)))
    return name not in _WORDS or _outcomes().issuperset(values)


def _without(values: Sequence[Any], flags: Sequence[bool]) -> list[Any]:
    return [value if is_sound else None for value, is_sound in zip(values, flags, strict=True)]


@cache
def _types() -> dict[str, tuple[frozenset[type], frozenset[type]]]:
    """The types of each column, and those of the items of its lists."""
    found = {
        name: (kind.types | {_NONE}, kind.items or frozenset())
        for name, kind in kinds_of(RunDocument).items()
        if name not in ("agent_id", "created", "revision")
    }
    whole = kinds_of(RunDocument)["input_tokens"].types
    return found | {"tokens": (frozenset({list, _NONE}), whole | {_NONE})}


@cache
def _outcomes() -> frozenset[Any]:
    return (kinds_of(RunDocument)["outcome"].words or frozenset()) | {None}
