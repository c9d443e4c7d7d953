"""Any order and repetition of one run's reports ends in the same run; drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from chalicelib.runs.reports import document_of, parse_submission
from chalicelib.runs.resolution import _content, _differing, _progress, resolve

Document = dict[str, Any]

AGENT, VERSION = ObjectId(), ObjectId()
RECORDED = datetime(2026, 3, 2, tzinfo=UTC)
CREATED, OTHER = "2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z"


def document(recorded_at: datetime = RECORDED, /, **fields: Any) -> Document:
    [report] = parse_submission(to_json({"id": 1, **fields})).reports
    return document_of(report, AGENT, VERSION, recorded_at)


def settle(documents: Iterable[Document]) -> Document:
    """The run that stands after these reports, in this order."""
    first, *later = (dict(d) for d in documents)
    stored = first
    for reported in later:
        result = resolve(stored, reported)
        stored = result.standing if result.changed else stored
    return stored


def told(stored: Document) -> Document:
    """What clients said of a run; a creation time that nobody gave differs between servers."""
    content = _content(stored)
    content["created"] = None if "created_assigned" in stored else stored["created"]
    return content | {"outcome": stored["outcome"]}


maybe_created = st.sampled_from([{}, {"created": CREATED}])
recorded = st.integers(0, 1000).map(lambda s: RECORDED + timedelta(seconds=s))
content = st.fixed_dictionaries(
    {},
    optional={
        "time_taken": st.sampled_from([None, 0, "1s", "1000ms", "PT1S", 1.0, "2s"]),
        "cost": st.sampled_from([None, 0, -0.0, 0.1, 1, 1.0]),
        "task_id": st.sampled_from([1, 2]),
        "initiator": st.sampled_from(["", "ada"]),
        "tools": st.sampled_from([[], ["a"], ["a", "b"], ["b", "a"]]),
        "models": st.sampled_from([None, ["m"]]),
        "input_tokens": st.sampled_from([0, 5]),
        "output_tokens": st.sampled_from([0, 5]),
        "error": st.sampled_from(["", "late"]),
        "metadata": st.sampled_from(
            [
                *({}, {"a": 1}, {"a": 1.0}, {"a": True}, {"a": "1"}, {"a": 0.0}, {"a": -0.0}),
                *({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 3}, {"a": 1e300}),
            ]
        ),
    },
)


@st.composite
def reports_in_progress(
    draw: st.DrawFn, created: st.SearchStrategy[Any] = maybe_created
) -> Document:
    status = draw(st.sampled_from(["queued", "pending", "started", "running", "Running"]))
    return document(draw(recorded), status=status, **draw(content), **draw(created))


@st.composite
def reports_finished(draw: st.DrawFn) -> Document:
    status = draw(st.sampled_from(["completed", "failed", "paused"]))
    return document(draw(recorded), status=status, **draw(content), **draw(maybe_created))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Document], list[Document]]:
    """Reports of one run, and the same in another order, with some of them repeated."""
    reports = draw(st.lists(reports_in_progress(), max_size=4))
    if not reports or draw(st.booleans()):
        # One outcome, told once or several times, with and without the creation time.
        finished = {"status": "completed", **draw(content)}
        for created in draw(st.lists(maybe_created, min_size=1, max_size=2)):
            reports.append(document(draw(recorded), **finished, **created))
    repeated = reports + draw(st.lists(st.sampled_from(reports), max_size=4))
    return reports, draw(st.permutations(repeated))


@given(histories())
def test_any_order_and_repetition_ends_in_the_same_run(
    both: tuple[list[Document], list[Document]],
) -> None:
    once, shuffled = both
    assert told(settle(shuffled)) == told(settle(once))


@given(histories())
def test_repeating_everything_changes_nothing(
    both: tuple[list[Document], list[Document]],
) -> None:
    reports, _ = both
    stored = settle(reports)
    assert settle([stored, *reports, *reports]) == stored


@given(
    st.lists(reports_in_progress(st.sampled_from([{}, {"created": OTHER}])), max_size=4), st.data()
)
def test_a_finished_report_that_gives_its_creation_time_always_has_the_last_word(
    in_progress: list[Document], data: st.DataObject
) -> None:
    finished = document(status="failed", created=CREATED, cost=1)
    order = data.draw(st.permutations([*in_progress, finished]))
    assert told(settle(order)) == told(finished)


def _is_at_least(one: Document, other: Document) -> bool:
    return resolve(other, one).verdict in ("updated", "unchanged")


@given(reports_in_progress(), reports_in_progress(), reports_in_progress())
def test_reports_in_progress_have_a_total_order(a: Document, b: Document, c: Document) -> None:
    assert _is_at_least(a, a)
    assert _is_at_least(a, b) or _is_at_least(b, a)
    if _is_at_least(a, b) and _is_at_least(b, a):
        assert not _differing(a, b)
    if _is_at_least(a, b) and _is_at_least(b, c):
        assert _is_at_least(a, c)


@given(st.lists(reports_in_progress(), min_size=2, max_size=6))
def test_what_stands_never_falls_back(reports: list[Document]) -> None:
    stages = [settle(reports[: n + 1]) for n in range(len(reports))]
    for before, after in pairwise(stages):
        assert not _differing(before, after) or _progress(before) < _progress(after)


@given(st.one_of(reports_in_progress(), reports_finished()), reports_finished())
def test_only_two_finished_reports_that_differ_conflict(
    stored: Document, reported: Document
) -> None:
    result = resolve(stored, reported)
    finished = stored["outcome"] != "in_progress"
    assert (result.verdict == "conflict") == (finished and bool(_differing(stored, reported)))
    if result.verdict == "conflict":
        assert result.standing is stored
        assert not result.changed
        assert result.differing


@given(reports_finished(), reports_in_progress())
def test_a_report_in_progress_never_replaces_a_finished_one(
    stored: Document, reported: Document
) -> None:
    result = resolve(stored, reported)
    assert result.verdict == "superseded"
    assert _content(result.standing) == _content(stored)
