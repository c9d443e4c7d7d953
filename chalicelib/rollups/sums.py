"""Adding up rows and blocks under many keys at once, in bounded memory.

Rows are kept as columns until there are many: a block of a thousand rows then costs a few calls
into C. Blocks are merged as they come.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

from chalicelib.database.documents import RowsDocument
from chalicelib.metrics.block import Block
from chalicelib.metrics.histogram import bucket_of
from chalicelib.metrics.measures import EXACT, Costs, Durations
from chalicelib.metrics.scores import fold_scores
from chalicelib.metrics.tokens import TOKEN_FIELDS, Tokens
from chalicelib.rollups.numbers import numbers
from chalicelib.rollups.row_extras import UNKNOWN, USED, token_columns
from chalicelib.rollups.rows import OUTCOMES_BY_CODE, bucket_of_code, column, costs_of
from chalicelib.values.instants import from_ms

# Rows that wait at most before they become blocks; 18 bytes each.
MOST_WAITING = 400_000

Key = Hashable


class RowColumns(NamedTuple):
    """The columns of some rows of a tile that begins at `begin` (ms); chalicelib.rollups.rows."""

    created: Sequence[int]
    codes: Sequence[int]
    durations: Sequence[int]
    costs: Sequence[int]
    exponent: int
    begin: int
    tokens: Mapping[str, Sequence[int]]
    scores: Sequence[float] | None

    @classmethod
    def of(cls, tile: RowsDocument, begin: int) -> RowColumns:
        return cls(
            column(tile, "created"),
            column(tile, "code"),
            column(tile, "duration"),
            costs_of(tile),
            tile["exponent"],
            begin,
            token_columns(tile) if "tokens" in tile else {},
            numbers("d", tile["score"]) if "score" in tile else None,
        )

    def pick(self, places: Sequence[int]) -> RowColumns:
        """The rows at these places, in that order."""
        of = _itemgetter(places)
        return RowColumns(
            of(self.created),
            of(self.codes),
            of(self.durations),
            of(self.costs),
            self.exponent,
            self.begin,
            {name: of(values) for name, values in self.tokens.items()},
            None if self.scores is None else of(self.scores),
        )


def _itemgetter(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: [values[place] for place in places]


class Waiting:
    """The columns of rows that share a key."""

    __slots__ = ("codes", "costs", "durations", "first_ms", "last_ms", "scores", "tokens")

    def __init__(self) -> None:
        self.codes = array("H")
        self.durations = array("q")
        # By exponent: most tiles have the same.
        self.costs: dict[int, list[Sequence[int]]] = {}
        self.first_ms = 1 << 62
        self.last_ms = -1
        self.tokens: dict[str, array[int]] = {}
        self.scores: list[float] = []

    def add(self, rows: RowColumns, low: int, high: int) -> None:
        self.codes.extend(rows.codes[low:high])
        self.durations.extend(rows.durations[low:high])
        known = self.costs.get(rows.exponent)
        if known is None:
            self.costs[rows.exponent] = [rows.costs[low:high]]
        else:
            known.append(rows.costs[low:high])
        first, last = rows.created[low] + rows.begin, rows.created[high - 1] + rows.begin
        self.first_ms = min(self.first_ms, first)
        self.last_ms = max(self.last_ms, last)
        for name, values in rows.tokens.items():
            self.tokens.setdefault(name, array("q")).extend(values[low:high])
        if rows.scores is not None:
            self.scores += [s for s in rows.scores[low:high] if s == s]  # noqa: PLR0124 - NaN


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

    def add_rows(self, key: Key, rows: RowColumns, low: int, high: int) -> None:
        """Count the rows [low, high), one or more."""
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = Waiting()
        waiting.add(rows, low, high)
        self._rows += high - low
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
        outcome = OUTCOMES_BY_CODE[code & 7]
        setattr(block, outcome, getattr(block, outcome) + count)
        bucket = bucket_of_code(code)
        if bucket is not None:
            histogram[bucket] = histogram.get(bucket, 0) + count
    block.durations = _durations_of(waiting.durations, histogram)
    for exponent, several in waiting.costs.items():
        block.costs.merge(_costs_of(several, exponent, cost_histogram=cost_histogram))
    block.costs.unknown -= block.in_progress  # of which no row has a cost
    if waiting.tokens:
        block.tokens = _tokens_of(waiting.tokens, histogram=cost_histogram)
    if waiting.scores:
        block.scores = fold_scores(waiting.scores)
    return block


def _tokens_of(columns: Mapping[str, array[int]], *, histogram: bool) -> Tokens | None:
    sums = tuple(_sum_known(columns.get(str(field))) for field in range(len(TOKEN_FIELDS)))
    used = columns[USED]
    known = len(used) - used.count(UNKNOWN)
    if all(total is None for total in sums):
        return None
    tokens = Tokens(known, sums)
    if histogram:
        tokens.histogram = dict(Counter(bucket_of(n) for n in used if n != UNKNOWN))
    return tokens


def _sum_known(values: array[int] | None) -> int | None:
    if values is None:
        return None
    unknown = values.count(UNKNOWN)
    return None if unknown == len(values) else sum(values) - UNKNOWN * unknown


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
