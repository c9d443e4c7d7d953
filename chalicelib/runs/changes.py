"""Changes of runs as the record of changes has them: by the fields that the API speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from zlib import crc32

from chalicelib.audit import Change
from chalicelib.database.documents import RunDocument
from chalicelib.runs.fields import FIELDS, canonical
from chalicelib.runs.ranks import outcome_of_run
from chalicelib.values.identities import Identity

# A value that is corrected to what it was outranks every report from then on.
_SHOWN = (*FIELDS, "corrected")
_FREE_TEXT = ("error", "metadata")


def changes_of(
    stored: Mapping[Identity, RunDocument], changed: Mapping[Identity, RunDocument]
) -> list[Change]:
    """What becomes of each changed run: the fields that differ, where any does."""
    changes = [_change(run_id, stored.get(run_id), run) for run_id, run in changed.items()]
    return [change for change in changes if change.after]


def deletion_of(run: RunDocument) -> Change:
    """A run that goes, with all that was known of it."""
    return Change(_values(run), None, run["_id"]["id"])


def _change(run_id: Identity, before: RunDocument | None, after: RunDocument) -> Change:
    old, new = _values(before or {}), _values(after)
    differing = [name for name in _SHOWN if old.get(name) != new.get(name)]
    return Change(
        None if before is None else {name: old.get(name) for name in differing},
        {name: new.get(name) for name in differing},
        run_id,
    )


def _values(run: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: _shown(name, run[name]) for name in _SHOWN if name in run}
    if "status" in run:
        known["outcome"] = outcome_of_run(cast("RunDocument", run))
    return known


def _shown(name: str, value: Any) -> Any:
    """Free text may hold a secret, which may be why it goes: only how it differs is kept."""
    if name not in _FREE_TEXT:
        return value
    text = value.encode() if isinstance(value, str) else canonical(value)
    return f"({len(text)} bytes, CRC-32 {crc32(text):08x})"
