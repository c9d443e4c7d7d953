"""From what a condition says to the state of a watch: damped, and told once for each change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.database import Clause
from chalicelib.database.documents import DeliveryDocument, WatchEventDocument
from chalicelib.values.instants import format_instant, parse_instant
from chalicelib.values.states import State
from chalicelib.watches.judgements import Judgement

LAYOUT = 1
RAISED = ("warning", "firing")
# A watch that was raised more often than this in a day has to be calm for a while to be resolved.
_FREE_RAISES = 2
_CALM = timedelta(minutes=10)
_LONGEST_CALM = timedelta(hours=6)
_DAY = timedelta(days=1)
_MOST_TOLD = 20
_MOST_RAISES = 12


class Change(NamedTuple):
    """What becomes of a watch: fields to store, and the event if its state changes."""

    fields: Clause
    event: WatchEventDocument | None


def advance(watch: Mapping[str, Any], judged: Judgement, present: datetime) -> Change:
    """The watch after a judgement."""
    raises = _recent(watch["memory"].get("raises", []), present)
    state, calm_since = judged.state, None
    is_calming = watch["state"] in RAISED and state not in RAISED
    if is_calming:
        calm_since = watch["memory"].get("calm_since") or format_instant(present)
        if not _is_calm(raises, parse_instant(calm_since), present):
            state = watch["state"]
    is_raised = state in RAISED and watch["state"] not in RAISED
    if is_raised:
        raises = [*raises, format_instant(present)][-_MOST_RAISES:]
    memory = {**judged.memory, "raises": raises}
    if calm_since is not None and state == watch["state"]:
        memory["calm_since"] = calm_since
    fields: Clause = {"reading": judged.reading, "memory": memory}
    if state == watch["state"]:
        return Change(fields, None)
    fields |= {"state": state, "since": present}
    is_quiet = judged.once is not None and state != "ok" and judged.once in watch["told"]
    if judged.once is not None and not is_quiet:
        fields["told"] = [*watch["told"], judged.once][-_MOST_TOLD:]
    return Change(fields, _event(watch, judged, state, present, is_quiet=is_quiet))


def _is_calm(raises: list[str], calm_since: datetime, present: datetime) -> bool:
    excess = len(raises) - _FREE_RAISES
    if excess <= 0:
        return True
    wanted: timedelta = min(_CALM * 2 ** (excess - 1), _LONGEST_CALM)
    # A clock that went back has not been calm for less than nothing.
    return abs(present - calm_since) >= wanted


def _recent(raises: list[str], present: datetime) -> list[str]:
    return [text for text in raises if abs(present - parse_instant(text)) < _DAY]


def _event(
    watch: Mapping[str, Any], judged: Judgement, state: State, present: datetime, *, is_quiet: bool
) -> WatchEventDocument:
    previous = watch["state"]
    kind = "state"
    if state in RAISED:
        kind = state
    elif previous in RAISED:
        kind = "resolved"
    return {
        "_id": f"{watch['_id']}.{watch['revision'] + 1}",
        "layout": LAYOUT,
        "watch_id": watch["_id"],
        "type": f"watch.{kind}",
        "at": present,
        "state": state,
        "previous": previous,
        "title": f"{kind.upper()}: {watch['name']}",
        "text": judged.text,
        "reading": judged.reading,
        "delivery": _delivery(watch, kind, present, is_quiet=is_quiet),
    }


def _delivery(
    watch: Mapping[str, Any], kind: str, present: datetime, *, is_quiet: bool
) -> DeliveryDocument:
    """`quiet` is what nobody needs to be told: no news, or told before."""
    muted_until = watch["muted_until"]
    status = "pending"
    if kind == "state" or is_quiet:
        status = "quiet"
    elif watch["notify"] is None:
        status = "nobody"
    elif muted_until is not None and present < muted_until:
        status = "muted"
    return {
        "status": status,
        "attempts": 0,
        "next_attempt_at": present if status == "pending" else None,
        "delivered_at": None,
        "detail": None,
    }
