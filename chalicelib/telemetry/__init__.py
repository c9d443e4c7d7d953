"""Telemetry: OpenTelemetry's spans in, runs and costs out.

A verb is imported when it is first used: most cold starts see no telemetry.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.telemetry.answering import answer_refused, answer_taken
    from chalicelib.telemetry.counting import read_counts
    from chalicelib.telemetry.open_traces import count_waiting, waiting_examples
    from chalicelib.telemetry.payload import PayloadError, PayloadTooBig
    from chalicelib.telemetry.prices import (
        EXTRACT_NAME,
        make_compact_list,
        own_prices,
        public_list,
        set_own_prices,
        still_unpriced,
    )
    from chalicelib.telemetry.receiving import receive_spans
    from chalicelib.telemetry.upkeep import look_after_traces
    from chalicelib.telemetry.waterfall import calls_of_run

_WHERE = {
    "EXTRACT_NAME": "prices",
    "PayloadError": "payload",
    "PayloadTooBig": "payload",
    "answer_refused": "answering",
    "answer_taken": "answering",
    "calls_of_run": "waterfall",
    "count_waiting": "open_traces",
    "look_after_traces": "upkeep",
    "make_compact_list": "prices",
    "own_prices": "prices",
    "public_list": "prices",
    "read_counts": "counting",
    "receive_spans": "receiving",
    "set_own_prices": "prices",
    "still_unpriced": "prices",
    "waiting_examples": "open_traces",
}

__all__ = [
    "EXTRACT_NAME",
    "PayloadError",
    "PayloadTooBig",
    "answer_refused",
    "answer_taken",
    "calls_of_run",
    "count_waiting",
    "look_after_traces",
    "make_compact_list",
    "own_prices",
    "public_list",
    "read_counts",
    "receive_spans",
    "set_own_prices",
    "still_unpriced",
    "waiting_examples",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
