"""Silence, and runs that should long have finished."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.values.instants import DAY, day_of, format_instant, hour_of, parse_instant
from chalicelib.values.spans import parse_span
from chalicelib.watches.judgements import Judgement, Situation, instant_text, unknown
from chalicelib.watches.series import Need, Series

STALE_AFTER = "24h"
# How far back it is looked for the last run, or for runs that are still in progress.
_LOOK_BACK = timedelta(days=30)


def end_of(present: datetime) -> datetime:
    """The end of what can have been created: clocks of clients may be a day ahead."""
    return day_of(present) + 2 * DAY


def need_of_silence(condition: Mapping[str, Any], present: datetime) -> Need:
    quiet_from = hour_of(present - parse_span(condition["for"]))
    return Need((day_of(quiet_from - _LOOK_BACK), end_of(present)))


def judge_silence(condition: Mapping[str, Any], series: Series, situation: Situation) -> Judgement:
    span = parse_span(condition["for"])
    start, end = series.buckets[0].start, series.buckets[-1].end
    found = max(
        (block.last_run for block in series.blocks(start, end) if block.last_run), default=None
    )
    remembered = situation.memory.get("last_run")
    known = [t for t in (found, parse_instant(remembered) if remembered else None) if t]
    last_run = max(known) if known else None
    if last_run is None:
        return unknown("no run is known yet", {}, last_run=None)
    # A run of a clock that is ahead, or of a day that a clock showed by mistake, is no silence.
    silent_for = max(timedelta(), situation.present - last_run)
    reading = {
        "last_run": format_instant(last_run),
        "silent_for_s": round(silent_for.total_seconds()),
        "for_s": round(span.total_seconds()),
    }
    text = f"The last run was created {format_instant(last_run)}, {_words(silent_for)} ago."
    memory = {"last_run": instant_text(found) or remembered}
    return Judgement("firing" if silent_for >= span else "ok", reading, text, memory)


def stale_before(condition: Mapping[str, Any], present: datetime) -> datetime:
    return hour_of(present - parse_span(condition.get("after", STALE_AFTER)))


def need_of_stale(condition: Mapping[str, Any], present: datetime) -> Need:
    before = stale_before(condition, present)
    return Need((day_of(before - _LOOK_BACK), before, end_of(present)))


def judge_stale(condition: Mapping[str, Any], series: Series, situation: Situation) -> Judgement:
    before = stale_before(condition, situation.present)
    blocks = series.blocks(series.buckets[0].start, before)
    stale = sum(block.in_progress for block in blocks)
    reading = {
        "stale": stale,
        "more_than": condition["more_than"],
        "created_before": format_instant(before),
    }
    text = (
        f"{stale:,} runs that were created before {format_instant(before)} are still in progress."
    )
    too_many = stale > condition["more_than"]
    return Judgement("firing" if too_many else "ok", reading, text, {})


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 60 * 48 else f"{minutes // 1440} days"
