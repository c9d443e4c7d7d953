"""Posted runs, from bytes to documents: one path for good batches, another for the rest."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from chalicelib.errors import BatchTooLarge, InvalidBody, InvalidRun, MalformedJson
from chalicelib.runs.reports import (
    MAX_ASSIGNED_ID,
    MAX_FIELD_ERRORS,
    assign_id,
    document_of,
    parse_submission,
)
from chalicelib.values.instants import format_instant, now
from chalicelib.wire.models import MAX_BATCH_RUNS, RunReport

NOW = datetime(2026, 3, 2, tzinfo=UTC)
AGENT, VERSION = ObjectId(), ObjectId()


def batch(*runs: Any) -> bytes:
    return json.dumps({"runs": runs}).encode()


def document(**fields: Any) -> Any:
    [report] = parse_submission(json.dumps({"status": "ok", **fields}).encode()).reports
    return document_of(report, AGENT, VERSION, NOW)


def test_one_bad_run_leaves_the_others_alone() -> None:
    submission = parse_submission(batch({"id": 1, "status": "ok"}, {"id": 2}, {"status": "ok"}))
    assert submission.places == [0, 2]
    assert submission.refused == [
        {
            "index": 1,
            "id": 2,
            "code": "invalid_run",
            "detail": "status: Field required",
            "errors": [{"path": "status", "message": "Field required"}],
        }
    ]


@pytest.mark.parametrize(
    "run_id", [None, True, "", " ", "x" * 201, "a\n", 1.5, 2**63, -(2**63) - 1, 10**400, [1]]
)
def test_a_refusal_repeats_only_what_can_be_an_id(run_id: Any) -> None:
    [entry] = parse_submission(batch({"id": run_id})).refused
    assert entry["id"] is None


@pytest.mark.parametrize("run", [None, 1, "a", [], True, {}])
def test_a_run_that_is_none_is_refused_in_its_place(run: Any) -> None:
    submission = parse_submission(batch({"status": "ok"}, run))
    assert [entry["index"] for entry in submission.refused] == [1]
    assert submission.refused[0]["detail"]


def test_a_nul_is_named_and_refuses_its_run_only() -> None:
    runs = ({"status": "ok", "tools": ["a", "b\0"]}, {"status": "ok", "error": "\\u0000"})
    submission = parse_submission(batch(*runs))
    assert submission.places == [1]
    assert submission.refused[0]["errors"] == [
        {"path": "tools.1", "message": "must not hold a NUL character"}
    ]


def test_the_findings_on_one_run_are_limited_and_their_paths_cut() -> None:
    run = {"status": "ok", "k" * 5000: 1} | {f"x{i}": 1 for i in range(1000)}
    [entry] = parse_submission(batch(run)).refused
    assert len(entry["errors"]) == MAX_FIELD_ERRORS
    assert len(entry["detail"]) < 1000
    with pytest.raises(InvalidRun) as caught:
        parse_submission(json.dumps(run).encode())
    assert len(caught.value.errors) == MAX_FIELD_ERRORS
    assert max(len(found["path"]) for found in caught.value.errors) == 100


def test_an_unknown_field_is_pointed_at_metadata() -> None:
    with pytest.raises(InvalidRun, match=r"duration_ms: unknown field: put .* into 'metadata'"):
        parse_submission(b'{"status": "ok", "duration_ms": 1}')


@pytest.mark.parametrize(
    ("count", "refused"), [(MAX_BATCH_RUNS, False), (MAX_BATCH_RUNS + 1, True)]
)
@pytest.mark.parametrize("run", [{"status": "ok"}, {}])
def test_a_batch_has_at_most_ten_thousand_runs(
    run: dict[str, Any], *, count: int, refused: bool
) -> None:
    raw = batch(*[run] * count)
    if refused:
        with pytest.raises(BatchTooLarge, match=f"at most 10000 runs, this one has {count}"):
            parse_submission(raw)
    else:
        submission = parse_submission(raw)
        assert len(submission.reports) + len(submission.refused) == count


@pytest.mark.parametrize(
    "raw",
    [
        *(b'{"runs": []}', b'{"runs": null}', b'{"runs": {}}', b'{"runs": "a"}', b'{"runs": 1}'),
        *(b'{"runs": [{"status": "ok"}], "more": 1}', b'{"runs": [], "status": "ok"}'),
        *(b"null", b"[]", b'"a"', b"1", b"true", b'[{"status": "ok"}]'),
    ],
)
def test_another_shape_is_an_invalid_body(raw: bytes) -> None:
    with pytest.raises(InvalidBody):
        parse_submission(raw)


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b" ", b"{", b"{}}", b"{'status': 'ok'}", b'{"status": "ok"} x', b'{"status": ok}'),
        *(b'{"status": "ok", "cost": Nan}', b'{"runs": [{"status": "\xff"}]}'),
        *(b'{"status": "\xed\xa0\x80"}', b'{"status": "\\ud800"}', b'{"status": "a\0"}'),
        *(b"\xef\xbb\xbf{}", '{"status": "ok"}'.encode("utf-16"), b"\xff\xfe", b'{"status": "\t"}'),
        *(b"[" * 50_000, b'{"runs":' * 50_000, b'{"a":' * 300 + b"1" + b"}" * 300),
        *(b'{"id": 01}', b'{"id": +1}', b'{"id": .5}', b'{"id": 0x1}', b'{"id": 1_0}', b'{"a":1,}'),
        b'{"status": "ok", "id": ' + b"9" * 1_000_000 + b"}",
        b'{"runs": [{"status": "ok", "id": ' + b"9" * 1_000_000 + b"}]}",
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_what_is_not_json_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedJson, match=r"not JSON|is empty"):
        parse_submission(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"status": "failed", "status": "ok", "id": 1, "id": 2}',
        b'{"runs": [{"status": "failed", "status": "ok", "id": 1, "id": 2}]}',
        b'{"runs": [{"status": "failed"}], "runs": [{"status": "ok", "id": 2}]}',
        b'{"\\u0072uns": [{"status": "ok", "id": 2}]}',
        b'{"runs": [{"status": "ok", "id": 2, "error": "\\\\u0000"}]}',
    ],
)
def test_of_a_repeated_key_the_last_one_counts_on_either_path(raw: bytes) -> None:
    submission = parse_submission(raw)
    assert [(r["status"], r["id"]) for r in submission.reports] == [("ok", 2)]


def test_what_a_client_leaves_out_or_sends_as_null_is_not_stored() -> None:
    optional = set(RunReport.__annotations__) - {"status", "id"}
    bare, nulls = document(id=1), document(id=1, **dict.fromkeys(optional))
    assert bare == nulls
    assert bare == {
        "_id": {"v": VERSION, "id": 1},
        "agent_id": AGENT,
        "created": NOW,
        "created_assigned": True,
        "status": "ok",
        "outcome": "succeeded",
        "recorded_at": NOW,
    }


NOT_FINITE = ("NaN", "Infinity", "-Infinity", "1e999")
NUMBERS = (
    *("id", "task_id", "cost", "time_taken", "score", "input_tokens", "output_tokens"),
    *("cache_read_input_tokens", "cache_creation_input_tokens", "reasoning_output_tokens"),
)


@pytest.mark.parametrize("number", NOT_FINITE)
@pytest.mark.parametrize("field", NUMBERS)
def test_what_is_no_number_refuses_its_run_only(field: str, number: str) -> None:
    raw = f'{{"runs": [{{"status": "ok"}}, {{"status": "ok", "{field}": {number}}}]}}'
    submission = parse_submission(raw.encode())
    assert submission.places == [0]
    [entry] = submission.refused
    assert (entry["code"], entry["errors"][0]["path"]) == ("invalid_run", field)
    with pytest.raises(InvalidRun):
        parse_submission(f'{{"status": "ok", "{field}": {number}}}'.encode())


@pytest.mark.parametrize("number", NOT_FINITE)
def test_what_is_no_number_is_named_in_metadata_too(number: str) -> None:
    [entry] = parse_submission(
        f'{{"runs": [{{"status": "ok", "metadata": {{"a": {number}}}}}]}}'.encode()
    ).refused
    assert entry["errors"][0]["path"] == "metadata"


@pytest.mark.parametrize("field", ["id", "task_id"])
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        ("astropy__astropy-12907.trial-3", "astropy__astropy-12907.trial-3"),
        ("123", 123),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", "9223372036854775808"),
        ("0123", "0123"),
        ("-0", "-0"),
        ("+1", "+1"),
        ("12.0", "12.0"),
        ("1_0", "1_0"),
        ("١٢", "١٢"),
        (" 7", " 7"),
        (12.0, 12),
        (-0.0, 0),
        ("a" * 200, "a" * 200),
        ("完成 ✅", "完成 ✅"),
    ],
)
def test_an_id_is_an_integer_or_a_text(field: str, sent: Any, kept: Any) -> None:
    run = document(**{"id": 1, field: sent})
    found = run["_id"]["id"] if field == "id" else run["task_id"]
    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize("field", ["id", "task_id"])
@pytest.mark.parametrize("sent", ["", " ", "a" * 201, "a\tb", 1.5, True, [], {}, 2**63, 1e300])
def test_what_is_neither_is_no_id(field: str, sent: Any) -> None:
    with pytest.raises(InvalidRun, match=f"{field}: an id is a 64-bit integer, or a text"):
        document(**{field: sent})


def test_what_is_too_long_is_cut_and_named() -> None:
    long = {
        "error": "é" * 9000,
        "metadata": {"log": "x" * 5000, "a": None, **{f"k{n}": n for n in range(60)}},
    }
    submission = parse_submission(batch({"status": "ok"}, {"id": 1, "status": "ok", **long}))
    [(place, paths)] = submission.cut
    assert (place, paths[:2]) == (1, ["error", "metadata.k49"])
    run = document_of(submission.reports[1], AGENT, VERSION, NOW)
    assert run["truncated"] == paths
    assert len(run["error"].encode()) <= 4096
    assert run["error"].endswith("é…")
    assert type(run["error"]) is str
    assert type(run["metadata"]) is dict
    assert len(run["metadata"]) == 50
    assert run["metadata"]["log"].endswith("x…")
    assert "a" not in run["metadata"]


@pytest.mark.parametrize(
    "created", ["1970-01-01T00:00:00Z", "1999-12-31T23:59:59.999Z", "2099-01-01T00:00:00Z"]
)
def test_a_date_that_no_run_can_have_is_refused_with_the_clock_s_time(created: str) -> None:
    with pytest.raises(
        InvalidRun, match=r"2000-01-01T00:00:00Z to one day after .* shows 20"
    ) as it:
        document(created=created)
    assert it.value.errors[0]["code"] == "invalid_created"


def test_the_window_ends_a_day_after_the_clock() -> None:
    inside, outside = now() + timedelta(hours=23), now() + timedelta(hours=25)
    assert document(created=format_instant(inside))["created"] == inside
    with pytest.raises(InvalidRun):
        document(created=format_instant(outside))
    assert document(created="2000-01-01T00:00:00Z")["created"].year == 2000


def test_unknown_cost_is_not_zero_cost() -> None:
    assert "cost" not in document(cost=None)
    assert document(cost=0)["cost"] == 0


@pytest.mark.parametrize("cost", [0, 0.0, -0.0])
def test_zero_has_no_sign(cost: float) -> None:
    assert str(document(cost=cost)["cost"]) == "0.0"


@pytest.mark.parametrize("run_id", [0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_any_64_bit_id_is_kept(run_id: int) -> None:
    assert document(id=run_id)["_id"]["id"] == run_id


def test_an_assigned_id_fits_a_javascript_number_and_is_never_the_same() -> None:
    ids = {assign_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert min(ids) >= 1
    assert max(ids) <= MAX_ASSIGNED_ID == 2**53 - 1
