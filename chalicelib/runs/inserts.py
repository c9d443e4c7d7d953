"""Inserting runs that ought to be new, and finding out which of them are not.

A server spends five times as long on refusing a duplicate as on storing a run, so a replay stops
at its first one, asks which of the rest exist, and inserts only what is missing. The index still
decides: a run that another writer adds in between is refused there.

Many runs go in two halves at once: the driver encodes one while the server stores the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import partial
from typing import TypeVar

from pymongo.errors import BulkWriteError, DuplicateKeyError

from chalicelib.database import WHOLE_REPLY, collection, committed, duplicates
from chalicelib.database.documents import RunDocument
from chalicelib.database.names import RUNS
from chalicelib.values.identities import Identity

# Fewer are not worth a second thread.
MIN_HALF = 150
MOST_WHOLE = 500

Places = Sequence[int]
Part = TypeVar("Part")
Answer = TypeVar("Answer")
_threads = ThreadPoolExecutor(4, thread_name_prefix="inserts")


def insert_new(
    documents: Sequence[RunDocument], places: Places
) -> tuple[list[int], dict[Identity, RunDocument]]:
    """Insert the documents at these places, ascending.

    Answers the places of those whose identity is taken, and of these the stored runs by id, as
    far as they are known.
    """
    parts = at_once(partial(_insert_until_refused, documents), _divide(documents, places))
    rest = [place for part in parts for place in part]
    if not rest:
        return [], {}
    # Of many the ids are enough here: stored runs may be large, each of them.
    stored = read_stored((documents[p] for p in rest), is_whole=len(rest) <= MOST_WHOLE)
    taken = [place for place in rest if documents[place]["_id"]["id"] in stored]
    missing = [place for place in rest if documents[place]["_id"]["id"] not in stored]
    places = sorted(taken + _insert_missing(documents, missing))
    return places, stored if len(rest) <= MOST_WHOLE else {}


def read_stored(
    documents: Iterable[RunDocument], *, is_whole: bool = True
) -> dict[Identity, RunDocument]:
    """The stored runs with these identities, by id.

    Only what a majority has: a run that a failover could still take back must not be the reason
    for answering that a report changes nothing.
    """
    ids = {document["_id"]["id"]: document["_id"] for document in documents}
    if not ids:
        return {}
    fields = None if is_whole else {"_id": 1}
    found = committed(RUNS).find({"_id": {"$in": list(ids.values())}}, fields)
    return {document["_id"]["id"]: document for document in found.batch_size(WHOLE_REPLY)}


def _divide(documents: Sequence[RunDocument], places: Places) -> list[Places]:
    if len(places) < 2 * MIN_HALF:
        return [places]
    if len({documents[place]["_id"]["id"] for place in places}) < len(places):
        return [places]  # of several reports of one run the first is the one to insert
    half = len(places) // 2
    return [places[:half], places[half:]]


def at_once(act: Callable[[Part], Answer], parts: Sequence[Part]) -> list[Answer]:
    """What `act` answers for each part; none is under way when this returns or raises."""
    first, *others = parts
    if not others:
        return [act(first)]
    # A context of its own for each thread, because the request's time limit is in it.
    begun = [_threads.submit(copy_context().run, act, part) for part in others]
    try:
        answer = act(first)
    finally:
        wait(begun)
    return [answer, *(each.result() for each in begun)]


def _insert_until_refused(documents: Sequence[RunDocument], places: Places) -> Places:
    """The places from the first run on whose identity is taken."""
    runs = collection(RUNS)
    try:
        if len(places) == 1:
            runs.insert_one(documents[places[0]])  # the driver's shorter way
        else:
            runs.insert_many([documents[place] for place in places], ordered=True)
    except DuplicateKeyError:
        return places
    except BulkWriteError as error:
        return places[duplicates(error)[0] :]
    return []


def _insert_missing(documents: Sequence[RunDocument], places: Places) -> list[int]:
    if not places:
        return []
    try:
        collection(RUNS).insert_many([documents[p] for p in places], ordered=False)
    except BulkWriteError as error:
        return [places[index] for index in duplicates(error)]
    return []
