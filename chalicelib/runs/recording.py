"""Writing runs: the unique `_id` decides identity, never a read before the write.

New runs are inserted (chalicelib.runs.inserts). Only those whose identity is taken are read back
and resolved against what stands (chalicelib.runs.resolution), and written again only on the
condition that the stored run has not changed since, so concurrent writers never undo each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError

from chalicelib.database import Document, collection, committed, duplicates, find_retention
from chalicelib.errors import DatabaseUnavailable
from chalicelib.rollups import Mark, dirty_hours
from chalicelib.runs.inserts import insert_new, read_stored
from chalicelib.runs.reports import assign_id, document_of
from chalicelib.runs.resolution import Resolution, resolve
from chalicelib.values.identities import Identity
from chalicelib.values.instants import EPOCH, hour_of, now

# Each round that fails means that another writer changed a run in between; runs only move up
# a finite order of reports, so this is never reached in earnest.
_MAX_ROUNDS = 20


# What should stand where that stands (None: nothing), and this is said.
Decide = Callable[[Document | None, Document], Resolution]


class _Rules(NamedTuple):
    """How to decide, and since when runs are counted."""

    decide: Decide
    oldest: datetime


@dataclass(slots=True)
class _Pending:
    """A reported run whose identity was taken, by its place in the request."""

    place: int
    document: Document

    @property
    def run_id(self) -> Identity:
        identity: Identity = self.document["_id"]["id"]
        return identity


def record_runs(
    agent: Document,
    version: Document,
    reports: Sequence[dict[str, Any]],
    *,
    assembled: Sequence[int] | None = None,
) -> list[Resolution]:
    """Store validated reports in input order; answer what became of each, in the same order.

    The reports become the documents (chalicelib.runs.reports.document_of). Durable when it returns.
    `assembled` is of how many spans telemetry made each of them: a report of more spans replaces
    what one of fewer said, while what a client reports itself outranks both.
    Raises DatabaseUnavailable, and what the driver raises.
    """
    recorded_at, oldest = now(), find_retention().accepted_from
    nameless = {place for place, report in enumerate(reports) if "id" not in report}
    documents = [document_of(r, agent["_id"], version["_id"], recorded_at) for r in reports]
    for document, spans in zip(documents, assembled or (), strict=bool(assembled)):
        document["assembled"] = spans
    results = [Resolution("created", document) for document in documents]
    kept = _refuse_expired(results, oldest) if oldest > EPOCH else range(len(documents))
    if not kept:
        return results
    with dirty_hours(version) as mark:
        mark(_hours_of(documents[place] for place in kept))
        places, stored = insert_new(documents, kept)
        if places:
            pending = [_Pending(place, documents[place]) for place in places]
            _reassign(pending, nameless)
            _settle(mark, pending, stored, results, _Rules(_meet, oldest))
    return results


def settle_runs(
    version: Document, documents: Sequence[Document], decide: Decide
) -> list[Resolution]:
    """Let `decide` change runs that there are already, each until nobody has come in between."""
    results = [Resolution("not_found", document) for document in documents]
    pending = [_Pending(place, document) for place, document in enumerate(documents)]
    rules = _Rules(decide, find_retention().accepted_from)
    with dirty_hours(version) as mark:
        _settle(mark, pending, {}, results, rules)
    return results


def _meet(stored: Document | None, reported: Document) -> Resolution:
    """What becomes of a report."""
    if stored is None:
        return Resolution("created", reported, changed=True)
    return resolve(stored, reported)


def _refuse_expired(results: list[Resolution], oldest: datetime) -> list[int]:
    """Say of each run that is too old that it has expired; the places of the others."""
    kept = []
    for place, (_, document, *_) in enumerate(results):
        if document["created"] < oldest:
            results[place] = Resolution("expired", document)
        else:
            kept.append(place)
    return kept


def _hours_that_count(stored: Iterable[Document]) -> set[datetime]:
    """The hours whose rollups the stored runs are, or were, counted in.

    Also of runs that stay as they are: whoever wrote them may have been held up until its marks
    were cleared, and have died before it could renew them. Its client's retry marks them again.
    """
    runs = list(stored)
    left = {hour for run in runs for hour in run.get("moved_from", ())}
    return _hours_of(runs) | left


def _hours_of(documents: Iterable[Document]) -> set[datetime]:
    """The UTC hours in which the runs were created."""
    # Numbers first, and a datetime only for each hour: this is done for every run.
    hours = {(run["created"].toordinal(), run["created"].hour) for run in documents}
    return {datetime.fromordinal(day).replace(hour=hour, tzinfo=UTC) for day, hour in hours}


def _reassign(pending: list[_Pending], nameless: set[int]) -> None:
    """An id that the server chose must not meet another run: choose again."""
    for item in pending:
        if item.place in nameless:
            item.document["_id"]["id"] = assign_id()


def _settle(
    mark: Mark,
    pending: list[_Pending],
    stored: dict[Identity, Document],
    results: list[Resolution],
    rules: _Rules,
) -> None:
    """Resolve reports against what is stored until every one of them has its result."""
    for _ in range(_MAX_ROUNDS):
        unread = [item.document for item in pending if item.run_id not in stored]
        stored |= read_stored(unread)
        standing = _resolve(pending, stored, results, rules)
        changed = {i: run for i, run in standing.items() if run is not stored.get(i)}
        mark(_hours_of(changed.values()) | _hours_that_count(stored.values()))
        lost = _replace(stored, changed)
        pending = [item for item in pending if item.run_id in lost]
        if not pending:
            return
        stored = {}
    raise DatabaseUnavailable("other writers keep changing these runs; retry")


def _resolve(
    pending: list[_Pending],
    stored: dict[Identity, Document],
    results: list[Resolution],
    rules: _Rules,
) -> dict[Identity, Document]:
    """Fold what is said of each run, in input order, into what should stand; fill `results`."""
    standing = dict(stored)
    for item in pending:
        known = standing.get(item.run_id)
        result = rules.decide(known, item.document)
        if result.changed and known is not None and _has_expired(known, result, rules.oldest):
            result = Resolution("expired", known)
        results[item.place] = result
        if result.changed:
            standing[item.run_id] = result.standing
    return standing


def _has_expired(known: Document, result: Resolution, oldest: datetime) -> bool:
    """Whether the run's hour, or the one that it would move to, is not counted again."""
    earliest: datetime = min(known["created"], result.standing["created"])
    return earliest < oldest


def _replace(stored: dict[Identity, Document], changed: dict[Identity, Document]) -> set[Identity]:
    """Write the changed runs where nobody has in between; the ids of those that were lost."""
    if not changed:
        return set()
    for run_id, run in changed.items():
        _revise(run, stored.get(run_id, {}))
    writes = [
        ReplaceOne({"_id": run["_id"], "revision": stored[run_id].get("revision")}, run)
        if run_id in stored
        else InsertOne(run)
        for run_id, run in changed.items()
    ]
    try:
        written = collection("runs").bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        duplicates(error)
    else:
        if written.matched_count + written.inserted_count == len(writes):
            return set()
    current = committed("runs").find({"_id": {"$in": [run["_id"] for run in changed.values()]}})
    kept = {run["_id"]["id"] for run in current if run == changed[run["_id"]["id"]]}
    return changed.keys() - kept


def _revise(run: Document, before: Document) -> None:
    """Number the run's states, and keep the hours that it has moved from (`_hours_that_count`)."""
    run["revision"] = before.get("revision", 0) + 1
    left = set(before.get("moved_from", ()))
    if before:
        left.add(hour_of(before["created"]))
    left.discard(hour_of(run["created"]))
    run.pop("moved_from", None)
    if left:
        run["moved_from"] = sorted(left)
