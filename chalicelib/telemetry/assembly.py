"""From the spans of one trace to its runs: a pure function of the set of spans.

However the spans arrived, the same set makes the same runs. What a span belongs to is found by
walking up its parents; a parent that has not arrived ends the walk. So with every span that comes,
a run can only gain calls, give calls to an agent nearer to them, or turn out to be a part of
another run. It never becomes a run again after that, so it is safe to take such a run back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from chalicelib.telemetry.spans import NO_TOKENS, AgentDetail, Span, Tokens
from chalicelib.telemetry.tree import Above, find_above


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


def unite(spans: Iterable[Span]) -> dict[bytes, Span]:
    """Spans by id; of several with one id always the same one, in whatever order they came."""
    united: dict[bytes, Span] = {}
    for span in spans:
        known = united.setdefault(span.span_id, span)
        if known is not span and known != span and _weight(span) > _weight(known):
            united[span.span_id] = span
    return united


def assemble(spans: Iterable[Span]) -> Assembly:
    """The runs of the trace of which these spans are known."""
    united = unite(spans)
    by_start = sorted(united.values(), key=lambda s: (s.start_us, s.span_id))
    above = find_above(united, by_start)
    details = {s.span_id: _detail(s.agent, s, united) for s in by_start if s.agent}
    agents = [s for s in by_start if s.agent]
    parts = _parts(agents, details, above)
    owners = _Owners(above, parts)
    calls, tools = _calls_and_tools(by_start, above, owners)
    runs = tuple(
        AssembledRun(
            span,
            details[span.span_id],
            tuple(calls.get(span.span_id, ())),
            tuple(tools.get(span.span_id, ())),
            len(united),
            _is_settled(span, details, above),
        )
        for span in agents
        if span.span_id not in parts
    )
    return Assembly(runs, _withdrawn(agents, details, parts), _waits(by_start, above, owners))


def _weight(span: Span) -> tuple[int, str]:
    return (span.duration_us or 0, repr(span))


def _detail(detail: AgentDetail, span: Span, spans: Mapping[bytes, Span]) -> AgentDetail:
    """The agent as it is called once its parent is known, which may lend it a name."""
    parent = spans.get(span.parent_id)
    if detail.name or parent is None or parent.kind != "step" or not parent.name:
        return detail
    return detail._replace(name=parent.name, called=parent.name)


def _parts(
    agents: list[Span], details: Mapping[bytes, AgentDetail], above: Mapping[bytes, Above]
) -> dict[bytes, Span | None]:
    """The agents' spans that are no runs, each with the span whose run it is a part of.

    None stands for wrappers: nameless spans right around a named agent. A span is right inside
    another when there is no tool and no model call between them.
    """
    inside = {s.span_id: a for s in agents if (a := above[s.span_id].span) and a.agent}
    parts: dict[bytes, Span | None] = {}
    for span in agents:
        outer = inside.get(span.span_id) if details[span.span_id].name else None
        while outer and not details[outer.span_id].name and outer.span_id not in parts:
            parts[outer.span_id] = None
            outer = inside.get(outer.span_id)
    for span in agents:
        outer = inside.get(span.span_id)
        while outer and parts.get(outer.span_id, outer) is None:
            outer = inside.get(outer.span_id)
        if span.span_id not in parts and outer:
            mine, its = details[span.span_id], details[outer.span_id]
            if mine.called == its.called or (its.name and not mine.name):
                parts[span.span_id] = outer
    return parts


def _is_settled(
    span: Span, details: Mapping[bytes, AgentDetail], above: Mapping[bytes, Above]
) -> bool:
    """Whether its name is its own, and all is known of what it may be a part of."""
    if not details[span.span_id].name:
        return False
    found = above[span.span_id]
    while found.span is not None and found.span.agent and not details[found.span.span_id].name:
        found = above[found.span.span_id]
    return not found.open


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
        found = place if place is None else self._known.get(place.span_id, place)
        self._known |= dict.fromkeys(way, found)
        return found


def _calls_and_tools(
    by_start: list[Span], above: Mapping[bytes, Above], owners: _Owners
) -> tuple[dict[bytes, list[Call]], dict[bytes, list[Span]]]:
    """Of each run the model calls and the tools, a call or a tool reported twice only once."""
    calls: dict[bytes, list[Call]] = {}
    tools: dict[bytes, list[Span]] = {}
    inner: dict[bytes, list[Span]] = {}
    for span in by_start:
        outer = above[span.span_id].span
        if span.kind == "llm" and outer and outer.kind == "llm":
            inner.setdefault(outer.span_id, []).append(span)
    for span in by_start:
        if span.kind not in ("llm", "tool"):
            continue
        outer, owner = above[span.span_id].span, owners.of(span)
        if owner is None or (outer and outer.kind == span.kind == "llm"):
            continue
        if span.kind == "llm":
            calls.setdefault(owner.span_id, []).append(_call(span, inner))
        elif not (outer and outer.kind == "tool" and outer.name == span.name):
            tools.setdefault(owner.span_id, []).append(span)
    return calls, tools


def _call(span: Span, inner: Mapping[bytes, list[Span]]) -> Call:
    """A call from its outermost span: where that counts no tokens, those right inside it do."""
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


def _waits(by_start: list[Span], above: Mapping[bytes, Above], owners: _Owners) -> bool:
    for span in by_start:
        if span.kind in ("llm", "tool", "step") and owners.of(span) is None:
            place: Span | None = span
            while place is not None:
                found = above[place.span_id]
                if found.open:
                    return True
                place = found.span
    return False


def total_tokens(parts: Iterable[Span]) -> Tokens:
    """The tokens of several calls together; a part that none of them names stays unknown."""
    totals: list[int | None] = [None] * len(Tokens._fields)
    for part in parts:
        for place, count in enumerate(part.tokens):
            if count is not None:
                totals[place] = (totals[place] or 0) + count
    return Tokens(*totals)
