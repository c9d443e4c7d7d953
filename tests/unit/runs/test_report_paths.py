"""Good batches are read at once, others run by run: what becomes of a run must be the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidRun, Problem
from chalicelib.runs.reports import Submission, _take_apart, parse_submission, read_json


def batch(*runs: Any) -> bytes:
    return json.dumps({"runs": runs}).encode()


# Of every field, values that are taken and values that are not.
numbers = st.sampled_from(
    [
        0,
        -0.0,
        1,
        1.0,
        -1,
        0.1,
        5e-324,
        1e12,
        1e13,
        1e400,
        2**53,
        2**63 - 1,
        2**63,
        -(2**63),
        10**400,
        float("nan"),
    ]
)
values = st.one_of(
    numbers,
    st.none(),
    st.booleans(),
    st.text(max_size=5),
    st.sampled_from(["completed", "5m30s", "PT1S", "1e5s", "2026-03-01T12:00:00Z", "2026-03-01"]),
    st.lists(st.text(max_size=2) | st.none(), max_size=2),
    st.dictionaries(st.sampled_from(["a", "$a", ""]), numbers | st.text(max_size=2), max_size=2),
)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
names = (
    *("id", "task_id", "created", "status", "time_taken", "initiator", "tools", "models"),
    *("cost", "input_tokens", "output_tokens", "error", "metadata", "surprise"),
    *("outcome", "score", "trace_id", "reasoning_output_tokens"),
)
good_runs = st.fixed_dictionaries(
    {"status": st.sampled_from(["completed", "running", "完成"])},
    optional={
        "id": st.integers(-(2**63), 2**63 - 1) | st.none(),
        "task_id": st.integers(-(2**63), 2**63 - 1) | st.none(),
        "created": st.sampled_from(["2026-03-01T12:00:00.123456Z", None]),
        "time_taken": st.sampled_from(["5m30s", "PT0S", 0, 1.5, -0.0, None]),
        "cost": st.sampled_from([0, -0.0, 1, 0.1, 5e-324, 1e12, None]),
        "tools": st.lists(texts.filter(bool), max_size=3) | st.none(),
        "error": texts | st.none(),
        "metadata": st.dictionaries(
            st.sampled_from(["a", "b.c"]), st.booleans() | numbers.filter(lambda n: n < 2**63)
        ).map(lambda entries: {k: v for k, v in entries.items() if v >= -(2**63)}),
    },
)
odd_runs = st.dictionaries(st.sampled_from(names), values, max_size=4) | values
any_runs = st.lists(good_runs | odd_runs, min_size=1, max_size=4)


def _outcome(
    raw: bytes, parse: Callable[[bytes], Submission] = parse_submission
) -> Submission | tuple[type[Problem], str]:
    try:
        submission = parse(raw)
    except Problem as problem:
        return type(problem), problem.detail
    submission.places = list(submission.places)
    return submission


@given(any_runs)
def test_the_fast_path_and_the_taken_apart_one_agree(runs: list[Any]) -> None:
    raw = batch(*runs)
    assert repr(_outcome(raw)) == repr(_outcome(raw, _slow_path))


def _slow_path(raw: bytes) -> Submission:
    return _take_apart(read_json(raw, allow_inf_nan=True))


@given(any_runs)
def test_each_run_of_a_batch_is_either_taken_or_refused_as_it_would_be_alone(
    runs: list[Any],
) -> None:
    submission = _outcome(batch(*runs))
    if not isinstance(submission, Submission):
        return  # not JSON at all
    taken = dict(zip(submission.places, submission.reports, strict=True))
    refused = {entry["index"]: entry for entry in submission.refused}
    assert sorted([*taken, *refused]) == list(range(len(runs)))
    for index, run in enumerate(runs):
        if not isinstance(run, dict) or "runs" in run:
            assert index in refused
            continue
        alone = _outcome(json.dumps(run).encode())
        if isinstance(alone, Submission):
            assert repr(alone.reports[0]) == repr(taken[index])
        else:
            assert alone == (InvalidRun, refused[index]["detail"])


@given(st.lists(good_runs, min_size=1, max_size=5))
def test_good_runs_are_all_taken_in_their_order(runs: list[dict[str, Any]]) -> None:
    submission = parse_submission(batch(*runs))
    assert submission.refused == []
    assert list(submission.places) == list(range(len(runs)))
