"""From the spans that are kept of traces to recorded runs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chalicelib.errors import AgentConflict
from chalicelib.runs import Batch, record_batches
from chalicelib.telemetry.assembly import Assembly, assemble
from chalicelib.telemetry.beside import beside
from chalicelib.telemetry.prices import Pricing, find_pricing
from chalicelib.telemetry.registering import DEFAULT_PROJECT, Place, ensure_place
from chalicelib.telemetry.reporting import report_of, run_id
from chalicelib.telemetry.span_store import Known, add_spans, read_others, read_traces
from chalicelib.telemetry.spans import AgentDetail, Span
from chalicelib.telemetry.withdrawing import withdraw_runs

_MAX_ROUNDS = 5
# So many agents' versions are registered and written at once; then the time is looked at.
_ROUND_PLACES = 100


@dataclass(slots=True)
class Recorded:
    """What became of traces.

    `verdicts` counts runs by what recording says of them, `refused` those that were not taken, by
    reason. `waiting` are traces that lack an agent's span, `unrecorded` those for which there
    was no time, and `continued` those of which spans were known before.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unpriced: set[str] = field(default_factory=set)
    waiting: set[bytes] = field(default_factory=set)
    unrecorded: set[bytes] = field(default_factory=set)
    continued: set[bytes] = field(default_factory=set)
    withdrawn: int = 0


class _Prepared(NamedTuple):
    """A trace put together: what is to be recorded of it, by where it is filed."""

    assembly: Assembly
    reports: list[tuple[Place, dict[str, Any]]]


@dataclass(slots=True)
class _Work:
    """The reports of one place, each with its trace and the number of spans behind it."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    traces: list[bytes] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)


def record_spans(owner: str | None, traces: Mapping[bytes, list[Span]], seconds: float) -> Recorded:
    """Keep these spans, and record what runs their traces have in the `seconds` that there are."""
    deadline = time.monotonic() + seconds
    pricing = find_pricing()
    # Nearly all traces begin and end here; others are put together once more with what they had.
    with beside(_prepare_all, traces, pricing) as prepared:
        known = add_spans(owner, traces)
        known, grown = read_others(owner, traces, known)
    done = prepared.result() | _prepare_all({t: known.spans[t] for t in grown}, pricing)
    return _record_all(owner, known, done, pricing, deadline)


def record_traces(owner: str | None, traces: Collection[bytes], seconds: float) -> Recorded:
    """Record what runs these traces have, by the spans of theirs that are kept."""
    deadline = time.monotonic() + seconds
    known, pricing = read_traces(owner, traces), find_pricing()
    return _record_all(owner, known, _prepare_all(known.spans, pricing), pricing, deadline)


def _prepare_all(traces: Mapping[bytes, list[Span]], pricing: Pricing) -> dict[bytes, _Prepared]:
    return {trace: _prepare(trace, spans, pricing) for trace, spans in traces.items()}


def _prepare(trace: bytes, spans: list[Span], pricing: Pricing) -> _Prepared:
    assembly = assemble(spans)
    reports = [(_place(run.agent), report_of(trace, run, pricing)) for run in assembly.runs]
    return _Prepared(assembly, reports)


def _record_all(
    owner: str | None,
    known: Known,
    prepared: dict[bytes, _Prepared],
    pricing: Pricing,
    deadline: float,
) -> Recorded:
    """Record traces that are put together from what is known, and those that grow meanwhile again.

    Another request may add spans in between. What it sees then is more than what was seen here,
    and ranks higher; only runs that it would have taken back are looked after again.
    """
    recorded = Recorded()
    for _ in range(_MAX_ROUNDS):
        pieces = Counter(known.pieces.values())
        recorded.continued.update(trace for trace in prepared if pieces[trace] > 1)
        _record(owner, prepared, recorded, deadline)
        unsettled = {
            t for t, p in prepared.items() if not all(run.settled for run in p.assembly.runs)
        }
        if not unsettled:
            break
        known, grown = read_others(owner, unsettled, known)
        if not grown:
            break
        prepared = _prepare_all({trace: known.spans[trace] for trace in grown}, pricing)
    recorded.unpriced |= pricing.unpriced
    return recorded


def _record(
    owner: str | None,
    prepared: Mapping[bytes, _Prepared],
    recorded: Recorded,
    deadline: float,
) -> None:
    places = list(_sort(prepared).items())
    for first in range(0, len(places), _ROUND_PLACES):
        some = places[first : first + _ROUND_PLACES]
        if time.monotonic() > deadline:
            recorded.unrecorded.update(trace for _, work in some for trace in work.traces)
        else:
            _record_places(owner, some, recorded)
    recorded.withdrawn += withdraw_runs(owner, _withdrawn(prepared, recorded.continued))
    for trace, (assembly, _) in prepared.items():
        (recorded.waiting.add if assembly.waiting else recorded.waiting.discard)(trace)


def _record_places(
    owner: str | None, places: list[tuple[Place, _Work]], recorded: Recorded
) -> None:
    batches: list[Batch] = []
    for place, work in places:
        try:
            agent, version = ensure_place(place, owner)
        except AgentConflict:
            recorded.refused["agent_of_another_project"] += len(work.reports)
        else:
            batches.append(Batch(agent, version, work.reports, work.spans))
    recorded.verdicts.update(result.verdict for result in record_batches(batches))


def _sort(prepared: Mapping[bytes, _Prepared]) -> dict[Place, _Work]:
    """The reports by where they are filed."""
    work: dict[Place, _Work] = {}
    for trace, (assembly, reports) in prepared.items():
        for run, (place, report) in zip(assembly.runs, reports, strict=True):
            filed = work.setdefault(place, _Work())
            filed.reports.append(report)
            filed.traces.append(trace)
            filed.spans.append(run.spans)
    return work


def _withdrawn(
    prepared: Mapping[bytes, _Prepared], continued: set[bytes]
) -> dict[Place, list[str]]:
    """Ids of runs that there may be only because less was known, by where they would be filed.

    Of a trace that came in one piece nobody has ever known less.
    """
    found: dict[Place, list[str]] = {}
    for trace in prepared.keys() & continued:
        for span, detail in prepared[trace].assembly.withdrawn:
            found.setdefault(_place(detail), []).append(run_id(trace, span.span_id))
    return found


def _place(detail: AgentDetail) -> Place:
    return Place(detail.called, detail.version, detail.project or DEFAULT_PROJECT)
