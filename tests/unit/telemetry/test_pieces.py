"""However spans arrive - shuffled, cut, repeated, by several exporters - the runs are the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.telemetry.assembly import assemble
from chalicelib.telemetry.spans import KINDS, NO_TOKENS, AgentDetail, Span, Tokens
from tests.otlp_captures import Filed, Reduced, captures, content, filed_runs, runs_of, spans_of

NAMES = [capture.name for capture in captures()]
# There are many captures, and much the same happens in each: a few examples of every one.
each = settings(max_examples=(settings.default or settings()).max_examples // 4)


class Service:
    """What is kept of the requests so far: spans, runs, and runs that were taken back for ever."""

    def __init__(self) -> None:
        self.spans: dict[bytes, list[Span]] = {}
        self.runs: Filed = {}
        self.taken_back: set[tuple[str, str, bytes]] = set()

    def receive(self, piece: list[Reduced]) -> None:
        for trace_id, span in piece:
            self.spans.setdefault(trace_id, []).append(span)
        for trace_id in {trace_id for trace_id, _ in piece}:
            found = assemble(self.spans[trace_id])
            for run in found.runs:
                key = (run.agent.called, run.agent.version, run.span.span_id)
                assert key not in self.taken_back, "a run came back"
                self.runs[key] = content(run)
            for span, agent in found.withdrawn:
                key = (agent.called, agent.version, span.span_id)
                self.runs.pop(key, None)
                self.taken_back.add(key)


@st.composite
def deliveries(draw: st.DrawFn, spans: list[Reduced]) -> list[list[Reduced]]:
    """All of the spans, some of them more than once, in any order and in pieces of any size."""
    repeated = draw(st.lists(st.sampled_from(spans), max_size=6))
    order = draw(st.permutations(spans + repeated))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=6)))
    return [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True) if a < b]


@pytest.mark.parametrize("name", NAMES)
@each
@given(data=st.data())
def test_any_delivery_of_the_spans_ends_in_the_same_runs(name: str, data: st.DataObject) -> None:
    spans = spans_of(name)
    service = Service()
    for piece in data.draw(deliveries(spans)):
        service.receive(piece)
    assert service.runs == filed_runs(spans)


@pytest.mark.parametrize("name", NAMES)
@each
@given(data=st.data())
def test_the_order_of_a_set_of_spans_does_not_matter(name: str, data: st.DataObject) -> None:
    spans = spans_of(name)
    some = data.draw(st.lists(st.sampled_from(spans), min_size=1, unique=True))
    assert filed_runs(data.draw(st.permutations(some))) == filed_runs(some)


def test_all_captures_at_once_are_told_apart_by_their_traces() -> None:
    together = [reduced for name in NAMES for reduced in reversed(spans_of(name))]
    apart: Filed = {}
    for name in NAMES:
        apart |= filed_runs(spans_of(name))
    assert filed_runs(together) == apart


TRACE = bytes(15) + b"\1"


@st.composite
def made_up_spans(draw: st.DrawFn) -> list[Reduced]:
    """A trace of any shape: few names, parents that never come, circles."""
    spans = []
    for number in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from(("agent", *KINDS)))
        parent = draw(st.integers(0, 10))
        name = draw(st.sampled_from([None, "a", "b"]))
        spans.append(
            Span(
                bytes(7) + bytes([number + 1]),
                bytes(7) + bytes([parent]) if parent else b"",
                kind,
                draw(st.integers(0, 3)),
                1,
                name=name if kind in ("tool", "llm", "step") else None,
                tokens=Tokens(draw(st.integers(0, 3)), 1) if kind == "llm" else NO_TOKENS,
                agent=AgentDetail(name or "service", "v", name) if kind == "agent" else None,
            )
        )
    return [(TRACE, span) for span in spans]


@given(data=st.data(), spans=made_up_spans())
def test_traces_of_any_shape_end_in_the_same_runs(
    data: st.DataObject, spans: list[Reduced]
) -> None:
    straight = [reduced for reduced in spans if not in_circle(reduced[1], spans)]
    service = Service()
    for piece in data.draw(deliveries(straight)) if straight else []:
        service.receive(piece)
    assert service.runs == filed_runs(straight)


@given(data=st.data(), spans=made_up_spans())
def test_a_call_counts_for_one_run_at_most(data: st.DataObject, spans: list[Reduced]) -> None:
    counted = [call.span.span_id for _, run in runs_of(spans) for call in run.calls]
    assert len(counted) == len(set(counted))


def in_circle(span: Span, spans: list[Reduced]) -> bool:
    parents = {other.span_id: other.parent_id for _, other in spans}
    place, passed = span.span_id, set()
    while place in parents and place not in passed:
        passed.add(place)
        place = parents[place]
    return place in passed


def test_agents_far_within_wrappers_are_runs_of_their_own() -> None:
    """Thousands below one long way up: each of its spans is walked past once."""
    count = 5_000
    ids = [number.to_bytes(8, "big") for number in range(2 * count)]
    nameless, last = AgentDetail("service", "v"), ids[count - 1]
    wrappers = [
        Span(own, above, "agent", 0, 1, agent=nameless)
        for own, above in zip(ids[1:count], ids[: count - 1], strict=True)
    ]
    named = [
        Span(own, last, "agent", 1, 1, agent=AgentDetail(own.hex(), "v", own.hex()))
        for own in ids[count:]
    ]
    assert [run.span for run in assemble(wrappers + named).runs] == named
    assert [run.span for run in assemble(named + wrappers[::-1]).runs] == named
