"""Agents with very many runs, loaded straight into the database and kept from one call to the next.

Every document is byte for byte what the service stores: a few thousand are made by its own code,
and all others are these with another id and another `created`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import bson
from bson import Int64, ObjectId
from bson.raw_bson import RawBSONDocument
from pymongo import WriteConcern
from pymongo.collection import Collection
from tqdm import tqdm

from benchmarks.marks import LONG_AGO
from benchmarks.reports import draw_reports, to_documents
from benchmarks.service import Service
from chalicelib.database import collection
from chalicelib.database.names import MARKS, RUNS, Name
from chalicelib.values.instants import to_ms

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 90
HOURS = DAYS * 24
_SPAN_MS = DAYS * 86_400_000
_TEMPLATES = 5_000
_CHUNK = 5_000
# Values that occur nowhere else in a document, to be found in its bytes.
_ID_MARK = 0x0123_4567_89AB_CDEF
_CREATED_MARK = datetime(7777, 7, 7, 7, 7, 7, tzinfo=UTC)


def name_of(runs: int) -> str:
    """The agent that has this many runs."""
    return f"with-{runs}-runs"


def load(service: Service, runs: int) -> bool:
    """See that the agent of that name has its runs, evenly over DAYS from START, in one version.

    Answers whether they had to be loaded.
    """
    service.add_version(name_of(runs))
    agent_id, version_id = service.ids_of(name_of(runs))
    templates = _make_templates(agent_id, version_id)
    done = {"_id": name_of(runs), "templates": sha256(b"".join(templates)).digest()}
    fixtures: Collection[Any] = collection(Name("fixtures"))
    if fixtures.find_one(done):
        return False
    collection(RUNS).delete_many({"_id.v": version_id})
    quick = collection(RUNS).with_options(write_concern=WriteConcern(w=1, j=False))
    with tqdm(total=runs, desc=f"loading {runs:,} runs", unit="run", unit_scale=True) as bar:
        for first in range(0, runs, _CHUNK):
            chunk = range(first, min(first + _CHUNK, runs))
            quick.insert_many(_stamp(templates, chunk, runs), ordered=False)
            bar.update(len(chunk))
    fixtures.replace_one({"_id": done["_id"]}, done, upsert=True)
    return True


def mark_every_hour(runs: int) -> None:
    """Mark the hours of the agent's version so that the rollup function takes them all."""
    agent_id, version_id = Service.ids_of(name_of(runs))
    collection(MARKS).delete_many({"_id.v": version_id})
    months: dict[datetime, dict[str, datetime]] = defaultdict(dict)
    for number in range(HOURS):
        hour = START + timedelta(hours=number)
        months[hour.replace(day=1, hour=0)][f"{hour:%d%H}"] = LONG_AGO
    collection(MARKS).insert_many(
        {
            "_id": {"v": version_id, "month": month},
            "agent_id": agent_id,
            "hours": hours,
            "oldest": LONG_AGO,
        }
        for month, hours in months.items()
    )


def _make_templates(agent_id: ObjectId, version_id: ObjectId) -> list[bytes]:
    documents = to_documents(draw_reports(_TEMPLATES, seed=1), agent_id, version_id)
    for document in documents:
        document["_id"]["id"] = Int64(_ID_MARK)
        document["created"] = _CREATED_MARK
        document["recorded_at"] = START
    return [bson.encode(document) for document in documents]


def _stamp(templates: list[bytes], places: range, runs: int) -> Iterator[RawBSONDocument]:
    """The documents at these places of all of the runs."""
    id_mark, created_mark = _to_bytes(_ID_MARK), _to_bytes(to_ms(_CREATED_MARK))
    start_ms = to_ms(START)
    for place in places:
        created_ms = start_ms + place * _SPAN_MS // runs
        yield RawBSONDocument(
            templates[place % _TEMPLATES]
            .replace(id_mark, _to_bytes(2**40 + place), 1)
            .replace(created_mark, _to_bytes(created_ms), 1)
        )


def _to_bytes(number: int) -> bytes:
    return number.to_bytes(8, "little", signed=True)
