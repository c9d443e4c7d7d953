"""The request bodies in tests/data/otlp, and the runs that a person reads out of them."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from chalicelib.telemetry.assembly import AssembledRun, assemble
from chalicelib.telemetry.decoding import Group, decode_protobuf
from chalicelib.telemetry.normalising import reduce_span
from chalicelib.telemetry.otlp_json import decode_json
from chalicelib.telemetry.reporting import describe
from chalicelib.telemetry.shapes import origin_of
from chalicelib.telemetry.spans import Span

FOLDER = Path(__file__).parents[0] / "data" / "otlp"
Reduced = tuple[bytes, Span]


class Capture(NamedTuple):
    """Bodies of the same trace, in the order in which they were sent."""

    name: str
    files: tuple[str, ...]
    entry: dict[str, Any]

    @property
    def expected(self) -> list[dict[str, Any]]:
        expected: list[dict[str, Any]] = self.entry["expected"]
        return expected


@cache
def captures() -> list[Capture]:
    files = json.loads((FOLDER / "MANIFEST.json").read_text())["files"]
    return [
        Capture(f["file"], tuple(f["same_trace_files"] or [f["file"]]), f)
        for f in files
        if f["order"] == 1
    ]


def payload(name: str) -> bytes:
    """A body, unpacked."""
    body = (FOLDER / name).read_bytes()
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def decode(name: str) -> list[Group]:
    body = payload(name)
    return list(decode_json(body) if ".json" in name else decode_protobuf(body))


@cache
def spans_of(capture_name: str) -> list[Reduced]:
    """(trace id, reduced span) of all the bodies of a capture."""
    capture = next(c for c in captures() if c.name == capture_name)
    return [
        (raw.trace_id, reduce_span(raw, origin_of(group.source)))
        for name in capture.files
        for group in decode(name)
        for raw in group.spans
    ]


def runs_of(spans: list[Reduced]) -> list[tuple[bytes, AssembledRun]]:
    """The runs of all the traces among these spans, by start."""
    traces: dict[bytes, list[Span]] = {}
    for trace_id, span in spans:
        traces.setdefault(trace_id, []).append(span)
    found = [(t, run) for t, each in traces.items() for run in assemble(each).runs]
    return sorted(found, key=lambda pair: (pair[1].span.start_us, pair[1].span.span_id))


Filed = dict[tuple[str, str, bytes], object]


def content(run: AssembledRun) -> object:
    """All that is recorded of a run, to compare by."""
    calls = [(c.model, [(p.span_id, p.tokens, p.cost) for p in c.parts]) for c in run.calls]
    return (run.agent, run.span, describe(run), calls, [tool.name for tool in run.tools])


def filed_runs(spans: list[Reduced]) -> Filed:
    """Runs by what they are filed under."""
    return {
        (run.agent.called, run.agent.version, run.span.span_id): content(run)
        for _, run in runs_of(spans)
    }
