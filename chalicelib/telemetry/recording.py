"""From the spans that are kept of traces to recorded runs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.errors import AgentConflict
from chalicelib.runs import Batch, record_batches
from chalicelib.telemetry.assembly import Assembly, assemble
from chalicelib.telemetry.beside import beside
from chalicelib.telemetry.prices import find_pricing
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


@dataclass(slots=True)
class _Work:
    """The reports of one place, each with its trace and the number of spans behind it."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    traces: list[bytes] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)


def record_spans(owner: str | None, traces: Mapping[bytes, list[Span]], seconds: float) -> Recorded:
    """Keep these spans, and record what runs their traces have in the `seconds` that there are."""
    deadline = time.monotonic() + seconds
    # Nearly all traces begin and end here; others are put together once more with what they had.
    with beside(add_spans, owner, traces) as kept:
        assemblies = {trace: assemble(spans) for trace, spans in traces.items()}
    return _record_all(owner, kept.result(), assemblies, deadline)


def record_traces(owner: str | None, traces: Collection[bytes], seconds: float) -> Recorded:
    """Record what runs these traces have, by the spans of theirs that are kept."""
    deadline = time.monotonic() + seconds
    known = read_traces(owner, traces)
    return _record_all(owner, known, {t: assemble(known.spans[t]) for t in traces}, deadline)


def _record_all(
    owner: str | None, known: Known, assemblies: dict[bytes, Assembly], deadline: float
) -> Recorded:
    """Record traces that are assembled from what is known, and those that grow meanwhile again.

    Another request may add spans in between. What it sees then is more than what was seen here,
    and ranks higher; only runs that it would have taken back are looked after again.
    """
    recorded = Recorded()
    for number in range(_MAX_ROUNDS):
        known, grown = read_others(owner, assemblies, known)
        if number and not grown:
            break
        assemblies |= {trace: assemble(known.spans[trace]) for trace in grown}
        pieces = Counter(known.pieces.values())
        recorded.continued.update(trace for trace in assemblies if pieces[trace] > 1)
        _record(owner, assemblies, recorded, deadline)
        assemblies = {t: a for t, a in assemblies.items() if not all(run.settled for run in a.runs)}
        if not assemblies:
            break
    return recorded


def _record(
    owner: str | None,
    assemblies: Mapping[bytes, Assembly],
    recorded: Recorded,
    deadline: float,
) -> None:
    places = list(_sort(assemblies, recorded).items())
    for first in range(0, len(places), _ROUND_PLACES):
        some = places[first : first + _ROUND_PLACES]
        if time.monotonic() > deadline:
            recorded.unrecorded.update(trace for _, work in some for trace in work.traces)
        else:
            _record_places(owner, some, recorded)
    recorded.withdrawn += withdraw_runs(owner, _withdrawn(assemblies, recorded.continued))
    for trace, assembly in assemblies.items():
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


def _sort(assemblies: Mapping[bytes, Assembly], recorded: Recorded) -> dict[Place, _Work]:
    """The reports by where they are filed."""
    work: dict[Place, _Work] = {}
    pricing = find_pricing()
    for trace, assembly in assemblies.items():
        for run in assembly.runs:
            filed = work.setdefault(_place(run.agent), _Work())
            filed.reports.append(report_of(trace, run, pricing))
            filed.traces.append(trace)
            filed.spans.append(run.spans)
    recorded.unpriced |= pricing.unpriced
    return work


def _withdrawn(
    assemblies: Mapping[bytes, Assembly], continued: set[bytes]
) -> dict[Place, list[str]]:
    """Ids of runs that there may be only because less was known, by where they would be filed.

    Of a trace that came in one piece nobody has ever known less.
    """
    found: dict[Place, list[str]] = {}
    for trace in assemblies.keys() & continued:
        for span, detail in assemblies[trace].withdrawn:
            found.setdefault(_place(detail), []).append(run_id(trace, span.span_id))
    return found


def _place(detail: AgentDetail) -> Place:
    return Place(detail.called, detail.version, detail.project or DEFAULT_PROJECT)
