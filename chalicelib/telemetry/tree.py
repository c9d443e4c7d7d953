"""Who stands above whom among the spans of one trace: bounded, whatever their parents say."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import NamedTuple

from chalicelib.telemetry.spans import Span

SEEN_THROUGH = ("other", "step")
start_of = itemgetter(Span._fields.index("start_us"), Span._fields.index("span_id"))


class Above(NamedTuple):
    """The nearest agent, call or tool above a span, or None at the top.

    `open` says that the way up ended at a parent that has not arrived.
    """

    span: Span | None = None
    open: bool = False


_TOP, _OPEN = Above(), Above(open=True)


def find_above(spans: Mapping[bytes, Span], by_start: list[Span]) -> dict[bytes, Above]:
    """For each of these, by start, what of all `spans` stands above it.

    A circle is cut at its earliest.
    """
    above: dict[bytes, Above] = {}
    inside: dict[bytes, Above] = {}
    may_turn = False
    for span in by_start:
        span_id, parent_id, _, start, *_ = span
        parent = spans.get(parent_id)
        if parent is not None and parent.kind not in SEEN_THROUGH:
            found = inside.get(parent_id) or inside.setdefault(parent_id, Above(parent))
            above[span_id] = found
        else:
            found = _climb(span, spans, above)
        # Without a span that begins before the one above it there is no circle.
        may_turn |= found.span is not None and found.span.start_us >= start
    if may_turn:
        _cut_cycles(by_start, above)
    return above


def _climb(span: Span, spans: Mapping[bytes, Span], above: dict[bytes, Above]) -> Above:
    """Walk up to the first span that is more than a step; remember it for all on the way."""
    way = [span.span_id]
    passed = {span.span_id}
    found = above.get(span.span_id)
    while found is None:
        parent = spans.get(span.parent_id) if span.parent_id else None
        if parent is None:
            found = _OPEN if span.parent_id else _TOP
        elif parent.kind not in SEEN_THROUGH:
            found = Above(parent)
        elif parent.span_id in passed:
            found = _TOP
        else:
            span = parent
            passed.add(span.span_id)
            way.append(span.span_id)
            found = above.get(span.span_id)
    for span_id in way:
        above.setdefault(span_id, found)
    return found


def _cut_cycles(by_start: list[Span], above: dict[bytes, Above]) -> None:
    """Make of each circle of agents, calls and tools a line that begins with its earliest."""
    settled: set[bytes] = set()
    for span in by_start:
        way: dict[bytes, Span] = {}
        place: Span | None = span
        while place is not None and place.span_id not in settled:
            if place.span_id in way:
                circle = list(way.values())[list(way).index(place.span_id) :]
                above[min(circle, key=start_of).span_id] = _TOP
                break
            way[place.span_id] = place
            place = above[place.span_id].span
        settled.update(way)
