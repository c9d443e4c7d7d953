"""Spans come back from storage as they were, in a fifth of the room, with no prompt among them."""

from __future__ import annotations

import json

import pytest

from chalicelib.telemetry.packing import LAYOUT, pack, unpack
from tests.otlp_captures import captures, filed_runs, payload, spans_of

NAMES = [capture.name for capture in captures()]
# What the made-up models and tools of the captures say and are told.
CONTENT = (
    *("sunny", "21 degrees", "You report", "Plan my trip", "Refund order", "Weather?"),
    *("system", "assistant", "Paris", "call_0001", "Traceback"),
)


@pytest.mark.parametrize("name", NAMES)
def test_packed_spans_make_the_same_runs(name: str) -> None:
    spans = spans_of(name)
    again = [(trace, unpack(LAYOUT, pack([span]))[0]) for trace, span in spans]
    assert filed_runs(again) == filed_runs(spans)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_was_said_to_or_by_a_model_is_kept(name: str) -> None:
    packed = pack(span for _, span in spans_of(name)).decode()
    capture = next(c for c in captures() if c.name == name)
    failures = str([run["error_message"] for run in capture.expected])
    assert not [word for word in CONTENT if word in packed and word not in failures]


def test_a_span_takes_less_than_a_fifth_of_its_payload() -> None:
    stored = sum(len(pack(span for _, span in spans_of(name))) for name in NAMES)
    sent = sum(len(payload(file)) for c in captures() for file in c.files)
    assert stored * 5 < sent


def test_rows_of_the_first_layout_stay_readable() -> None:
    rows = [
        [
            "0102030405060708",
            "",
            1,
            1700000000000000,
            5000000,
            1,
            "gpt-4o",
            [3, 4],
            0.5,
            None,
            "openai",
            ["coder", "1.0", "coder", "it broke", "team", "s-1", "u-1"],
            "pydantic-ai",
            "2.0",
            "gen_ai",
        ],
        [
            "0102030405060709",
            "0102030405060708",
            2,
            1700000000000001,
            7,
            0,
            "gpt-4o",
            [3, 4, 1, 0, 2],
            None,
            "gpt-4o-2024-08-06",
            "openai",
        ],
        ["010203040506070a", "0102030405060708", 3, 1700000000000002, 7, 0, "search"],
        ["010203040506070b", "0102030405060708", 4],
        ["010203040506070c", "010203040506070b", 0],
    ]
    spans = unpack(1, json.dumps(rows).encode())
    assert json.loads(pack(spans)) == rows
    assert spans[0].agent is not None
    assert spans[0].agent.error == "it broke"
    assert spans[1].tokens.reasoning == 2
    assert [span.kind for span in spans] == ["agent", "llm", "tool", "step", "other"]
