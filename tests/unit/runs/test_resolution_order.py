"""Any order and repetition of one run's reports ends in the same run; drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from chalicelib.runs.fields import KEY_OF, named
from chalicelib.runs.ranks import FINISHED, rank_of
from chalicelib.runs.reports import document_of, parse_submission
from chalicelib.runs.resolution import resolve

Document = Any

AGENT, VERSION = ObjectId(), ObjectId()
RECORDED = datetime(2026, 3, 2, tzinfo=UTC)
CREATED, OTHER = "2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z"


def document(recorded_at: datetime = RECORDED, /, **fields: Any) -> Document:
    [report] = parse_submission(to_json({"id": 1, **fields})).reports
    return document_of(report, AGENT, VERSION, recorded_at)


def settle(documents: Iterable[Document]) -> Document:
    """The run that stands after these reports, in this order."""
    first, *later = (d.copy() for d in documents)
    stored = first
    for reported in later:
        result = resolve(stored, reported)
        stored = result.standing if result.changed else stored
    return stored


# What depends on when and how often a report arrives, and never on what is known of the run.
INCIDENTAL = ("recorded_at", "counted", "counted_at", "time_taken", "status")


def told(stored: Document) -> Document:
    """What is known of a run; a creation time that nobody gave differs between servers."""
    left_out = (*INCIDENTAL, *(("created",) if "created_assigned" in stored else ()))
    word = {"status": stored["status"].lower()}
    return {name: value for name, value in stored.items() if name not in left_out} | word


maybe_created = st.sampled_from([{}, {"created": CREATED}])
recorded = st.integers(0, 1000).map(lambda s: RECORDED + timedelta(seconds=s))
content = st.fixed_dictionaries(
    {},
    optional={
        "outcome": st.sampled_from([None, "in_progress", "other"]),
        "time_taken": st.sampled_from([None, 0, "1s", "1000ms", "PT1S", 1.0, "2s"]),
        "cost": st.sampled_from([None, 0, -0.0, 0.1, 1, 1.0]),
        "task_id": st.sampled_from([1, "1", "a", 2.0]),
        "initiator": st.sampled_from(["", "ada"]),
        "tools": st.sampled_from([None, [], ["a"], ["a", "b"], ["b", "a"]]),
        "models": st.sampled_from([None, ["m"]]),
        "input_tokens": st.sampled_from([0, 5]),
        "reasoning_output_tokens": st.sampled_from([0, 5]),
        "score": st.sampled_from([-1, 0.5]),
        "error": st.sampled_from(["", "late", "é" * 3000]),
        "metadata": st.sampled_from(
            [
                *({}, {"a": 1}, {"a": 1.0}, {"a": True}, {"a": "1"}, {"a": 0.0}, {"a": -0.0}),
                *({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": "x" * 5000}, {"a": None}),
            ]
        ),
    },
)


@st.composite
def reports_in_progress(
    draw: st.DrawFn, created: st.SearchStrategy[Any] = maybe_created
) -> Document:
    words = ["queued", "pending", "started", "running", "Running", "a new word"]
    status = draw(st.sampled_from(words))
    return document(draw(recorded), status=status, **draw(content), **draw(created))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Document], list[Document]]:
    """Reports of one run, and the same in another order, with some of them repeated."""
    reports = draw(st.lists(reports_in_progress(), max_size=4))
    if not reports or draw(st.booleans()):
        # One outcome, told in parts that complete each other.
        whole = draw(content) | {"outcome": draw(st.sampled_from([None, "failed"]))}
        for created in draw(st.lists(maybe_created, min_size=1, max_size=3)):
            part = {name: value for name, value in whole.items() if draw(st.booleans())}
            reports.append(document(draw(recorded), status="completed", **part, **created))
    repeated = reports + draw(st.lists(st.sampled_from(reports), max_size=4))
    return reports, draw(st.permutations(repeated))


@given(histories())
def test_any_order_and_repetition_ends_in_the_same_run(
    both: tuple[list[Document], list[Document]],
) -> None:
    once, shuffled = both
    assert told(settle(shuffled)) == told(settle(once))


@given(histories())
def test_each_field_is_the_highest_ranking_report_s(
    both: tuple[list[Document], list[Document]],
) -> None:
    reports, shuffled = both
    stored = settle(shuffled)
    ranked = sorted(reports, key=rank_of, reverse=True)
    highest_class = rank_of(ranked[0])[0]
    for name in {name for report in reports for name in named(report)} - {"status", "time_taken"}:
        speakers = [report for report in ranked if name in named(report)]
        if name == "outcome" and rank_of(speakers[0])[0] < highest_class:
            assert "reported_outcome" not in stored
            continue
        key = KEY_OF[name]
        assert (repr(stored[key]) == repr(speakers[0][key])) or stored[key] == speakers[0][key]


@given(histories())
def test_repeating_everything_changes_nothing(
    both: tuple[list[Document], list[Document]],
) -> None:
    reports, _ = both
    stored = settle(reports)
    for report in reports:
        result = resolve(stored, report.copy())
        assert result.verdict in ("unchanged", "superseded")
        assert not result.changed
        assert result.standing is stored


@given(reports_in_progress(), reports_in_progress())
def test_two_reports_rank_alike_only_if_they_say_the_same(one: Document, other: Document) -> None:
    if rank_of(one) == rank_of(other):
        said = [{k: v for k, v in told(r).items() if v != []} for r in (one, other)]
        assert said[0] == said[1]


@given(reports_in_progress(), content, content)
def test_only_two_finished_reports_that_contradict_each_other_conflict(
    in_progress: Document, first: Document, second: Document
) -> None:
    one = document(status="completed", **(first | {"outcome": None}))
    other = document(status="completed", **(second | {"outcome": None}))
    assert rank_of(one) == rank_of(other) == FINISHED
    contradicting = [
        name
        for name in set(named(one)) & set(named(other))
        if resolve(
            document(status="completed") | {KEY_OF[name]: one[KEY_OF[name]]},
            document(status="completed") | {KEY_OF[name]: other[KEY_OF[name]]},
        ).verdict
        == "conflict"
    ]
    result = resolve(one.copy(), other.copy())
    assert (result.verdict == "conflict") == bool(contradicting)
    assert set(result.conflicting) == set(contradicting)
    assert resolve(in_progress.copy(), one.copy()).verdict != "conflict"
    assert resolve(one.copy(), in_progress.copy()).verdict != "conflict"
