"""Two reports of one run: which one stands.

Pure rules, the heart of totals that survive retries. Reports of one run form a total order,
finished over in progress and, while in progress, further along over less far; the highest
stands. So whatever the order, repetition or interleaving in which reports arrive, the same
run is stored in the end. Only two finished reports that disagree have no order: the first
stored stands, and the other is a conflict.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic_core import to_json

from chalicelib.values.outcomes import stage_of

Verdict = Literal["created", "updated", "unchanged", "superseded", "conflict", "expired"]

# What a client says of a run beside its identity. `time_taken` is compared by its value
# ("5m30s" is "330s"), `created` apart because the server may have assigned it.
CONTENT = (
    *("status", "duration_us", "cost", "task_id", "initiator", "tools", "models"),
    *("input_tokens", "output_tokens", "error", "metadata"),
)
_WIRE_NAMES = {"duration_us": "time_taken"}


class Resolution(NamedTuple):
    """`standing` is the run as it now has to be stored; `changed` says that it is to be written.

    `differing` names the fields of a conflict as the client knows them. `resolve` never says
    "expired": only the store knows how long runs are kept.
    """

    verdict: Verdict
    standing: dict[str, Any]
    changed: bool = False
    differing: tuple[str, ...] = ()


def resolve(stored: dict[str, Any], reported: dict[str, Any]) -> Resolution:
    """Decide between the stored document and a newly reported one of the same identity."""
    if _in_progress(stored):
        if not _differing(stored, reported):
            return _keep("unchanged", stored, reported)
        if not _in_progress(reported) or _progress(reported) > _progress(stored):
            return Resolution("updated", _inherit_created(reported, stored), changed=True)
        return _keep("superseded", stored, reported)
    if _in_progress(reported):
        return _keep("superseded", stored, reported)
    differing = _differing(stored, reported)
    if differing:
        return Resolution("conflict", stored, differing=differing)
    return _keep("unchanged", stored, reported)


def _in_progress(document: dict[str, Any]) -> bool:
    return bool(document["outcome"] == "in_progress")


def _differing(stored: dict[str, Any], reported: dict[str, Any]) -> tuple[str, ...]:
    old, new = _content(stored), _content(reported)
    names = [_WIRE_NAMES.get(name, name) for name in CONTENT if old.get(name) != new.get(name)]
    both_said = not (_assigned(stored) or _assigned(reported))
    if both_said and stored["created"] != reported["created"]:
        names.append("created")
    return tuple(names)


def _progress(document: dict[str, Any]) -> tuple[Any, ...]:
    """How far along a report in progress is.

    What grows while an agent works comes first; the rest only makes the order total, so that no
    two orders of arrival end differently.
    """
    content = _content(document)
    return (
        stage_of(document["status"]),
        document.get("duration_us", -1),
        document.get("cost", -1),
        document.get("input_tokens", -1) + document.get("output_tokens", -1),
        len(content),
        to_json(content),
        to_json(None if _assigned(document) else document["created"]),
    )


def _content(document: dict[str, Any]) -> dict[str, Any]:
    """What the run's reports are compared by."""
    content = {name: document[name] for name in CONTENT if name in document}
    if "metadata" in content:
        content["metadata"] = _canonical(content["metadata"])
    return content


def _canonical(metadata: dict[str, Any]) -> bytes:
    """The same bytes for the same JSON object: in any order, 1 is 1.0, but true is not 1."""
    pairs = (
        (key, int(value) if isinstance(value, float) and value.is_integer() else value)
        for key, value in metadata.items()
    )
    return to_json(sorted(pairs))


def _assigned(document: dict[str, Any]) -> bool:
    """Whether the server, not a client, said when the run was created."""
    return "created_assigned" in document


def _keep(verdict: Verdict, stored: dict[str, Any], reported: dict[str, Any]) -> Resolution:
    """The stored run stands, but a creation time that a client gives replaces an assigned one."""
    if _assigned(stored) and not _assigned(reported):
        standing = {k: v for k, v in stored.items() if k != "created_assigned"}
        return Resolution(verdict, standing | {"created": reported["created"]}, changed=True)
    return Resolution(verdict, stored)


def _inherit_created(reported: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """A report that does not say when the run was created leaves that as it is known."""
    if not _assigned(reported):
        return reported
    inherited = reported | {"created": stored["created"]}
    if not _assigned(stored):
        del inherited["created_assigned"]
    return inherited
