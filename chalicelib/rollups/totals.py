"""What all finished runs of a version added up to until some hour.

It spares whoever wants a running total the reading of all rollups that there ever were;
chalicelib.answers.running_totals keeps and reads it. When an hour before `until` is recomputed
afterwards, `late` grows: the total still holds, but is made anew at the next occasion.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from bson import Binary, ObjectId
from pymongo.errors import DuplicateKeyError

from chalicelib.database import collection
from chalicelib.database.documents import TotalDocument
from chalicelib.database.names import TOTALS
from chalicelib.metrics.block import Block
from chalicelib.rollups.packing import pack, unpack
from chalicelib.values.instants import EPOCH


class Total(NamedTuple):
    """The finished runs created before `until`; complete when `late` is `settled`."""

    until: datetime = EPOCH
    block: Block | None = None
    late: int = 0
    settled: int = 0


def find_totals(version_ids: Iterable[ObjectId]) -> dict[ObjectId, Total]:
    """The totals that there are of these versions."""
    found = collection(TOTALS).find({"_id": {"$in": list(version_ids)}})
    return {document["_id"]: _read(document) for document in found}


def save_total(version_id: ObjectId, previous: Total, total: Total) -> None:
    """Store a total in place of the one that it was made from; if that has changed, do nothing."""
    where = {"_id": version_id, "until": previous.until, "late": previous.late}
    document: TotalDocument = {
        "_id": version_id,
        "until": total.until,
        "late": total.late,
        "settled": total.settled,
        "block": Binary(pack(total.block)) if total.block and total.block.runs else None,
    }
    try:
        collection(TOTALS).replace_one(where, document, upsert=True)
    except DuplicateKeyError:
        return  # the condition kept the changed one from being found


def note_recounted(version_id: ObjectId, since: datetime) -> None:
    """Tell the total that holds this hour of the version, or later ones: it may have changed."""
    where = {"_id": version_id, "until": {"$gt": since}}
    collection(TOTALS).update_one(where, {"$inc": {"late": 1}})


def _read(document: TotalDocument) -> Total:
    block = None if document["block"] is None else unpack(document["block"])
    return Total(document["until"], block, document["late"], document["settled"])
