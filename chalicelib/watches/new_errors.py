"""New kinds of failures among an agent's newest runs.

A kind is what an error's first line says without what differs from run to run: numbers, times and
ids. A failure without a text is of the kind of its status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.values.instants import format_instant, parse_instant
from chalicelib.values.masking import mask
from chalicelib.watches.judgements import Judgement, Situation, unknown

# How many of the newest runs are looked at: it bounds the cost, whatever the traffic.
NEWEST_RUNS = 500
MOST_KINDS = 300
# For how long a new kind is told of.
NEWS_FOR = timedelta(hours=1)


class Failure(NamedTuple):
    """A run that failed: its id, and what it said."""

    run: Any
    version: str
    status: str
    error: str | None


def kind_of(failure: Failure) -> str:
    """The kind of a failure; texts of any length and content have one."""
    lines = (failure.error or "").strip().splitlines()
    # The last line of a traceback says what went wrong, of anything else the first does.
    is_traceback = bool(lines) and lines[0].startswith("Traceback (most recent call last)")
    text = (lines[-1] if is_traceback else lines[0]) if lines else ""
    return mask(text[:1000]) or f"status {failure.status}"


def judge(failures: Iterable[Failure] | None, situation: Situation) -> Judgement:
    """`failures` are those among the newest runs, newest first; None while there are no runs."""
    if failures is None:
        return unknown("no run is known yet", situation.memory)
    memory, present = situation.memory, situation.present
    first_seen = {kind_of(failure): failure for failure in reversed(list(failures))}
    known = memory.get("kinds")
    if known is None:
        text = f"{len(first_seen)} kinds of failures are known; others are news."
        return Judgement("ok", {"known": len(first_seen)}, text, {"kinds": list(first_seen)})
    new = [_news(kind, f, present) for kind, f in first_seen.items() if kind not in known]
    kinds = [*(kind for kind in known if kind not in first_seen), *first_seen][-MOST_KINDS:]
    recent = [news for news in memory.get("news", []) if _is_news(news, present)]
    news = [*new, *recent][:10]
    reading = {"known": len(kinds), "new": news}
    remembered = {"kinds": kinds, "news": news}
    if not news:
        return Judgement("ok", reading, "No new kind of failure in the last hour.", remembered)
    text = "A new kind of failure: " + "; ".join(found["kind"] for found in news)
    return Judgement("firing", reading, text, remembered)


def _news(kind: str, failure: Failure, present: datetime) -> dict[str, Any]:
    return {
        "kind": kind,
        "run": failure.run,
        "version": failure.version,
        "seen_at": format_instant(present),
    }


def _is_news(news: Mapping[str, Any], present: datetime) -> bool:
    return abs(present - parse_instant(news["seen_at"])) < NEWS_FOR
