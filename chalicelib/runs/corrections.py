"""What somebody knows better than every report.

A correction outranks reports of before and after, so the run keeps which fields are `corrected`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from chalicelib.audit import Note
from chalicelib.database.documents import RunDocument, VersionDocument
from chalicelib.runs.fields import FIELDS, differing, drop, named, take
from chalicelib.runs.ranks import layers_of, outcome_of_run, remember
from chalicelib.runs.recording import settle_runs
from chalicelib.runs.reports import settle
from chalicelib.runs.resolution import Resolution, counted_before, remember_count
from chalicelib.values.instants import now


class _Correction(RunDocument):
    """What is known of a run, and the fields that become unknown; never stored."""

    made_unknown: list[str]


def correct_runs(
    version: VersionDocument, corrections: Sequence[dict[str, Any]], note: Note | None = None
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
    version: VersionDocument, changes: Mapping[str, Any], instant: datetime
) -> RunDocument:
    """The changes in the keys and values of a run's document."""
    document = {name: value for name, value in changes.items() if value is not None}
    document["_id"] = {"v": version["_id"], "id": document.pop("id")}
    document["made_unknown"] = [
        name for name in FIELDS if name in changes and changes[name] is None
    ]
    document["recorded_at"] = instant
    settle(document)
    return cast("RunDocument", document)


def _correct(stored: RunDocument | None, changes: RunDocument) -> Resolution:
    if stored is None or "deleted_at" in stored:
        return Resolution("not_found", changes)
    known = named(changes)
    unknown = cast("_Correction", changes)["made_unknown"]
    different = [*differing(stored, changes), *(n for n in unknown if n in named(stored))]
    corrected = sorted({*stored.get("corrected", ()), *known, *unknown})
    standing = stored.copy()
    standing["corrected"] = corrected
    if not corrected or (not different and corrected == stored.get("corrected")):
        return Resolution("unchanged", stored)
    layers = layers_of(stored)
    take(standing, changes, known)
    for name in unknown:
        drop(standing, name)
    standing["outcome"] = outcome_of_run(standing)
    remember(standing, layers)
    counted = counted_before(stored)
    if counted is not None:  # Prometheus keeps it so, whatever becomes of the run now
        remember_count(stored, standing, counted)
    if not different:
        return Resolution("unchanged", standing, changed=True)
    standing["recorded_at"] = changes["recorded_at"]
    return Resolution("updated", standing, changed=True)
