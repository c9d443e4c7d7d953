"""What somebody knows better than every report.

A correction outranks reports of before and after, so the run keeps which fields are `corrected`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.audit import Note
from chalicelib.database import Document
from chalicelib.metrics.counted import counted_of
from chalicelib.runs.fields import FIELDS, differing, drop, named, take
from chalicelib.runs.ranks import layers_of, outcome_of_run, remember
from chalicelib.runs.recording import settle_runs
from chalicelib.runs.reports import settle
from chalicelib.runs.resolution import Resolution, counted_before
from chalicelib.values.instants import now

# What a correction needs of the run that it is about.
_UNKNOWN = "made_unknown"


def correct_runs(
    version: Document, corrections: Sequence[dict[str, Any]], note: Note | None = None
) -> list[Resolution]:
    """Apply validated corrections in input order; answer what became of each, in the same order.

    Each names its run's `id`; a field of None becomes unknown. Durable when it returns. The verdict
    of a run that there is not, or not any more, is "not_found". `note` is told of each change
    before it is made.
    """
    instant = now()
    documents = [_document_of(version, changes, instant) for changes in corrections]
    return settle_runs(version, documents, _correct, note)


def _document_of(
    version: Document, changes: Mapping[str, Any], instant: datetime
) -> dict[str, Any]:
    """The changes in the keys and values of a run's document."""
    document = {name: value for name, value in changes.items() if value is not None}
    document["_id"] = {"v": version["_id"], "id": document.pop("id")}
    document[_UNKNOWN] = [name for name in FIELDS if name in changes and changes[name] is None]
    document["recorded_at"] = instant
    settle(document)
    return document


def _correct(stored: Document | None, changes: Document) -> Resolution:
    if stored is None or "deleted_at" in stored:
        return Resolution("not_found", changes)
    known, unknown = named(changes), changes[_UNKNOWN]
    different = [*differing(stored, changes), *(n for n in unknown if n in named(stored))]
    corrected = sorted({*stored.get("corrected", ()), *known, *unknown})
    standing = stored | {"corrected": corrected}
    if not corrected or (not different and corrected == stored.get("corrected")):
        return Resolution("unchanged", stored)
    layers = layers_of(stored)
    take(standing, changes, known)
    for name in unknown:
        drop(standing, name)
    standing["outcome"] = outcome_of_run(standing)
    remember(standing, layers)
    _freeze_count(stored, standing)
    if not different:
        return Resolution("unchanged", standing, changed=True)
    standing["recorded_at"] = changes["recorded_at"]
    return Resolution("updated", standing, changed=True)


def _freeze_count(stored: Document, standing: Document) -> None:
    """Keep what Prometheus has counted of an ended run, whatever becomes of it now."""
    before = counted_before(stored)
    after = counted_of(standing, standing["outcome"])
    standing.pop("counted", None)
    if before is not None and before != after:
        standing["counted"] = before
