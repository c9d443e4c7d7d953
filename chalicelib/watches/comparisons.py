"""Which runs are compared with which: a version with the one before, or days with those before.

A comparison has a fixed beginning, so that its runs only become more: that is what makes its test
valid however often it is looked at. Each has a level of its own, and those that begin within a
month have five per cent together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.metrics.sequential import level_of_comparison, level_of_day
from chalicelib.values.instants import DAY, day_of, format_instant, parse_instant
from chalicelib.values.spans import days_in
from chalicelib.watches.absences import end_of
from chalicelib.watches.running_samples import RunningSamples
from chalicelib.watches.samples import Sample
from chalicelib.watches.series import EVERYTHING, Series

WINDOW = "7d"
# A base of fewer runs says too little.
LEAST_BASE = 30
# A version is compared with the one before for so long; what changes later is a window's matter.
COMPARED_DAYS = 30
LOOK_BACK_DAYS = 2 * COMPARED_DAYS - 1


class Side(NamedTuple):
    """Runs of [start, end), of one version or of all."""

    start: datetime
    end: datetime
    version: ObjectId | None = EVERYTHING

    def sample(self, samples: RunningSamples) -> Sample:
        return samples.sample(self.start, self.end, self.version)


class Comparison(NamedTuple):
    """A base, what is compared with it, and the level at which that is called worse."""

    base: Side
    other: Side
    level: float

    def kept(self) -> dict[str, Any]:
        """As a watch remembers it."""
        sides = (self.base, self.other)
        return {
            "level": self.level,
            "sides": [
                [format_instant(s.start), format_instant(s.end), s.version and str(s.version)]
                for s in sides
            ],
        }


def recall(kept: Mapping[str, Any]) -> Comparison:
    """The comparison that a watch remembers."""
    base, other = (
        Side(parse_instant(start), parse_instant(end), ObjectId(version) if version else EVERYTHING)
        for start, end, version in kept["sides"]
    )
    return Comparison(base, other, kept["level"])


def edges(condition: Mapping[str, Any], present: datetime) -> list[datetime]:
    """Where days begin, as far back as comparisons reach, and the end of all."""
    days = LOOK_BACK_DAYS
    if condition["base"] == "window":
        days = 2 * days_in(condition.get("window", WINDOW))
    first = day_of(present) - days * DAY
    return [first + n * DAY for n in range((end_of(present) - first) // DAY + 1)]


def of_windows(
    condition: Mapping[str, Any], present: datetime, not_before: datetime | None
) -> Iterator[Comparison]:
    """The comparisons that began with each of the last days, as many as the window has."""
    days = days_in(condition.get("window", WINDOW))
    today, end = day_of(present), end_of(present)
    for age in range(days + 1):
        start = today - age * DAY
        if not_before is None or start >= not_before:
            base = Side(start - days * DAY, start)
            yield Comparison(base, Side(start, end), level_of_day())


def of_versions(
    series: Series,
    samples: RunningSamples,
    present: datetime,
    wanted: str | None,
    after: Mapping[str, Any],
) -> Comparison | str:
    """The newest version that has runs, or the wanted one, against the one before with enough.

    `after` tells since when runs of a version count, and how many comparisons it has had, where
    it was found worse and had recovered. A text says why there is nothing to compare.
    """
    metric = samples.metric
    first, end = series.buckets[0].start, series.buckets[-1].end
    ordered = sorted(
        (v for v in series.versions.values() if v["_id"] in series.cells),
        key=lambda version: (version["created_at"], version["_id"]),
    )
    counts = {v["_id"]: metric.size(samples.sample(first, end, v["_id"])) for v in ordered}
    ordered = [v for v in ordered if counts[v["_id"]]]
    places = [n for n, v in enumerate(ordered) if wanted in (None, v["version"])]
    if not places:
        return "the version has no runs yet" if wanted else "no version has runs yet"
    place = places[-1]
    older = [v for v in ordered[:place] if counts[v["_id"]] >= LEAST_BASE]
    if not older:
        return f"no version before has {LEAST_BASE} runs to compare with"
    candidate, base = ordered[place], older[-1]
    firsts = (block.first_run for block in series.blocks(first, end, candidate["_id"]))
    began = min((instant for instant in firsts if instant), default=None)
    if began is None or began < present - timedelta(days=COMPARED_DAYS):
        return "the version has been compared for 30 days; use a base of window for what follows"
    again = after if after.get("version") == str(candidate["_id"]) else {}
    start = parse_instant(again["from"]) if again else first
    level = level_of_comparison(_number(ordered, place) + again.get("times", 0))
    return Comparison(Side(first, end, base["_id"]), Side(start, end, candidate["_id"]), level)


def _number(ordered: list[Mapping[str, Any]], place: int) -> int:
    """Which comparison of its month it is: each version but the very first begins one."""
    month: datetime = ordered[place]["created_at"] - timedelta(days=COMPARED_DAYS)
    begun = [version for version in ordered[1 : place + 1] if version["created_at"] > month]
    return max(1, len(begun))
