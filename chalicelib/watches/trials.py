"""A condition tried over the past: how often it would have fired, looked at with each day's end.

Silence is looked at with each hour's end, because a day with one run in it would hide a night.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from bson import ObjectId

from chalicelib.database.documents import WatchDocument
from chalicelib.errors import InvalidWatch
from chalicelib.metrics.intervals import Interval, cut_range, find_zone
from chalicelib.values.instants import DAY, EPOCH, format_instant, now
from chalicelib.watches.absences import end_of
from chalicelib.watches.conditions import judge, need_of
from chalicelib.watches.judgements import Situation
from chalicelib.watches.measuring import measure_need
from chalicelib.watches.series import Need, Series
from chalicelib.watches.stored_watches import LAYOUT
from chalicelib.watches.targets import NOT_TRIED, Target, check_condition
from chalicelib.watches.transitions import advance

TRIAL_DAYS = 30
_MOMENT = timedelta(milliseconds=1)


def try_watch(condition: Mapping[str, Any], target: Target, days: int) -> dict[str, Any]:
    """What a watch would have done (chalicelib.wire.watch_models.TrialResult).

    Raises InvalidWatch for a condition that history says nothing of.
    """
    check_condition(condition, target)
    if condition["type"] in NOT_TRIED:
        raise InvalidWatch(f"'{condition['type']}' cannot be tried: the past does not tell of it")
    looks = _looks(condition, now(), days)
    watch = _fresh_watch(condition, target)
    series = measure_need(watch, _need(condition, looks), looks[-1])
    changes = []
    for instant in looks:
        change = _look(watch, series, instant)
        if change is not None:
            changes.append(change)
    fired = sum(change["state"] == "firing" for change in changes)
    last = {"state": watch["state"], "reading": watch["reading"]}
    return {"days": days, "fired": fired, "changes": changes, **last}


def _look(watch: WatchDocument, series: Series, end: datetime) -> dict[str, Any] | None:
    """Look with what was known at the end, a moment before it: it is the next day's beginning."""
    instant = end - _MOMENT
    situation = Situation(instant, watch["state"], watch["memory"])
    known = series.until(end)
    judgement = judge(watch["condition"], known, situation, watch["version"])
    change = advance(watch, judgement, instant)
    watch.update(cast("WatchDocument", change.fields))
    if change.event is None:
        return None
    return {
        "at": format_instant(instant),
        "state": change.event["state"],
        "previous": change.event["previous"],
        "text": change.event["text"],
        "reading": change.event["reading"],
    }


def _looks(condition: Mapping[str, Any], present: datetime, days: int) -> list[datetime]:
    """When it is looked: at the ends of the days, or hours, and now."""
    interval: Interval = "hour" if condition["type"] == "silence" else "day"
    zone = find_zone(condition.get("tz", "UTC"))
    buckets = cut_range(present - days * DAY, present, interval, zone)
    return [bucket.end for bucket in buckets]


def _need(condition: Mapping[str, Any], looks: list[datetime]) -> Need:
    """All that the looks need, with an edge at each of them."""
    needs = [need_of(condition, instant, {}) for instant in (looks[0], looks[-1])]
    start = min(need.start for need in needs)
    edges = {start, *needs[1].edges, *looks[:-1], end_of(looks[-1])}
    edges |= {look for need in needs for look in need.edges}
    if condition["type"] != "silence":
        zone = find_zone(condition.get("tz", "UTC"))
        edges |= {b.start for b in cut_range(start, looks[-1], "day", zone)}
    return Need(tuple(sorted(edges)), needs[0].cost_histogram)


def _fresh_watch(condition: Mapping[str, Any], target: Target) -> WatchDocument:
    return {
        "_id": ObjectId(),
        "layout": LAYOUT,
        "name": "",
        "project": target.project,
        "owner": target.owner,
        "agent_id": target.agent_id,
        "version": target.version,
        "condition": dict(condition),
        "notify": None,
        "origin": "",
        "since": EPOCH,
        "outbox": None,
        "notify_problem": None,
        "created_at": EPOCH,
        "updated_at": EPOCH,
        "muted_until": None,
        "state": "insufficient_data",
        "reading": {},
        "memory": {},
        "told": [],
        "revision": 0,
        "evaluated_at": EPOCH,
    }
