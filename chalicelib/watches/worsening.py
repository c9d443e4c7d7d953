"""Success rates, durations and costs that became worse, whenever it is looked.

What was found stays found until the runs since then prove to be better, by the same test the
other way round; until there is no evidence of it any more (runs were corrected); or until the
comparison is over: a newer version has runs, or the window has moved past.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.metrics.block import Block
from chalicelib.metrics.sequential import LEVEL, Evidence
from chalicelib.values.instants import DAY, HOUR, day_of, format_instant, hour_of, parse_instant
from chalicelib.values.spans import days_in
from chalicelib.watches.comparisons import (
    LEAST_BASE,
    WINDOW,
    Comparison,
    Side,
    edges,
    of_versions,
    of_windows,
    recall,
)
from chalicelib.watches.judgements import Judgement, Situation, number, unknown
from chalicelib.watches.samples import METRICS, Metric
from chalicelib.watches.series import Need, Series


class _Weighed(NamedTuple):
    """A comparison with its evidence and the blocks that this is from."""

    comparison: Comparison
    evidence: Evidence
    base: Block
    other: Block


def need(condition: Mapping[str, Any], present: datetime, memory: Mapping[str, Any]) -> Need:
    found = memory.get("found", {}), memory.get("after", {})
    kept = [parse_instant(some["from"]) for some in found if "from" in some]
    days = edges(condition, present)
    inner = [instant for instant in kept if days[0] < instant < days[-1]]
    return Need((*days, *inner), cost_histogram=condition["type"] == "cost_increase")


def judge(
    condition: Mapping[str, Any], series: Series, situation: Situation, version: str | None
) -> Judgement:
    found = situation.memory.get("found")
    if found:
        return _look_again(condition, series, situation, found, version)
    return _look(condition, series, situation, version)


def _look(
    condition: Mapping[str, Any], series: Series, situation: Situation, version: str | None
) -> Judgement:
    """Look for something worse."""
    metric, memory = METRICS[condition["type"]], situation.memory
    comparisons = _comparisons(condition, metric, series, situation, version)
    if isinstance(comparisons, str):
        return unknown(comparisons, memory)
    judged = [_weigh(metric, series, comparison) for comparison in comparisons]
    judged = [entry for entry in judged if metric.count(entry.base) >= LEAST_BASE]
    if not judged:
        return unknown(f"there are no {LEAST_BASE} runs to compare with yet", memory)
    judged = [entry for entry in judged if metric.count(entry.other)]
    if not judged:
        return unknown("no run has ended since", memory)
    weighed = max(judged, key=lambda entry: entry.evidence.log_e)
    reading = _reading(metric, series, weighed)
    if not _is_worse(condition, metric, weighed):
        text = "Nothing has become worse, as far as the runs can tell."
        return Judgement("ok", reading, text, dict(memory))
    text = metric.sentence(reading["base"], reading["candidate"])
    kept = weighed.comparison.kept() | {"from": format_instant(_next_hour(situation.present))}
    return Judgement("firing", reading, text, {**memory, "found": kept})


def _look_again(
    condition: Mapping[str, Any],
    series: Series,
    situation: Situation,
    found: Mapping[str, Any],
    version: str | None,
) -> Judgement:
    """Look whether what was found is still so."""
    metric, since = METRICS[condition["type"]], parse_instant(found["from"])
    comparison = recall(found)
    end = series.buckets[-1].end
    comparison = comparison._replace(other=comparison.other._replace(end=end))
    over = _over(condition, series, situation, comparison, version)
    weighed = _weigh(metric, series, comparison)
    reading = _reading(metric, series, weighed)
    if over is None and weighed.evidence.log_e < 0:
        over = "What was found is not there any more: the runs, as they are now, do not show it."
    if over is None:
        worse = comparison.other._replace(end=since).block(series)
        since_then = comparison.other._replace(start=max(since, comparison.other.start))
        recent = since_then.block(series)
        recovered = metric.evidence(recent, worse)
        reading["since"] = metric.numbers(recent) | {"e_value": number(recovered.e_value)}
        if recovered.reaches(LEVEL):
            over = f"It is better again, by the runs since {found['from']}."
    if over is None:
        text = metric.sentence(reading["base"], reading["candidate"])
        return Judgement("firing", reading, text, dict(situation.memory))
    return Judgement("ok", reading, over, _after(situation, comparison))


def _over(
    condition: Mapping[str, Any],
    series: Series,
    situation: Situation,
    comparison: Comparison,
    version: str | None,
) -> str | None:
    """Why the comparison has come to its end, or None."""
    if condition["base"] == "window":
        days = days_in(condition.get("window", WINDOW))
        if comparison.other.start < day_of(situation.present) - days * DAY:
            return f"The window of {days} days has moved past: the present level is its own by now."
        return None
    metric = METRICS[condition["type"]]
    present = of_versions(series, metric, situation.present, version, {})
    if isinstance(present, Comparison) and present.other.version != comparison.other.version:
        return "A newer version has runs; it is compared from now on."
    if comparison.other.version not in series.cells:
        return "The version has no runs any more."
    return None


def _after(situation: Situation, comparison: Comparison) -> dict[str, Any]:
    """What is remembered of it: runs up to now are not compared again."""
    before = situation.memory.get("after", {})
    version = comparison.other.version and str(comparison.other.version)
    times = before.get("times", 0) if before.get("version") == version else 0
    return {
        "after": {
            "version": version,
            "from": format_instant(_next_hour(situation.present)),
            "times": times + 1,
        }
    }


def _comparisons(
    condition: Mapping[str, Any],
    metric: Metric,
    series: Series,
    situation: Situation,
    version: str | None,
) -> list[Comparison] | str:
    after = situation.memory.get("after", {})
    if condition["base"] == "window":
        not_before = parse_instant(after["from"]) if after else None
        return list(of_windows(condition, situation.present, not_before))
    found = of_versions(series, metric, situation.present, version, after)
    return found if isinstance(found, str) else [found]


def _weigh(metric: Metric, series: Series, comparison: Comparison) -> _Weighed:
    base, other = comparison.base.block(series), comparison.other.block(series)
    return _Weighed(comparison, metric.evidence(base, other), base, other)


def _is_worse(condition: Mapping[str, Any], metric: Metric, weighed: _Weighed) -> bool:
    if not weighed.evidence.reaches(weighed.comparison.level):
        return False
    change = metric.change(weighed.base, weighed.other)
    return change is not None and change >= condition.get("more_than", metric.more_than)


def _reading(metric: Metric, series: Series, weighed: _Weighed) -> dict[str, Any]:
    comparison = weighed.comparison
    change = metric.change(weighed.base, weighed.other)
    return {
        "test": metric.test,
        "e_value": number(weighed.evidence.e_value),
        "threshold": number(1 / comparison.level),
        "level": number(comparison.level),
        "change": number(change) if change is not None and change < float("inf") else None,
        "base": _numbers(metric, series, comparison.base, weighed.base),
        "candidate": _numbers(metric, series, comparison.other, weighed.other),
    }


def _numbers(metric: Metric, series: Series, side: Side, block: Block) -> dict[str, Any]:
    version = series.versions.get(side.version) if side.version is not None else None
    name = {"version": version["version"]} if version else {}
    return {**name, "from": format_instant(side.start), **metric.numbers(block)}


def _next_hour(instant: datetime) -> datetime:
    return hour_of(instant) + HOUR
