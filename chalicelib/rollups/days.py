"""Rollups of whole UTC days that are over: which there are, and which cannot be believed.

A question about 90 days reads a document a version and day instead of 24. For each of the
dimensions one holds what the day's 24 hourly rollups hold (`_id`: {v, day, dimension}; `values` and
`rest` as theirs). It is believed while the version has no mark in that day and the document no
field `stale`:

- Whoever has recomputed an hour of a day that is over gives the day's documents a new value of
  `stale`, and makes them where there are none, before the hour's mark is cleared.
- Whoever folds the hours (chalicelib.rollups.day_folding) takes `stale` away only if it is what it
  was before it looked for marks, and then read the hours.

So a day found without both holds every run that was acknowledged before. The hours of the present
day are recomputed without all that: to fold a day is begun hours after its end, when a mark from
before is either found, or cleared and its hour stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bson import ObjectId
from pymongo import UpdateOne

from chalicelib.database import WHOLE_REPLY, Document, Recent, collection, upsert
from chalicelib.database.indexes import BY_ID, DAYS_BY_DAY
from chalicelib.metrics.folding import DIMENSIONS, Dimension
from chalicelib.values.instants import EPOCH, day_of

# Whoever empties the collection, so that all days are folded anew, thereby resets this too.
_UNTIL = "until"
# An older value is an earlier one, before which all holds that held then.
REMEMBERED_S = 60

DayKey = tuple[ObjectId, datetime]

_known: Recent[str, datetime] = Recent(seconds=REMEMBERED_S)


def known_until() -> datetime:
    """The day before which a version without a document had no runs; not newer than it is."""
    return _known.get_or(_UNTIL, read_until) or EPOCH


def read_until() -> datetime:
    """The same, as it is now; EPOCH before there was any."""
    found = collection("day_rollups").find_one({"_id": _UNTIL}, hint=BY_ID)
    return found[_UNTIL] if found else EPOCH


def advance_until(day: datetime) -> None:
    """Every version with an hourly rollup before that day has documents of its days."""
    where = {"_id": _UNTIL}
    collection("day_rollups").update_one(where, {"$max": {_UNTIL: day}}, upsert=True, hint=BY_ID)


def day_id(key: DayKey, dimension: Dimension) -> Document:
    return {"v": key[0], "day": key[1], "dimension": dimension}


def note_changed(marks: Iterable[Document], present: datetime) -> None:
    """Let the days of these marked hours not be believed, but for those not over at `present`.

    `present` is the server's time when the marks had been set already.
    """
    today = day_of(present)
    agents = {(mark["_id"]["v"], day_of(mark["_id"]["hour"])): mark["agent_id"] for mark in marks}
    stale = ObjectId()
    notes = [
        UpdateOne(
            {"_id": day_id(key, dimension)},
            {"$set": {"stale": stale}, "$setOnInsert": {"agent_id": agent_id}},
            upsert=True,
        )
        for key, agent_id in agents.items()
        if key[1] < today
        for dimension in DIMENSIONS
    ]
    upsert("day_rollups", notes)


def add_missing(day: datetime, agents: Mapping[ObjectId, ObjectId]) -> None:
    """Make the documents that these versions lack, not to be believed; `agents` by version."""
    where = {"_id.dimension": {"$in": DIMENSIONS}, "_id.day": day}
    found = collection("day_rollups").find(where, {"_id": 1}).hint(DAYS_BY_DAY)
    present = {(d["_id"]["v"], d["_id"]["dimension"]) for d in found.batch_size(WHOLE_REPLY)}
    stale = ObjectId()
    missing = [
        UpdateOne(
            {"_id": day_id((version_id, day), dimension)},
            # Another may have made, and folded, it meanwhile.
            {"$setOnInsert": {"stale": stale, "agent_id": agent_id}},
            upsert=True,
        )
        for version_id, agent_id in agents.items()
        for dimension in DIMENSIONS
        if (version_id, dimension) not in present
    ]
    upsert("day_rollups", missing)
