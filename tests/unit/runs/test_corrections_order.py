"""Corrections outrank every report, whenever the reports arrive; drawn by hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from chalicelib.runs.corrections import _correct, _document_of
from chalicelib.runs.reports import parse_correction
from chalicelib.runs.resolution import resolve
from tests.unit.runs.test_resolution_order import RECORDED, VERSION, content, document, told

Document = Any

changes = content.filter(bool)
reports = st.lists(
    st.tuples(st.sampled_from(["queued", "running", "a new word"]), content), min_size=1, max_size=4
)


def correct(stored: Document, change: Document) -> Document:
    parsed = parse_correction(to_json(change)) | {"id": 1}
    version: Any = {"_id": VERSION}
    result = _correct(stored, _document_of(version, parsed, RECORDED))
    return result.standing if result.changed else stored


def play(steps: list[tuple[str, Any]]) -> Document:
    (_, first), *others = steps
    stored = first.copy()
    for kind, what in others:
        if kind == "correction":
            stored = correct(stored, what)
            continue
        result = resolve(stored, what.copy())
        stored = result.standing if result.changed else stored
    return {name: value for name, value in told(stored).items() if name != "truncated"}


@given(reports, st.lists(changes, max_size=3), st.data())
@settings(deadline=None, max_examples=60)
def test_reports_may_arrive_before_and_after_corrections(
    said: list[tuple[str, Document]], corrected: list[Document], data: st.DataObject
) -> None:
    steps = [("report", document(status=status, **facts)) for status, facts in said]
    corrections: list[tuple[str, Any]] = [("correction", change) for change in corrected]
    first = play([*steps, *corrections])
    again = data.draw(st.permutations([*steps, *data.draw(st.lists(st.sampled_from(steps)))]))
    start, *rest = again
    mixed = list(rest)
    places = sorted(data.draw(st.integers(0, len(rest))) for _ in corrections)
    for offset, (place, correction) in enumerate(zip(places, corrections, strict=True)):
        mixed.insert(place + offset, correction)
    assert play([start, *mixed]) == first
