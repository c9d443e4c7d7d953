"""How many states of runs there are in an hour, for who asks whether any have been added."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bson import ObjectId

from chalicelib.database import Clause, collection
from chalicelib.database.indexes import RUNS_OF_VERSION
from chalicelib.database.names import RUNS
from chalicelib.rollups.moved import condition
from chalicelib.values.instants import to_ms

MS_PER_HOUR = 3_600_000
_HOUR: Clause = {"$dateTrunc": {"date": "$created", "unit": "hour"}}
_REVISIONS: Clause = {"revisions": {"$sum": "$revision"}}


def count_states(
    version_id: ObjectId, hours: Iterable[datetime]
) -> dict[datetime, tuple[int, int]]:
    """How many documents of runs there are in each of these UTC hours, and their revisions' sum."""
    spans = [condition((to_ms(hour), to_ms(hour) + MS_PER_HOUR)) for hour in hours]
    pipeline: list[Clause] = [
        {"$match": {"$or": [{"_id.v": version_id} | span for span in spans]}},
        {"$group": {"_id": _HOUR, "documents": {"$sum": 1}, **_REVISIONS}},
    ]
    found: Iterable[Any] = collection(RUNS).aggregate(pipeline, hint=RUNS_OF_VERSION)
    return {each["_id"]: (each["documents"], each["revisions"]) for each in found}
