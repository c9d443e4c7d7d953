"""The running sums of a metric's samples over time, of which any stretch is a difference."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from chalicelib.watches.samples import Metric, Sample
from chalicelib.watches.series import EVERYTHING, Series


class RunningSamples:
    """The samples of a series by stretches of time; sums are made once for each version."""

    def __init__(self, metric: Metric, series: Series) -> None:
        self.metric = metric
        self._series = series
        self._sums: dict[ObjectId | None, list[Sample]] = {}

    def sample(
        self, start: datetime, end: datetime, version: ObjectId | None = EVERYTHING
    ) -> Sample:
        """The sample of the buckets within [start, end)."""
        places = self._series.places(start, end)
        if not places:
            return Sample({})
        sums = self._sums.get(version) or self._sum_up(version)
        return sums[places.stop].minus(sums[places.start])

    def _sum_up(self, version: ObjectId | None) -> list[Sample]:
        """The sample of all buckets before each place, and at last of all."""
        sums = [Sample({})]
        cells = self._series.cells
        some = list(cells.values()) if version is EVERYTHING else [cells.get(version, {})]
        for place in range(len(self._series.buckets)):
            blocks = [cell[place] for cell in some if place in cell]
            sums.append(sums[-1].plus(self.metric.sample(blocks)) if blocks else sums[-1])
        self._sums[version] = sums
        return sums
