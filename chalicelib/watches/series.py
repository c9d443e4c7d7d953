"""What was measured for watches: blocks by version and by stretches of time between known edges."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.metrics.block import Block, merge_blocks
from chalicelib.metrics.intervals import Bucket

# The key of a scope that is not divided by version.
EVERYTHING = None


class Need(NamedTuple):
    """What a watch has to know: runs between the first and the last edge, divided at each."""

    edges: tuple[datetime, ...]
    cost_histogram: bool = False

    @property
    def start(self) -> datetime:
        return self.edges[0]


class Series(NamedTuple):
    """Blocks by version, each by the place of its bucket; `versions` are the stored documents."""

    buckets: list[Bucket]
    cells: Mapping[Any, Mapping[int, Block]]
    versions: Mapping[ObjectId, Mapping[str, Any]]

    def total(
        self,
        start: datetime,
        end: datetime,
        version: ObjectId | None = EVERYTHING,
    ) -> Block:
        """The block of all runs, or of one version's, in the buckets within [start, end)."""
        cells = self.cells.values() if version is EVERYTHING else [self.cells.get(version, {})]
        return merge_blocks(block for cell in cells for block in self._within(cell, start, end))

    def of_versions(self, wanted: Collection[ObjectId]) -> Series:
        """Of these versions alone."""
        cells = {key: cell for key, cell in self.cells.items() if key in wanted}
        return self._replace(cells=cells)

    def until(self, instant: datetime) -> Series:
        """As it would have been known then: of the buckets that had ended."""
        ended = {place for place, bucket in enumerate(self.buckets) if bucket.end <= instant}
        cells = {
            key: {place: block for place, block in cell.items() if place in ended}
            for key, cell in self.cells.items()
        }
        return self._replace(cells={key: cell for key, cell in cells.items() if cell})

    def _within(self, cell: Mapping[int, Block], start: datetime, end: datetime) -> Iterator[Block]:
        for place, block in cell.items():
            bucket = self.buckets[place]
            if bucket.start >= start and bucket.end <= end:
                yield block


def buckets_between(edges: Iterable[datetime]) -> list[Bucket]:
    """Adjacent buckets that are cut at every edge."""
    return [Bucket(start, end) for start, end in pairwise(sorted(set(edges)))]
