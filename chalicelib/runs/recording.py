"""Writing runs: the unique `_id` decides identity, never a read before the write.

New runs are inserted (chalicelib.runs.inserts). Only those whose identity is taken are read back
and resolved against what stands (chalicelib.runs.resolution), and written again only on the
condition that the stored run has not changed since, so concurrent writers never undo each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from chalicelib.audit import Note
from chalicelib.database import (
    WHOLE_REPLY,
    Clause,
    bent_fields,
    collection,
    committed,
    duplicates,
    find_retention,
)
from chalicelib.database.documents import AgentDocument, RunDocument, VersionDocument
from chalicelib.database.names import RUNS
from chalicelib.errors import DatabaseUnavailable
from chalicelib.rollups import find_expired
from chalicelib.runs.changes import changes_of
from chalicelib.runs.inserts import at_once, insert_new, read_stored
from chalicelib.runs.marking import Hours, RunMarks, marking
from chalicelib.runs.reports import assign_id, document_of
from chalicelib.runs.resolution import Resolution, resolve
from chalicelib.values.identities import Identity
from chalicelib.values.instants import EPOCH, hour_of, now

# Each round that fails means that another writer changed a run in between; runs only move up
# a finite order of reports, so this is never reached in earnest.
_MAX_ROUNDS = 20
# Stored runs may be large, each of them.
_SETTLED_AT_ONCE = 250


# What should stand where that stands (None: nothing), and this is said.
Decide = Callable[[RunDocument | None, RunDocument], Resolution]


class _Rules(NamedTuple):
    """How to decide, since when runs are counted, and who is told before a run is changed."""

    decide: Decide
    oldest: datetime
    note: Note | None = None


@dataclass(slots=True)
class _Pending:
    """A reported run whose identity was taken, by its place in the request."""

    place: int
    document: RunDocument

    @property
    def run_id(self) -> Identity:
        identity: Identity = self.document["_id"]["id"]
        return identity


class Batch(NamedTuple):
    """Validated reports of one version; `assembled` as `record_runs` takes it."""

    agent: AgentDocument
    version: VersionDocument
    reports: Sequence[dict[str, Any]]
    assembled: Sequence[int] | None = None


def record_runs(
    agent: AgentDocument,
    version: VersionDocument,
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
    return record_batches([Batch(agent, version, reports, assembled)])


def record_batches(batches: Sequence[Batch]) -> list[Resolution]:
    """Store the reports of several versions at once, as `record_runs` does those of one.

    For the price of a few round trips, however many versions there are. No id may be in two of
    the batches. Answers the resolutions of all of them, one after the other.
    """
    recorded_at, retention = now(), find_retention()
    oldest = retention.accepted_from
    reports = [report for batch in batches for report in batch.reports]
    nameless = {place for place, report in enumerate(reports) if "id" not in report}
    documents = [d for batch in batches for d in _documents_of(batch, recorded_at)]
    results = [Resolution("created", document) for document in documents]
    kept: Sequence[int] = range(len(documents))
    if oldest > EPOCH:
        kept = _refuse_expired(results, oldest, nameless)
    if not kept:
        return results
    rules = _Rules(_meet, oldest)
    with marking([batch.version for batch in batches]) as marks:
        stored: dict[Identity, RunDocument] = {}
        reported = [documents[place] for place in kept]
        hours = marks.hours_of(reported)
        if not nameless and _may_be_known(marks, reported, hours) and _look_known(reported):
            places = list(kept)
        else:
            marks.mark(hours)
            places, stored = insert_new(documents, kept)
        pending = [_Pending(place, documents[place]) for place in places]
        _reassign(pending, nameless)
        _settle_all(marks, pending, stored, results, rules)
    return results


def settle_runs(
    version: VersionDocument,
    documents: Sequence[RunDocument],
    decide: Decide,
    note: Note | None = None,
) -> list[Resolution]:
    """Let `decide` change runs that there are already, each until nobody has come in between.

    `note` is told of each change before it is made.
    """
    results = [Resolution("not_found", document) for document in documents]
    pending = [_Pending(place, document) for place, document in enumerate(documents)]
    rules = _Rules(decide, find_retention().accepted_from, note)
    with marking([version]) as marks:
        _settle_all(marks, pending, {}, results, rules)
    return results


def adopt_runs(version: VersionDocument, runs: Sequence[RunDocument]) -> list[Resolution]:
    """Store runs of another version as this one's, by the rules of reports, in input order.

    Runs that were deleted there come as deleted ones, where there are no others here.
    """
    own = [
        {name: value for name, value in run.items() if name not in ("revision", "moved_from")}
        | {"_id": {"v": version["_id"], "id": run["_id"]["id"]}, "agent_id": version["agent_id"]}
        for run in runs
    ]
    return settle_runs(version, cast("list[RunDocument]", own), _adopt)


def _adopt(stored: RunDocument | None, adopted: RunDocument) -> Resolution:
    if stored is not None and "deleted_at" in adopted:
        return Resolution("deleted", stored)
    return _meet(stored, adopted)


def _meet(stored: RunDocument | None, reported: RunDocument) -> Resolution:
    """What becomes of a report."""
    if stored is None:
        return Resolution("created", reported, changed=True)
    return resolve(stored, reported)


def _documents_of(batch: Batch, recorded_at: datetime) -> list[RunDocument]:
    agent_id, version_id = batch.agent["_id"], batch.version["_id"]
    documents = [document_of(r, agent_id, version_id, recorded_at) for r in batch.reports]
    for document, spans in zip(documents, batch.assembled or (), strict=bool(batch.assembled)):
        document["assembled"] = spans
    return documents


def _may_be_known(marks: RunMarks, documents: Sequence[RunDocument], hours: Hours) -> bool:
    """Whether it is worth a question if these runs are stored already.

    To mark hours in which nothing changes would make every question about them slow. And who says
    of many runs how they ended, but not when they began, has mostly said so before: inserting them
    would be in vain.
    """
    ends_runs = len(documents) > _SETTLED_AT_ONCE and "created_assigned" in documents[0]
    return ends_runs or marks.lacks(hours)


def _look_known(documents: Sequence[RunDocument]) -> bool:
    """Whether the first, the middle and the last of these runs are stored already."""
    some = (documents[0], documents[len(documents) // 2], documents[-1])
    ids = list({(d["_id"]["v"], d["_id"]["id"]): d["_id"] for d in some}.values())
    found = committed(RUNS).find({"_id": {"$in": ids}}, {"_id": 1}).batch_size(WHOLE_REPLY)
    return len(found.to_list()) == len(ids)


def _settle_all(
    marks: RunMarks,
    pending: list[_Pending],
    stored: dict[Identity, RunDocument],
    results: list[Resolution],
    rules: _Rules,
) -> None:
    """Settle a part after the other; of many two at once: one waits while the other decides."""

    def settle(parts: list[list[_Pending]]) -> None:
        for some in parts:
            known = {i.run_id: stored.pop(i.run_id) for i in some if i.run_id in stored}
            _settle(marks, some, known, results, rules)
            if len(results) > 1:
                _slim(results, some)

    parts = list(_in_parts(pending))
    if len(parts) > 1 and len({item.run_id for item in pending}) == len(pending):
        at_once(settle, [parts[::2], parts[1::2]])
    else:
        settle(parts)


def _in_parts(pending: list[_Pending]) -> Iterator[list[_Pending]]:
    for at in range(0, len(pending), _SETTLED_AT_ONCE):
        yield pending[at : at + _SETTLED_AT_ONCE]


def _slim(results: list[Resolution], settled: Iterable[_Pending]) -> None:
    """Keep of stored runs what an answer to a batch needs: whole, ten thousand are too many."""
    for item in settled:
        standing = results[item.place].standing
        few = {name: value for name, value in standing.items() if name in {"_id", "created"}}
        slim = results[item.place]._replace(standing=cast("RunDocument", few))
        results[item.place] = slim


def _refuse_expired(results: list[Resolution], oldest: datetime, nameless: set[int]) -> list[int]:
    """Say of each run that is too old that it has expired; the places of the others.

    Of a report that does not say when its run was created, that is asked.
    """
    asked = [
        document["_id"]
        for place, (_, document, *_) in enumerate(results)
        if "created_assigned" in document and place not in nameless
    ]
    gone = find_expired(asked) if asked else set()
    kept = []
    for place, (_, document, *_) in enumerate(results):
        is_gone = "created_assigned" in document and document["_id"]["id"] in gone
        if document["created"] < oldest or is_gone:
            results[place] = Resolution("expired", document)
        else:
            kept.append(place)
    return kept


def _reassign(pending: list[_Pending], nameless: set[int]) -> None:
    """An id that the server chose must not meet another run: choose again."""
    for item in pending:
        if item.place in nameless:
            item.document["_id"]["id"] = assign_id()


def _settle(
    marks: RunMarks,
    pending: list[_Pending],
    stored: dict[Identity, RunDocument],
    results: list[Resolution],
    rules: _Rules,
) -> None:
    """Resolve reports against what is stored until every one of them has its result."""
    for _ in range(_MAX_ROUNDS):
        unread = [item.document for item in pending if item.run_id not in stored]
        stored |= read_stored(unread)
        pending = list(_without_bent(pending, stored, results))
        standing = _resolve(pending, stored, results, rules)
        changed = {i: run for i, run in standing.items() if run is not stored.get(i)}
        marks.mark_change(stored, changed)
        end = rules.note(changes_of(stored, changed)) if rules.note and changed else None
        lost = _replace(stored, changed)
        if end is not None:
            end(lost)
        pending = [item for item in pending if item.run_id in lost]
        if not pending:
            return
        stored = {}
    raise DatabaseUnavailable("other writers keep changing these runs; retry")


def _without_bent(
    pending: list[_Pending], stored: dict[Identity, RunDocument], results: list[Resolution]
) -> Iterator[_Pending]:
    """Those whose stored run can be read: of one that was bent by hand nothing can be said."""
    bent = {i: bent_fields(run, RunDocument) for i, run in stored.items() if _is_alive(run)}
    for item in pending:
        fields = bent.get(item.run_id)
        if fields:
            results[item.place] = Resolution("bent", item.document, conflicting=tuple(fields))
        else:
            yield item
    for run_id, fields in bent.items():
        if fields:
            del stored[run_id]


def _is_alive(run: RunDocument) -> bool:
    return "deleted_at" not in run


def _resolve(
    pending: list[_Pending],
    stored: dict[Identity, RunDocument],
    results: list[Resolution],
    rules: _Rules,
) -> dict[Identity, RunDocument]:
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


def _has_expired(known: RunDocument, result: Resolution, oldest: datetime) -> bool:
    """Whether the run's hour, or the one that it would move to, is not counted again."""
    earliest: datetime = min(known["created"], result.standing["created"])
    return earliest < oldest


def _replace(
    stored: dict[Identity, RunDocument], changed: dict[Identity, RunDocument]
) -> set[Identity]:
    """Write the changed runs where nobody has in between; the ids of those that were lost."""
    if not changed:
        return set()
    for run_id, run in changed.items():
        revise(run, stored.get(run_id))
    writes = [
        _change(stored[run_id], run) if run_id in stored else InsertOne(run)
        for run_id, run in changed.items()
    ]
    refused: set[Identity] = set()
    try:
        written = collection(RUNS).bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        places = list(changed)
        refused = {places[index] for index in duplicates(error)}
    else:
        if written.matched_count + written.inserted_count == len(writes):
            return set()
    # Of inserts the answer tells which were refused; of replacements only how many were not found.
    replaced = [run["_id"] for run_id, run in changed.items() if run_id in stored]
    current = committed(RUNS).find({"_id": {"$in": replaced}})
    kept = {run["_id"]["id"] for run in current if run == changed[run["_id"]["id"]]}
    return refused | (changed.keys() & stored.keys()) - kept


def _change(stored: RunDocument, run: RunDocument) -> UpdateOne:
    """Makes the one of the other, if that is what stands: less to send, store and replicate."""
    new = {name: value for name, value in run.items() if value is not stored.get(name)}
    gone = stored.keys() - run.keys()
    update: Clause = {"$set": new} | ({"$unset": dict.fromkeys(gone, "")} if gone else {})
    return UpdateOne({"_id": run["_id"], "revision": stored.get("revision")}, update)


def revise(run: RunDocument, before: RunDocument | None) -> None:
    """Number the run's states, and keep the hours that it has moved from (`_hours_that_count`)."""
    run["revision"] = (before.get("revision", 0) if before else 0) + 1
    left = set(before.get("moved_from", ())) if before else set()
    if before:
        left.add(hour_of(before["created"]))
    left.discard(hour_of(run["created"]))
    run.pop("moved_from", None)
    if left:
        run["moved_from"] = sorted(left)
