"""A request of spans: taken, kept, recorded as runs, counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib.telemetry.beside import beside
from chalicelib.telemetry.checking import REASONS, refusal_of
from chalicelib.telemetry.counting import Counts, add_counts
from chalicelib.telemetry.decoding import Group, decode_protobuf
from chalicelib.telemetry.normalising import reduce_span
from chalicelib.telemetry.open_traces import (
    Example,
    close_traces,
    keep_unrecorded,
    keep_waiting,
)
from chalicelib.telemetry.otlp_json import decode_json
from chalicelib.telemetry.recording import Recorded, record_spans
from chalicelib.telemetry.shapes import origin_of
from chalicelib.telemetry.spans import Span

# What is left of a request's time stays for the answer; the scheduled function records the rest.
RECORDING_S = 8.0
_EXAMPLE_NAMES = 5
_EXAMPLE_LENGTH = 60


@dataclass(slots=True)
class Receipt:
    """What was not taken of a request, in spans by reason; `message` says it to a person.

    `left_over` are traces that are kept, but for whose runs there was no time.
    """

    refused: Counter[str] = field(default_factory=Counter)
    left_over: int = 0

    @property
    def rejected(self) -> int:
        return self.refused.total()

    @property
    def message(self) -> str:
        parts = [f"{count} not taken: {REASONS[why]}" for why, count in self.refused.items()]
        if self.left_over:
            parts.append(f"the runs of {self.left_over} traces follow within minutes")
        return "; ".join(parts)


@dataclass(slots=True)
class _Arrived:
    """A request's spans by trace, with what is counted of them."""

    traces: dict[bytes, list[Span]] = field(default_factory=dict)
    names: list[tuple[bytes, str, str]] = field(default_factory=list)
    counts: Counts = field(default_factory=lambda: Counts(requests=1))


def receive_spans(body: bytes, owner: str | None, *, is_json: bool) -> Receipt:
    """Take a request's spans: kept, and their runs recorded, when it returns.

    `owner` is the project that the sender's token is limited to. Raises PayloadError, and what
    the driver raises.
    """
    arrived = _sort(decode_json(body) if is_json else decode_protobuf(body))
    counts, left_over = arrived.counts, 0
    if arrived.traces:
        recorded = record_spans(owner, arrived.traces, RECORDING_S)
        counts.runs = recorded.verdicts["created"]
        counts.withdrawn = recorded.withdrawn
        counts.refused += recorded.refused
        counts.unpriced.update(recorded.unpriced)
        left_over = len(recorded.unrecorded)
        with beside(add_counts, owner, counts) as counted:
            _note(owner, arrived, recorded)
        counted.result()
    else:
        add_counts(owner, counts)
    return Receipt(counts.refused, left_over)


def _sort(groups: Iterable[Group]) -> _Arrived:
    arrived = _Arrived()
    counts, now_ns = arrived.counts, time.time_ns()
    for source, spans in groups:
        origin = origin_of(source)
        framework, meant = origin.family.framework, 0
        for raw in spans:
            refusal = refusal_of(raw, now_ns)
            if refusal:
                counts.refused[refusal] += 1
                continue
            span = reduce_span(raw, origin)
            counts.spans += 1
            if span.kind != "other":
                meant += 1
                counts.conventions[span.convention or "native"] += 1
                arrived.names.append((raw.trace_id, framework, raw.name))
            arrived.traces.setdefault(raw.trace_id, []).append(span)
        if meant:
            counts.frameworks[framework] += meant
    return arrived


def _examples(arrived: _Arrived, traces: Iterable[bytes]) -> dict[bytes, Example]:
    """What each of these traces may be recognised by."""
    examples = dict.fromkeys(traces, Example())
    for trace, framework, name in arrived.names:
        known = examples.get(trace)
        short = name[:_EXAMPLE_LENGTH]
        if known is not None and len(known.names) < _EXAMPLE_NAMES and short not in known.names:
            examples[trace] = Example(framework, (*known.names, short))
    return examples


def _note(owner: str | None, arrived: _Arrived, recorded: Recorded) -> None:
    """Keep in mind which of the traces are not done, and no longer those that are."""
    keep_waiting(owner, _examples(arrived, recorded.waiting))
    keep_unrecorded(owner, recorded.unrecorded)
    close_traces(owner, recorded.continued - recorded.waiting - recorded.unrecorded)
