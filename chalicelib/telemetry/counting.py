"""What was received, by project and day: for people who wonder where their runs are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.cursor import Cursor

from chalicelib.database import Clause, collection, upsert
from chalicelib.database.documents import OpenTraceDocument
from chalicelib.database.indexes import COUNTS_BY_DAY
from chalicelib.database.names import TELEMETRY_COUNTS
from chalicelib.values.instants import day_of, format_instant, now

KEPT_DAYS = 90
_MAX_NAMES = 50
_MAX_NAME_LENGTH = 100
_MAX_EXAMPLES = 5
_MAX_LISTED = 1000
_ADDED = ("requests", "spans", "runs", "withdrawn")
_PLAIN = (*_ADDED, "expired")
_NAMED = ("refused", "frameworks", "conventions", "unpriced")
# A dot would make a path of a key, and a dollar an operator.
_ESCAPES = str.maketrans({".": "%2E", "$": "%24", "%": "%25", "\0": " "})


@dataclass(slots=True)
class Counts:
    """What one request adds."""

    requests: int = 0
    spans: int = 0
    runs: int = 0
    withdrawn: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    frameworks: Counter[str] = field(default_factory=Counter)
    conventions: Counter[str] = field(default_factory=Counter)
    unpriced: Counter[str] = field(default_factory=Counter)


def add_counts(owner: str | None, counts: Counts) -> None:
    added: Clause = {name: value for name in _ADDED if (value := getattr(counts, name))}
    for name in _NAMED:
        for key, value in getattr(counts, name).most_common(_MAX_NAMES):
            added[f"{name}.{_escape(key)}"] = value
    if added:
        _change(owner, {"$inc": added})


def add_expired(owner: str | None, trace: OpenTraceDocument) -> None:
    """Count a trace that expired without its agent's own span, and keep it as an example."""
    example = {
        "trace_id": trace["_id"]["trace"].hex(),
        "since": format_instant(trace["since"]),
        "framework": trace["framework"],
        "names": trace["names"],
    }
    kept = {"examples": {"$each": [example], "$slice": -_MAX_EXAMPLES}}
    _change(owner, {"$inc": {"expired": 1}, "$push": kept})


def _change(owner: str | None, change: Clause) -> None:
    today = day_of(now())
    change["$setOnInsert"] = {"expires_at": today + timedelta(days=KEPT_DAYS)}
    where = {"_id": {"owner": owner, "day": today}}
    upsert(TELEMETRY_COUNTS, [UpdateOne(where, change, upsert=True)])


def read_counts(owner: str | None, since: datetime) -> dict[str, Any]:
    """The sums from the UTC day of `since` on; of all owners for a caller without a project."""
    where: Clause = {"_id.day": {"$gte": day_of(since)}}
    if owner is not None:
        where["_id.owner"] = owner
    sums: dict[str, Any] = dict.fromkeys(_PLAIN, 0)
    examples: list[dict[str, object]] = []
    named: dict[str, Counter[str]] = {name: Counter() for name in _NAMED}
    found: Cursor[Any] = collection(TELEMETRY_COUNTS).find(where).hint(COUNTS_BY_DAY)
    for counted in found.sort("_id.day"):
        for name in _PLAIN:
            sums[name] += counted.get(name, 0)
        examples += counted.get("examples", [])
        for name in _NAMED:
            named[name].update(_unescaped(counted.get(name, {})))
    sums["examples"] = examples[-_MAX_EXAMPLES:]
    return sums | {name: dict(found.most_common(_MAX_LISTED)) for name, found in named.items()}


def _escape(name: str) -> str:
    return name[:_MAX_NAME_LENGTH].translate(_ESCAPES) or "?"


def _unescaped(counted: Mapping[str, int]) -> dict[str, int]:
    return {
        name.replace("%2E", ".").replace("%24", "$").replace("%25", "%"): value
        for name, value in counted.items()
    }
