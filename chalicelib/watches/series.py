"""What was measured for watches: blocks by version and by stretches of time between known edges.

Nothing here merges whole blocks: a watch asks for one thing, a sum of costs or a sample, and many
watches ask many times.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.metrics.block import Block
from chalicelib.metrics.intervals import Bucket

# The key of a subject that is not divided by version.
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

    def blocks(
        self, start: datetime, end: datetime, version: ObjectId | None = EVERYTHING
    ) -> Iterator[Block]:
        """The blocks of all versions, or of one, in the buckets within [start, end)."""
        places = self.places(start, end)
        cells = self.cells.values() if version is EVERYTHING else [self.cells.get(version, {})]
        return (cell[place] for cell in cells for place in places if place in cell)

    def places(self, start: datetime, end: datetime) -> range:
        """The places of the buckets within [start, end)."""
        first = bisect_left(self.buckets, start, key=lambda bucket: bucket.start)
        return range(first, bisect_right(self.buckets, end, key=lambda bucket: bucket.end))

    def of_versions(self, wanted: Collection[ObjectId]) -> Series:
        """Of these versions alone."""
        cells = {key: cell for key, cell in self.cells.items() if key in wanted}
        return self._replace(cells=cells)

    def until(self, instant: datetime) -> Series:
        """As it would have been known then: of the buckets that had ended."""
        ended = self.places(self.buckets[0].start, instant)
        cells = {
            key: {place: block for place, block in cell.items() if place in ended}
            for key, cell in self.cells.items()
        }
        return self._replace(cells={key: cell for key, cell in cells.items() if cell})


def buckets_between(edges: Iterable[datetime]) -> list[Bucket]:
    """Adjacent buckets that are cut at every edge."""
    return [Bucket(start, end) for start, end in pairwise(sorted(set(edges)))]
