"""The fields of a run that clients speak of, and where its document keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from pydantic_core import to_json

from chalicelib.database.documents import RunDocument
from chalicelib.metrics.tokens import TOKEN_FIELDS
from chalicelib.values.names import label_or_nothing
from chalicelib.values.outcomes import normalise

# As the API calls them, in its order.
FIELDS = (
    *("status", "outcome", "created", "time_taken", "cost", "task_id", "initiator"),
    *("tools", "models", *TOKEN_FIELDS, "error", "metadata", "score", "trace_id"),
)
# The key that a field is compared by; each other has its own name. A duration is compared by its
# length ("5m30s" is "330s"). `outcome` is the effective one, and what was said of it is apart.
KEY_OF = {name: name for name in FIELDS} | {
    "outcome": "reported_outcome",
    "time_taken": "duration_us",
}
_FIELD_OF = {key: name for name, key in KEY_OF.items()}
_KEYS = tuple(KEY_OF.items())
_PLACES = {name: place for place, name in enumerate(FIELDS)}
_LABELS = frozenset(("initiator", "tools", "models"))
_MISSING = object()


def named(document: RunDocument) -> list[str]:
    """The fields that a report, or all reports of a run together, spoke of."""
    found = [name for name, key in _KEYS if key in document]
    if "created_assigned" in document:
        found.remove("created")
    return found


def differing(stored: RunDocument, reported: RunDocument) -> list[str]:
    """The fields that the report names, and the stored run has not or has otherwise.

    An empty list is no news where no list is known.
    """
    # This is done for every run of every retry, so it looks only at what was sent.
    found = [
        _FIELD_OF[key]
        for key, value in reported.items()
        if key in _FIELD_OF and not _is_same(key, stored.get(key, _MISSING), value)
    ]
    if "created" in found and "created_assigned" in reported:
        found.remove("created")
    elif "created_assigned" in stored and "created_assigned" not in reported:
        found = [*(name for name in found if name != "created"), "created"]
    return sorted(found, key=_PLACES.__getitem__)


def knows_all(stored: RunDocument, reported: RunDocument) -> bool:
    """Whether the stored run has every list that the report names, empty ones too."""
    return all(name in stored or name not in reported for name in ("tools", "models"))


def take(document: RunDocument, reported: RunDocument, fields: Iterable[str]) -> None:
    """Give the document the report's values of these fields, with what was cut of them."""
    taken = set(fields)
    keys = {KEY_OF[name] for name in taken} | ({"time_taken"} & taken)
    cast("dict[str, Any]", document).update({k: v for k, v in reported.items() if k in keys})
    if "created" in taken:
        document.pop("created_assigned", None)
    cut = [path for path in document.get("truncated", ()) if field_of(path) not in taken]
    cut += [path for path in reported.get("truncated", ()) if field_of(path) in taken]
    document.pop("truncated", None)
    if cut:
        document["truncated"] = sorted(cut)


def drop(document: RunDocument, name: str) -> None:
    """Make a field unknown."""
    fields = cast("dict[str, Any]", document)
    fields.pop(KEY_OF[name], None)
    if name == "time_taken":
        fields.pop(name, None)
    cut = [path for path in document.pop("truncated", ()) if field_of(path) != name]
    if cut:
        document["truncated"] = cut


def field_of(path: str) -> str:
    """The field that a path such as `metadata.log` lies in."""
    return path.partition(".")[0]


def canonical(metadata: Mapping[str, Any]) -> bytes:
    """The same bytes for the same JSON object: in any order, 1 is 1.0, but true is not 1."""
    pairs = (
        (key, int(value) if isinstance(value, float) and value.is_integer() else value)
        for key, value in metadata.items()
    )
    return to_json(sorted(pairs))


def _is_same(key: str, stored: Any, reported: Any) -> bool:
    if stored is _MISSING:
        return bool(reported == [])
    if key == "metadata":
        return canonical(stored) == canonical(reported)
    if stored == reported:
        return True
    if key == "status":
        return normalise(stored) == normalise(reported)
    return key in _LABELS and _labels(stored) == _labels(reported)


def _labels(value: str | list[str]) -> list[str]:
    """What was kept as it was sent, before labels had one form, is what is kept of it today."""
    return [label_or_nothing(text) for text in ([value] if isinstance(value, str) else value)]
