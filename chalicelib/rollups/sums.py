"""Adding up rows and blocks under many keys at once, in bounded memory.

Rows are kept as columns until there are many: a block of a thousand rows then costs a few calls
into C. Blocks are merged as they come.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import bucket_of
from chalicelib.metrics.measures import EXACT, Costs, Durations
from chalicelib.rollups.rows import OUTCOME_CODES, UNKNOWN, bucket_of_code
from chalicelib.values.instants import from_ms

# Rows that wait at most before they become blocks; 18 bytes each.
MOST_WAITING = 400_000
_OUTCOMES = {code: outcome for outcome, code in OUTCOME_CODES.items()}

Key = Hashable


class Waiting:
    """The columns of rows that share a key; see chalicelib.rollups.rows."""

    __slots__ = ("codes", "costs", "durations", "first_ms", "last_ms")

    def __init__(self) -> None:
        self.codes = array("H")
        self.durations = array("q")
        # By exponent: most tiles have the same.
        self.costs: dict[int, list[Sequence[int]]] = {}
        self.first_ms = 1 << 62
        self.last_ms = -1


class Sums:
    """The blocks of each key; with `cost_histogram` they have histograms of costs."""

    def __init__(self, *, cost_histogram: bool = False) -> None:
        self._cost_histogram = cost_histogram
        self._waiting: dict[Key, Waiting] = {}
        self._blocks: dict[Key, Block] = {}
        self._rows = 0

    def add_block(self, key: Key, block: Block) -> None:
        """Count all runs of a block, which may be changed afterwards."""
        known = self._blocks.get(key)
        if known is None:
            self._blocks[key] = block
        else:
            known.merge(block)

    def add_rows(  # noqa: PLR0917 - called for every value of every tile
        self,
        key: Key,
        codes: Sequence[int],
        durations: Sequence[int],
        costs: Sequence[int],
        exponent: int,
        first_ms: int,
        last_ms: int,
    ) -> None:
        """Count these rows, one or more."""
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = Waiting()
        waiting.codes.extend(codes)
        waiting.durations.extend(durations)
        known = waiting.costs.get(exponent)
        if known is None:
            waiting.costs[exponent] = [costs]
        else:
            known.append(costs)
        waiting.first_ms = min(waiting.first_ms, first_ms)
        waiting.last_ms = max(waiting.last_ms, last_ms)
        self._rows += len(codes)
        if self._rows > MOST_WAITING:
            self._flush()

    def blocks(self) -> dict[Any, Block]:
        """The blocks of all keys."""
        self._flush()
        return self._blocks

    def _flush(self) -> None:
        for key, waiting in self._waiting.items():
            self.add_block(key, _block_of(waiting, cost_histogram=self._cost_histogram))
        self._waiting.clear()
        self._rows = 0


def _block_of(waiting: Waiting, *, cost_histogram: bool) -> Block:
    block = Block(first_run=from_ms(waiting.first_ms), last_run=from_ms(waiting.last_ms))
    histogram: dict[int, int] = {}
    for code, count in Counter(waiting.codes).items():
        outcome = _OUTCOMES[code & 7]
        setattr(block, outcome, getattr(block, outcome) + count)
        bucket = bucket_of_code(code)
        if bucket is not None:
            histogram[bucket] = histogram.get(bucket, 0) + count
    block.durations = _durations_of(waiting.durations, histogram)
    for exponent, several in waiting.costs.items():
        block.costs.merge(_costs_of(several, exponent, cost_histogram=cost_histogram))
    return block


def _durations_of(durations: array[int], histogram: dict[int, int]) -> Durations:
    unknown = durations.count(UNKNOWN)
    if unknown == len(durations):
        return Durations()
    least = min(durations)
    if least == UNKNOWN:
        least = min(duration for duration in durations if duration != UNKNOWN)
    total = sum(durations) - UNKNOWN * unknown
    return Durations(len(durations) - unknown, total, least, max(durations), histogram)


def _costs_of(several: list[Sequence[int]], exponent: int, *, cost_histogram: bool) -> Costs:
    number = sum(map(len, several))
    unknown = sum(costs.count(UNKNOWN) for costs in several)
    total = sum(map(sum, several)) - UNKNOWN * unknown
    histogram: dict[int, int] = defaultdict(int)
    if cost_histogram:
        factor = 10**exponent
        for costs in several:
            for cost in costs:
                if cost != UNKNOWN:
                    histogram[bucket_of(cost / factor)] += 1
    exact = Decimal(total).scaleb(-exponent, EXACT)
    return Costs(number - unknown, unknown, exact, dict(histogram))
