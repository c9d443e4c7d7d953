"""How often each task of a version succeeded and failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.database import Clause, collection
from chalicelib.database.documents import VersionDocument
from chalicelib.database.indexes import RUNS_OF_VERSION
from chalicelib.database.names import RUNS
from chalicelib.metrics.paired import Tally
from chalicelib.runs.reading import conditions


def tally_tasks(version: VersionDocument, filters: Mapping[str, Any]) -> dict[Any, Tally]:
    """The tally of each task of the version's finished runs; `filters` are those of runs."""
    finished: Clause = {
        "_id.v": version["_id"],
        "task_id": {"$ne": None},
        "outcome": {"$in": ["succeeded", "failed"]},
    }
    where = {"$and": [finished, conditions(filters)]}
    found: Iterable[Any] = collection(RUNS).aggregate(
        [
            {"$match": where},
            {
                "$group": {
                    "_id": "$task_id",
                    "runs": {"$sum": 1},
                    "succeeded": {"$sum": {"$cond": [{"$eq": ["$outcome", "succeeded"]}, 1, 0]}},
                }
            },
        ],
        hint=RUNS_OF_VERSION,
    )
    return {
        group["_id"]: Tally(group["succeeded"], group["runs"] - group["succeeded"])
        for group in found
        # Of a run that somebody bent by hand it may be anything.
        if isinstance(group["_id"], int | str)
    }
