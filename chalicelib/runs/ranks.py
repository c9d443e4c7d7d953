"""How reports of one run rank, and which of them each field of the run came from.

Each field has the value of the highest-ranking report that named it, so a run that was merged from
several remembers their ranks: its *layers*, highest first, are (rank, the fields that came from
there). A run of one report has one layer, and needs to remember nothing.

A rank is bytes that sort: what a run is by that report (finished over other over in progress),
whether a client or telemetry said so, and how far along it is. What grows while an agent works
comes first there, a digest of the content last, so that two different reports never rank alike
and no two orders of arrival end differently. Finished reports of clients are of one rank: they
complete each other, or contradict each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from struct import Struct
from typing import Any, Literal, NamedTuple

from pydantic_core import to_json

from chalicelib.database.documents import RunDocument
from chalicelib.runs.fields import KEY_OF, canonical, named
from chalicelib.values.instants import to_ms
from chalicelib.values.outcomes import Outcome, outcome_of, stage_of

_CLASSES: dict[Outcome, int] = {"in_progress": 0, "other": 1, "succeeded": 2, "failed": 2}
_FINISHED_CLASS = 2
# The number of spans that a run was assembled from, of reports that no telemetry made.
_BY_A_CLIENT = 2**32 - 1
_ORIGIN = Struct(">BI")
# Stage, duration in µs, cost, tokens, number of fields. Each is 1 more than it is where it is
# known, so that known is more than unknown.
_PROGRESS = Struct(">BQQQB")
_MOST_TOKENS = 2**63
_DIGEST_BYTES = 8
_COST = Struct(">d")
_BITS = Struct(">Q")

FINISHED = _ORIGIN.pack(_FINISHED_CLASS, _BY_A_CLIENT)


class Layer(NamedTuple):
    """The fields of a run that came from the reports of one rank."""

    rank: bytes
    fields: frozenset[str]


def outcome_of_run(report: RunDocument) -> Outcome:
    """The outcome of a report, or a run: as was said of it, else as its status means."""
    said: Outcome | None = report.get("reported_outcome")
    return said or outcome_of(report["status"])


def class_of(rank: bytes) -> int:
    """2 finished, 1 other, 0 in progress."""
    return rank[0]


def is_assembled(rank: bytes) -> bool:
    """Whether telemetry made the report."""
    return bool(_ORIGIN.unpack_from(rank)[1] != _BY_A_CLIENT)


def rank_of(report: RunDocument) -> bytes:
    """The rank of a report, which may be a run's document that one report made."""
    origin = _ORIGIN.pack(_CLASSES[outcome_of_run(report)], report.get("assembled", _BY_A_CLIENT))
    if origin == FINISHED:
        return origin
    return origin + _progress(report)


def layers_of(run: RunDocument) -> list[Layer]:
    """Where the run's fields came from, highest rank first."""
    if "ranks" in run:
        return [Layer(bytes(entry["rank"]), frozenset(entry["fields"])) for entry in run["ranks"]]
    return [Layer(rank_of(run), frozenset(named(run)))]


def remember(run: RunDocument, layers: Iterable[Layer]) -> None:
    """Keep the layers in the document, unless it is as a single report would have made it."""
    kept = _stack(layers)
    run.pop("ranks", None)
    run.pop("assembled", None)
    if len(kept) == 1 and is_assembled(kept[0].rank):
        run["assembled"] = _ORIGIN.unpack_from(kept[0].rank)[1]
    if "corrected" in run or len(kept) > 1 or layers_of(run) != kept:
        run["ranks"] = [{"rank": layer.rank, "fields": sorted(layer.fields)} for layer in kept]


def _stack(layers: Iterable[Layer]) -> list[Layer]:
    """One layer for each rank, highest first, without those that nothing came from."""
    fields: dict[bytes, frozenset[str]] = {}
    for layer in layers:
        fields[layer.rank] = fields.get(layer.rank, frozenset()) | layer.fields
    stacked = [Layer(rank, some) for rank, some in fields.items() if some]
    return sorted(stacked, key=lambda layer: layer.rank, reverse=True)


def _progress(report: RunDocument) -> bytes:
    fields = [name for name in named(report) if _value(report, name) != []]
    names: tuple[Literal["input_tokens", "output_tokens"], ...] = ("input_tokens", "output_tokens")
    tokens = [report[name] for name in names if name in report]
    known = _PROGRESS.pack(
        stage_of(report["status"]),
        report.get("duration_us", -1) + 1,
        _sortable(report["cost"]) + 1 if "cost" in report else 0,
        min(sum(tokens), _MOST_TOKENS) + 1 if tokens else 0,
        len(fields),
    )
    content = [[name, _plain(report, name)] for name in fields]
    return known + hashlib.blake2b(to_json(content), digest_size=_DIGEST_BYTES).digest()


def _plain(report: RunDocument, name: str) -> Any:
    """A field's value as it is compared: the same for what is the same."""
    value = _value(report, name)
    if name == "metadata":
        return canonical(value)
    if name == "created":
        return to_ms(value)
    return value.strip().lower() if name == "status" else value


def _value(report: Mapping[str, Any], name: str) -> Any:
    return report[KEY_OF[name]]


def _sortable(cost: float) -> int:
    """An integer that sorts as costs of 0 or more do."""
    bits: int = _BITS.unpack(_COST.pack(cost))[0]
    return bits
