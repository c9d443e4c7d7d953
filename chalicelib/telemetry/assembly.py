"""From the spans of one trace to its runs: a pure function of the set of spans.

However the spans arrived, the same set makes the same runs. What a span belongs to is found by
walking up its parents; a parent that has not arrived ends the walk. So with every span that comes,
a run can only gain calls, give calls to an agent nearer to them, or turn out to be a part of
another run. It never becomes a run again after that, so it is safe to take such a run back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from chalicelib.telemetry.attributes import MAX_TOKENS
from chalicelib.telemetry.nesting import detail_of, find_parts, find_unsettled
from chalicelib.telemetry.spans import NO_TOKENS, AgentDetail, Span, Tokens
from chalicelib.telemetry.tree import Above, find_above, start_of


class Call(NamedTuple):
    """One model call: the outermost of the spans that reported it, with what they know together.

    `parts` are the calls that it consists of when its own span counts no tokens.
    """

    span: Span
    model: str | None
    parts: tuple[Span, ...]


class AssembledRun(NamedTuple):
    """An agent's run: its own span, and the calls and tools that belong to it, by time.

    `spans` is the number of spans of the trace that it was assembled from. `settled`: no span that
    may still come can make it a part of another run, or file it under another name.
    """

    span: Span
    agent: AgentDetail
    calls: tuple[Call, ...]
    tools: tuple[Span, ...]
    spans: int
    settled: bool


class Withdrawn(NamedTuple):
    """An agent's span that is no run, or not under this name, but was one when less was known."""

    span: Span
    agent: AgentDetail


class Assembly(NamedTuple):
    """What the spans of a trace amount to; runs by start.

    `waiting`: there is something of an agent here, below a span that has not arrived.
    """

    runs: tuple[AssembledRun, ...]
    withdrawn: tuple[Withdrawn, ...]
    waiting: bool


def unite(spans: Collection[Span]) -> dict[bytes, Span]:
    """Spans by id; of several with one id always the same one, in whatever order they came."""
    united = {span.span_id: span for span in spans}
    if len(united) == len(spans):
        return united
    for span in spans:
        known = united[span.span_id]
        if known is not span and known != span and _weight(span) > _weight(known):
            united[span.span_id] = span
    return united


def assemble(spans: Collection[Span]) -> Assembly:
    """The runs of the trace of which these spans are known."""
    united = unite(spans)
    by_start = sorted((s for s in united.values() if s.kind != "other"), key=start_of)
    above = find_above(united, by_start)
    agents = [s for s in by_start if s.agent]
    details = {s.span_id: detail_of(s.agent, s, united) for s in agents if s.agent}
    parts = find_parts(agents, details, above) if len(agents) > 1 else {}
    unsettled = find_unsettled(agents, details, above)
    done = _divide(by_start, above, _Owners(above, parts))
    runs = tuple(
        AssembledRun(
            span,
            details[span.span_id],
            tuple(done.calls.get(span.span_id, ())),
            tuple(done.tools.get(span.span_id, ())),
            len(united),
            span.span_id not in unsettled,
        )
        for span in agents
        if span.span_id not in parts
    )
    return Assembly(runs, _withdrawn(agents, details, parts), _is_open(done.unowned, above))


def _weight(span: Span) -> tuple[int, str]:
    return (span.duration_us or 0, repr(span))


class _Owners:
    """Which run's agent a span belongs to."""

    def __init__(self, above: Mapping[bytes, Above], parts: Mapping[bytes, Span | None]) -> None:
        self._above = above
        self._parts = parts
        self._known: dict[bytes, Span | None] = {}

    def of(self, span: Span) -> Span | None:
        """The nearest agent above that is a run."""
        way = []
        place = self._above[span.span_id].span
        while place is not None and place.span_id not in self._known:
            if place.agent and place.span_id not in self._parts:
                break
            way.append(place.span_id)
            place = self._parts.get(place.span_id) or self._above[place.span_id].span
        if way:
            found = place if place is None else self._known.get(place.span_id, place)
            self._known |= dict.fromkeys(way, found)
            return found
        return place if place is None else self._known.get(place.span_id, place)


class _Divided(NamedTuple):
    """By its agent's span the calls and tools of each run, and the spans that belong to none."""

    calls: dict[bytes, list[Call]]
    tools: dict[bytes, list[Span]]
    unowned: list[Span]


def _divide(by_start: list[Span], above: Mapping[bytes, Above], owners: _Owners) -> _Divided:
    """A call or a tool that was reported twice counts once."""
    done = _Divided({}, {}, [])
    inner = _inner_calls(by_start, above)
    for span in by_start:
        if span.agent:
            continue
        owner = owners.of(span)
        if owner is None:
            done.unowned.append(span)
        elif span.kind == "llm":
            if span.span_id not in inner.parts:
                done.calls.setdefault(owner.span_id, []).append(_call(span, inner.of))
        elif span.kind == "tool":
            outer = above[span.span_id].span
            if not (outer and outer.kind == "tool" and outer.name == span.name):
                done.tools.setdefault(owner.span_id, []).append(span)
    return done


class _Inner(NamedTuple):
    """Calls right inside of others: those of each, and all of them."""

    of: dict[bytes, list[Span]]
    parts: set[bytes]


def _inner_calls(by_start: list[Span], above: Mapping[bytes, Above]) -> _Inner:
    inner = _Inner({}, set())
    for span in by_start:
        if span.kind == "llm":
            outer = above[span.span_id].span
            if outer and outer.kind == "llm":
                inner.of.setdefault(outer.span_id, []).append(span)
                inner.parts.add(span.span_id)
    return inner


def _call(span: Span, inner: Mapping[bytes, list[Span]]) -> Call:
    """A call from its outermost span: where that counts no tokens, those right inside it do."""
    if span.tokens != NO_TOKENS:
        return Call(span, span.name, (span,))
    model, parts, level = span.name, [], [span]
    while level:
        counted = [s for s in level if s.tokens != NO_TOKENS]
        parts += counted
        model = model or next((s.name for s in level if s.name), None)
        level = [i for s in level if s.tokens == NO_TOKENS for i in inner.get(s.span_id, ())]
    return Call(span, model, tuple(parts))


def _withdrawn(
    agents: list[Span], details: Mapping[bytes, AgentDetail], parts: Mapping[bytes, Span | None]
) -> tuple[Withdrawn, ...]:
    """How agents' spans that are parts of other runs, or have got a name, would be filed."""
    found = []
    for span in agents:
        detail, known = span.agent, details[span.span_id]
        if detail and detail.called != known.called:
            found.append(Withdrawn(span, detail))
        if span.span_id in parts:
            found.append(Withdrawn(span, known))
    return tuple(found)


def _is_open(spans: Iterable[Span], above: Mapping[bytes, Above]) -> bool:
    """Whether the way up from any of these ends at a parent that has not arrived."""
    passed: set[bytes] = set()
    for span in spans:
        place: Span | None = span
        while place is not None and place.span_id not in passed:
            passed.add(place.span_id)
            found = above[place.span_id]
            if found.open:
                return True
            place = found.span
    return False


def total_tokens(parts: Iterable[Span]) -> Tokens:
    """The tokens of several calls together; a part that none of them names stays unknown.

    So does a sum that is none, of counts that were made up.
    """
    totals: list[int | None] = [None] * len(Tokens._fields)
    for part in parts:
        for place, count in enumerate(part.tokens):
            if count is not None:
                totals[place] = (totals[place] or 0) + count
    return Tokens(*(None if total and total > MAX_TOKENS else total for total in totals))
