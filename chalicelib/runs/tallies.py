"""How often each task of a version succeeded and failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.database import Document, collection
from chalicelib.database.indexes import RUNS_OF_VERSION
from chalicelib.metrics.paired import Tally


def tally_tasks(version: Document, filters: Mapping[str, Any]) -> dict[Any, Tally]:
    """The tally of each task of the version's finished runs; `filters` may have start and end."""
    where: Document = {
        "_id.v": version["_id"],
        "task_id": {"$ne": None},
        "outcome": {"$in": ["succeeded", "failed"]},
    }
    edges = {"start": "$gte", "end": "$lt"}
    created = {edge: filters[name] for name, edge in edges.items() if filters.get(name)}
    if created:
        where["created"] = created
    found = collection("runs").aggregate(
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
