"""A report meets the stored run: what stands then, and what the client is told.

Pure rules, the heart of totals that survive retries. Each field has the value of the report that
ranks highest among those that named it (chalicelib.runs.ranks), so whatever order, repetition or
interleaving in which reports arrive, the same run is stored in the end. Only two finished reports
that contradict each other have no order: the first stored stands, and the other is a conflict. What
somebody corrected (chalicelib.runs.corrections) outranks all reports, of before and after.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from chalicelib.database.documents import RunDocument
from chalicelib.metrics.counted import Counted, complete, counted_of
from chalicelib.runs.fields import differing, drop, knows_all, named, take
from chalicelib.runs.ranks import (
    FINISHED,
    Layer,
    class_of,
    is_assembled,
    layers_of,
    outcome_of_run,
    rank_of,
    remember,
)

Verdict = Literal[
    "created",
    "updated",
    "unchanged",
    "superseded",
    "conflict",
    "expired",
    "deleted",
    "not_found",
    "bent",
]


class Resolution(NamedTuple):
    """`standing` is the run as it now has to be stored; `changed` says that it is to be written.

    `conflicting` names the fields of a conflict as the client knows them. `resolve` never says
    "expired", "not_found" or "bent": only the store knows how long runs are kept, which there are,
    and which of them somebody bent by hand.
    """

    verdict: Verdict
    standing: RunDocument
    changed: bool = False
    conflicting: tuple[str, ...] = ()


def resolve(stored: RunDocument, reported: RunDocument) -> Resolution:
    """Decide between the stored document and a newly reported one of the same identity."""
    if "deleted_at" in stored:
        return Resolution("deleted", stored)
    different = differing(stored, reported)
    if not different and "ranks" not in stored and _says_no_more(stored, reported):
        return Resolution("unchanged", stored)
    return _merge(stored, reported, different)


def _merge(stored: RunDocument, reported: RunDocument, different: list[str]) -> Resolution:
    corrected = frozenset(stored.get("corrected", ()))
    rank, layers = rank_of(reported), layers_of(stored)
    if rank == FINISHED:
        said = _finished(layers) - corrected
        conflicting = tuple(name for name in different if name in said)
        if conflicting:
            return Resolution("conflict", stored, conflicting=conflicting)
    standing = stored.copy()
    if is_assembled(rank):
        if any(is_assembled(layer.rank) and layer.rank > rank for layer in layers):
            return _left(stored, different)
        layers = _forget_assemblies(standing, layers, corrected)
    # What is corrected keeps its value, but where reports stand must not depend on when it was.
    claimed = frozenset(named(reported)) - _outranking(layers, rank)
    taken = claimed - corrected
    take(standing, reported, taken)
    layers = [*_without(layers, claimed), Layer(rank, claimed)]
    layers = _void_outcome(standing, layers, corrected)
    standing["outcome"] = outcome_of_run(standing)
    remember(standing, layers)
    before, after = named(stored), named(standing)
    if not taken.intersection(different) and set(before) <= set(after):
        if before == after and standing.get("ranks") == stored.get("ranks"):
            return _left(stored, different)
        return _left(standing, different)._replace(changed=True)
    keep_count(stored, standing)
    standing["recorded_at"] = reported["recorded_at"]
    return Resolution("updated", standing, changed=True)


def counted_before(run: RunDocument) -> Counted | None:
    """What Prometheus has counted of a stored run so far, if it has ended."""
    counted: Counted | None = run.get("counted")
    return counted or counted_of(run, run.get("outcome"))


def keep_count(stored: RunDocument, standing: RunDocument) -> None:
    """Keep what was counted of an ended run beside it, where a report changes that."""
    before = counted_before(stored)
    if before is not None:
        after = counted_of(standing, standing["outcome"])
        remember_count(stored, standing, complete(before, after or before))


def remember_count(stored: RunDocument, standing: RunDocument, counted: Counted) -> None:
    """Keep in the changed document of a run what was counted of it, and when it was then."""
    if standing["created"] != stored["created"]:
        standing.setdefault("counted_at", stored["created"])
    if standing.get("counted_at") == standing["created"]:
        del standing["counted_at"]
    standing.pop("counted", None)
    if "counted_at" in standing or counted != counted_of(standing, standing["outcome"]):
        standing["counted"] = counted


def _left(stored: RunDocument, different: list[str]) -> Resolution:
    """The report changes nothing: it repeats what is known, or something outranks it."""
    return Resolution("superseded" if different else "unchanged", stored)


def _says_no_more(stored: RunDocument, reported: RunDocument) -> bool:
    """Whether a report without differences is a retry, or a part, of the only one there was.

    It is not, if it leaves out what that one said of the outcome.
    """
    return outcome_of_run(stored) == outcome_of_run(reported) and knows_all(stored, reported)


def _finished(layers: list[Layer]) -> frozenset[str]:
    """The fields that finished reports have named."""
    return frozenset().union(*(layer.fields for layer in layers if layer.rank == FINISHED))


def _outranking(layers: list[Layer], rank: bytes) -> frozenset[str]:
    """The fields that came from reports of this rank or a higher one.

    What a report says of the outcome is nothing where another is of a higher class.
    """
    fields = frozenset().union(*(layer.fields for layer in layers if layer.rank >= rank))
    is_outclassed = any(class_of(layer.rank) > class_of(rank) for layer in layers)
    return fields | {"outcome"} if is_outclassed else fields


def _without(layers: list[Layer], fields: frozenset[str]) -> list[Layer]:
    return [Layer(layer.rank, layer.fields - fields) for layer in layers]


def _forget_assemblies(
    standing: RunDocument, layers: list[Layer], corrected: frozenset[str]
) -> list[Layer]:
    """Without what telemetry said before: a later assembly tells all of the run anew."""
    for layer in layers:
        if is_assembled(layer.rank):
            for name in layer.fields - corrected - {"status", "created"}:
                drop(standing, name)
    return [layer for layer in layers if not is_assembled(layer.rank)]


def _void_outcome(
    standing: RunDocument, layers: list[Layer], corrected: frozenset[str]
) -> list[Layer]:
    """Let go of an outcome that was said before a report of a higher class came.

    "In progress" was true then; now the status of the later report tells what became of the run.
    """
    highest = max(class_of(layer.rank) for layer in layers)
    voided = [
        layer for layer in layers if "outcome" in layer.fields and class_of(layer.rank) < highest
    ]
    if not voided:
        return layers
    if "outcome" not in corrected:
        drop(standing, "outcome")
    return _without(layers, frozenset({"outcome"}))
