"""Success rates, durations and costs that became worse, whenever it is looked.

What was found stays found until the runs since then prove to be better, by the same test the
other way round; until there is no evidence of it any more (runs were corrected); or until the
comparison is over: a newer version has runs, or the window has moved past.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import inf
from typing import Any, NamedTuple

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
from chalicelib.watches.running_samples import RunningSamples
from chalicelib.watches.samples import METRICS, Metric, Sample
from chalicelib.watches.series import Need, Series


class _Case(NamedTuple):
    """What is judged: a condition, the runs, and the situation of the watch."""

    condition: Mapping[str, Any]
    metric: Metric
    series: Series
    samples: RunningSamples
    situation: Situation
    version: str | None

    @property
    def present(self) -> datetime:
        return self.situation.present

    @property
    def window_days(self) -> int:
        """How many days the window has; 0 where versions are compared."""
        is_window = self.condition["base"] == "window"
        return days_in(self.condition.get("window", WINDOW)) if is_window else 0


class _Weighed(NamedTuple):
    """A comparison with its evidence and the samples that this is from."""

    comparison: Comparison
    evidence: Evidence
    base: Sample
    other: Sample


def need(condition: Mapping[str, Any], present: datetime, memory: Mapping[str, Any]) -> Need:
    found = memory.get("found", {}), memory.get("after", {})
    kept = [parse_instant(some["from"]) for some in found if "from" in some]
    days = edges(condition, present)
    inner = [instant for instant in kept if days[0] < instant < days[-1]]
    return Need((*days, *inner), cost_histogram=condition["type"] == "cost_increase")


def judge(
    condition: Mapping[str, Any], series: Series, situation: Situation, version: str | None
) -> Judgement:
    metric = METRICS[condition["type"]]
    samples = RunningSamples(metric, series)
    case = _Case(condition, metric, series, samples, situation, version)
    found = situation.memory.get("found")
    return _look_again(case, found) if found else _look(case)


def _look(case: _Case) -> Judgement:
    """Look for something worse."""
    metric, memory = case.metric, case.situation.memory
    comparisons = _comparisons(case)
    if isinstance(comparisons, str):
        return unknown(comparisons, memory)
    judged = [_weigh(case, comparison) for comparison in comparisons]
    judged = [entry for entry in judged if metric.size(entry.base) >= LEAST_BASE]
    if not judged:
        return unknown(f"there are no {LEAST_BASE} runs to compare with yet", memory)
    judged = [entry for entry in judged if metric.size(entry.other)]
    if not judged:
        return unknown("no run has ended since", memory)
    weighed = max(judged, key=lambda entry: entry.evidence.log_e)
    reading = _reading(case, weighed)
    if not _is_worse(case, weighed):
        text = "Nothing has become worse, as far as the runs can tell."
        return Judgement("ok", reading, text, dict(memory))
    text = metric.sentence(reading["base"], reading["candidate"])
    kept = weighed.comparison.kept() | {"from": format_instant(_next_hour(case.present))}
    return Judgement("firing", reading, text, {**memory, "found": kept})


def _look_again(case: _Case, found: Mapping[str, Any]) -> Judgement:
    """Look whether what was found is still so."""
    comparison = recall(found)
    other = comparison.other._replace(end=case.series.buckets[-1].end)
    comparison = comparison._replace(other=other)
    weighed = _weigh(case, comparison)
    reading = _reading(case, weighed)
    over = _over(case, comparison)
    if over is None and weighed.evidence.log_e < 0:
        over = "What was found is not there any more: the runs, as they are now, do not show it."
    if over is None:
        over = _recovery(case, other, parse_instant(found["from"]), reading)
    if over is None:
        text = case.metric.sentence(reading["base"], reading["candidate"])
        return Judgement("firing", reading, text, dict(case.situation.memory))
    return Judgement("ok", reading, over, _after(case, comparison))


def _recovery(case: _Case, other: Side, since: datetime, reading: dict[str, Any]) -> str | None:
    """Whether the runs since then are better than those before; that goes into the reading."""
    worse = other._replace(end=since).sample(case.samples)
    recent = other._replace(start=max(since, other.start)).sample(case.samples)
    evidence = case.metric.evidence(recent, worse)
    reading["since"] = case.metric.numbers(recent) | {"e_value": number(evidence.e_value)}
    if not evidence.reaches(LEVEL):
        return None
    return f"It is better again, by the runs since {format_instant(since)}."


def _over(case: _Case, comparison: Comparison) -> str | None:
    """Why the comparison has come to its end, or None."""
    days = case.window_days
    if days:
        if comparison.other.start < day_of(case.present) - days * DAY:
            return f"The window of {days} days has moved past: the present level is its own by now."
        return None
    newest = of_versions(case.series, case.samples, case.present, case.version, {})
    if isinstance(newest, Comparison) and newest.other.version != comparison.other.version:
        return "A newer version has runs; it is compared from now on."
    if comparison.other.version not in case.series.cells:
        return "The version has no runs any more."
    return None


def _after(case: _Case, comparison: Comparison) -> dict[str, Any]:
    """What is remembered of it: runs up to now are not compared again."""
    before = case.situation.memory.get("after", {})
    version = comparison.other.version and str(comparison.other.version)
    times = before.get("times", 0) if before.get("version") == version else 0
    return {
        "after": {
            "version": version,
            "from": format_instant(_next_hour(case.present)),
            "times": times + 1,
        }
    }


def _comparisons(case: _Case) -> list[Comparison] | str:
    after = case.situation.memory.get("after", {})
    if case.window_days:
        not_before = parse_instant(after["from"]) if after else None
        return list(of_windows(case.condition, case.present, not_before))
    found = of_versions(case.series, case.samples, case.present, case.version, after)
    return found if isinstance(found, str) else [found]


def _weigh(case: _Case, comparison: Comparison) -> _Weighed:
    base, other = comparison.base.sample(case.samples), comparison.other.sample(case.samples)
    return _Weighed(comparison, case.metric.evidence(base, other), base, other)


def _is_worse(case: _Case, weighed: _Weighed) -> bool:
    if not weighed.evidence.reaches(weighed.comparison.level):
        return False
    change = _change(case.metric, weighed)
    return change is not None and change >= case.condition.get("more_than", case.metric.more_than)


def _change(metric: Metric, weighed: _Weighed) -> float | None:
    return metric.change(metric.numbers(weighed.base), metric.numbers(weighed.other))


def _reading(case: _Case, weighed: _Weighed) -> dict[str, Any]:
    comparison = weighed.comparison
    change = _change(case.metric, weighed)
    return {
        "test": case.metric.test,
        "e_value": number(weighed.evidence.e_value),
        "threshold": number(1 / comparison.level),
        "level": number(comparison.level),
        "change": number(change) if change is not None and change < inf else None,
        "base": _numbers(case, comparison.base, weighed.base),
        "candidate": _numbers(case, comparison.other, weighed.other),
    }


def _numbers(case: _Case, side: Side, sample: Sample) -> dict[str, Any]:
    version = case.series.versions.get(side.version) if side.version is not None else None
    name = {"version": version["version"]} if version else {}
    return {**name, "from": format_instant(side.start), **case.metric.numbers(sample)}


def _next_hour(instant: datetime) -> datetime:
    return hour_of(instant) + HOUR
