"""The Go server's runs, recorded here by the rules of posted runs.

In the order in which they were recorded there, so that several reports of one run end as they would
have ended if they had been posted here. After each batch the place is kept in the database that
they go to, so that an interrupted move goes on there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from bson import ObjectId
from pydantic_core import to_json

from chalicelib.database import Document, collection
from chalicelib.database.documents import MigrationDocument
from chalicelib.database.names import MIGRATIONS
from chalicelib.runs import Resolution, parse_submission, record_runs
from management.go_server.ledger import Ledger
from management.go_server.registering import Owner, Owners
from management.go_server.source import GoSource
from management.go_server.values import UnusableError, dropped_fields, report_of

BATCH_RUNS = 2000
MOVED = "runs moved"
_MERGED = {
    "updated": "they told more of a run with the same id",
    "unchanged": "they told again of a run with the same id",
    "superseded": "a run with the same id knew more already",
}
_REFUSED = {
    "conflict": "they contradict a finished run with the same id",
    "expired": "they are older than runs are kept here",
}


class Mover:
    """Moves runs on from where an earlier attempt was interrupted."""

    def __init__(self, source: GoSource, ledger: Ledger, *, dry_run: bool) -> None:
        self._source = source
        self._ledger = ledger
        self._dry_run = dry_run
        self._seen: set[int] = set()
        self.after: ObjectId | None = None

    def resume(self) -> None:
        """Go on with what an interrupted attempt kept; the ledger too."""
        found = collection(MIGRATIONS).find_one({"_id": self._source.label})
        if found is not None and found["after"] is not None:
            self.after = found["after"]
            self._ledger.counts.update(found["counts"])
            self._ledger.notes.extend(found["notes"])

    def move(self, owners: Owners, progress: Callable[[int], object]) -> None:
        """Record every run; `progress` is told how many more are done with."""
        for batch in _batched(self._source.runs(self.after), BATCH_RUNS):
            self._move(owners, batch)
            self.after = batch[-1]["_id"]
            self._keep(self.after)
            progress(len(batch))
        self._keep(None)

    def _move(self, owners: Owners, batch: Sequence[Document]) -> None:
        # Two ids of one version, merged, are one here: their runs go together.
        found: dict[Any, tuple[Owner, list[tuple[Document, dict[str, Any]]]]] = {}
        for run in batch:
            owner = owners.find(run)
            if owner is None:
                self._refuse("their agent or version is not there", run["_id"])
                continue
            try:
                report = report_of(run)
            except UnusableError as error:
                self._refuse(str(error), run["_id"])
                continue
            for name in dropped_fields(run):
                self._ledger.note("runs changed", f"there is no field '{name}' here", run["_id"])
            found.setdefault(owner.version["_id"], (owner, []))[1].append((run, report))
        for owner, runs in found.values():
            self._record(owner, runs)

    def _record(self, owner: Owner, runs: Sequence[tuple[Document, dict[str, Any]]]) -> None:
        submission = parse_submission(to_json({"runs": [report for _, report in runs]}))
        for refusal in submission.refused:
            found = "; ".join(f"{e['path']}: {e['message']}" for e in refusal["errors"])
            self._refuse(found or refusal["detail"], runs[refusal["index"]][0]["_id"])
        ids = [runs[place][0]["_id"] for place in submission.places]
        if self._dry_run:
            self._foresee(owner, ids, submission.reports)
            return
        results = record_runs(owner.agent, owner.version, submission.reports)
        for source_id, result in zip(ids, results, strict=True):
            self._judge(result, source_id)

    def _judge(self, result: Resolution, source_id: Any) -> None:
        if result.verdict == "created":
            self._ledger.count(MOVED)
        elif result.verdict in _MERGED:
            self._ledger.note("runs merged", _MERGED[result.verdict], source_id)
        else:
            reason = _REFUSED.get(result.verdict, f"the run with that id is {result.verdict}")
            self._refuse(reason, source_id)

    def _foresee(self, owner: Owner, ids: Sequence[Any], reports: Sequence[dict[str, Any]]) -> None:
        for source_id, report in zip(ids, reports, strict=True):
            identity = hash((owner.version["_id"], report["id"]))
            if identity in self._seen:
                reason = "an earlier one has the same id: merged, or refused if they contradict"
                self._ledger.note("runs merged", reason, source_id)
            else:
                self._seen.add(identity)
                self._ledger.count(MOVED)

    def _refuse(self, reason: str, source_id: Any) -> None:
        self._ledger.note("runs refused", reason, source_id)

    def _keep(self, after: ObjectId | None) -> None:
        if self._dry_run:
            return
        state: MigrationDocument = {
            "_id": self._source.label,
            "after": after,
            "counts": dict(self._ledger.counts),
            "notes": self._ledger.notes,
        }
        collection(MIGRATIONS).replace_one({"_id": self._source.label}, state, upsert=True)


def _batched(runs: Iterator[Document], size: int) -> Iterator[list[Document]]:
    while batch := list(islice(runs, size)):
        yield batch
