"""What is measured, and under which keys it is counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from bson import ObjectId

from chalicelib.metrics.intervals import Bucket
from chalicelib.rollups.tiles import Dimension

# A version, where they are kept apart, and a value of the dimension.
Key = tuple[ObjectId | None, Any]
Match = Callable[[Any], bool]


class Total:
    """Stands for all values of a dimension together."""


TOTAL = Total()


class Wanted(NamedTuple):
    """What is measured: adjacent, ascending pieces of time, by version and by a dimension.

    With `match` only values that it holds for are counted, and not kept apart. With `and_total` all
    runs are counted under TOTAL too, once each, however many values they have. With `counters` the
    total's adjustment is whole, of runs that have moved as well.
    """

    pieces: Sequence[Bucket]
    dimension: Dimension = "total"
    by_version: bool = False
    match: Match | None = None
    cost_histogram: bool = False
    and_total: bool = False
    counters: bool = False


class Keys:
    """The keys that a version's runs are counted under."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self._is_one = wanted.match is not None or wanted.dimension == "total"

    def of(self, version_id: ObjectId, value: Any) -> Key:
        return version_id if self.wanted.by_version else None, None if self._is_one else value

    def of_all(self, version_id: ObjectId) -> Sequence[Key]:
        """Those that all of the version's runs count under, whatever their values are."""
        if self.wanted.dimension == "total":
            return (self.of(version_id, None),)
        return (self.of_total(version_id),) if self.wanted.and_total else ()

    def of_total(self, version_id: ObjectId) -> Key:
        return version_id if self.wanted.by_version else None, TOTAL
