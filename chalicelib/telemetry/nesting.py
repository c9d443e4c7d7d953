"""Agents' spans inside of agents' spans: which of them are runs, and how they are called.

Every way up is walked once, however many begin in the same place.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.telemetry.spans import AgentDetail, Span
from chalicelib.telemetry.tree import Above

Details = Mapping[bytes, AgentDetail]
AllAbove = Mapping[bytes, Above]


def detail_of(detail: AgentDetail, span: Span, spans: Mapping[bytes, Span]) -> AgentDetail:
    """The agent as it is called once its parent is known, which may lend it a name."""
    if detail.name:
        return detail
    parent = spans.get(span.parent_id)
    if parent is None or parent.kind != "step" or not parent.name:
        return detail
    return detail._replace(name=parent.name, called=parent.name)


def find_parts(agents: list[Span], details: Details, above: AllAbove) -> dict[bytes, Span | None]:
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
    around = _Around(inside, frozenset(parts))
    for span in agents:
        outer = None if span.span_id in parts else around.of(span)
        if outer:
            mine, its = details[span.span_id], details[outer.span_id]
            if mine.called == its.called or (its.name and not mine.name):
                parts[span.span_id] = outer
    return parts


class _Around:
    """The agent right around another, past all wrappers."""

    def __init__(self, inside: Mapping[bytes, Span], wrappers: frozenset[bytes]) -> None:
        self._inside = inside
        self._wrappers = wrappers
        self._known: dict[bytes, Span | None] = {}

    def of(self, span: Span) -> Span | None:
        way = []
        outer = self._inside.get(span.span_id)
        while outer and outer.span_id in self._wrappers:
            if outer.span_id in self._known:
                outer = self._known[outer.span_id]
                break
            way.append(outer.span_id)
            outer = self._inside.get(outer.span_id)
        self._known.update(dict.fromkeys(way, outer))
        return outer


def find_unsettled(agents: list[Span], details: Details, above: AllAbove) -> set[bytes]:
    """Those whose name is not their own, or of which it is not known what they may be a part of."""
    open_above: dict[bytes, bool] = {}
    unsettled = set()
    for span in agents:
        way = []
        found = above[span.span_id]
        outer = found.span
        while outer and outer.agent and not details[outer.span_id].name:
            if outer.span_id in open_above:
                break
            way.append(outer.span_id)
            found = above[outer.span_id]
            outer = found.span
        is_open = open_above.get(outer.span_id, found.open) if outer else found.open
        open_above.update(dict.fromkeys(way, is_open))
        if is_open or not details[span.span_id].name:
            unsettled.add(span.span_id)
    return unsettled
