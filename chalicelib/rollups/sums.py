"""Adding up rows, days and blocks under many keys at once, in bounded memory.

Parts of columns are put aside under their keys until there are many of them, and then added up with
a few calls into C. Blocks are merged as they come.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from chalicelib.metrics.block import Block, add_block
from chalicelib.metrics.histogram import ZERO_BUCKET, bucket_of
from chalicelib.metrics.measures import EXACT, MOST_EXACT, Costs, Durations
from chalicelib.metrics.scores import fold_scores
from chalicelib.metrics.tokens import TOKEN_FIELDS, Tokens
from chalicelib.rollups import day_sums
from chalicelib.rollups.day_sums import NO_LEAST, SIZE, UNKNOWN
from chalicelib.rollups.row_columns import RowColumns
from chalicelib.rollups.row_extras import USED
from chalicelib.rollups.rows import FINEST, FIRST_BUCKET, OUTCOMES_BY_CODE, ZERO
from chalicelib.values.instants import from_ms

# Rows that wait at most before they become blocks; 18 bytes each.
MOST_WAITING = 400_000

Key = Hashable


class Waiting:
    """Parts of columns that share a key."""

    __slots__ = (
        *("codes", "costs", "days", "durations", "first_ms", "known", "last_ms", "scores"),
        *("tokens", "values"),
    )

    def __init__(self) -> None:
        self.codes: list[array[int]] = []
        self.durations: list[array[int]] = []
        # Of days that were added up: while there are few, for exact percentiles.
        self.known = 0
        self.values: list[array[int]] = []
        # By exponent: most tiles have the same.
        self.costs: dict[int, list[Sequence[int]]] = {}
        self.days: dict[int, list[array[int]]] = {}
        self.first_ms, self.last_ms = NO_LEAST, UNKNOWN
        self.tokens: dict[str, array[int]] = {}
        self.scores: list[float] = []

    def add_rows(self, rows: RowColumns, low: int, high: int) -> None:
        self.codes.append(rows.codes[low:high])
        self.durations.append(rows.durations[low:high])
        costs = self.costs.get(rows.exponent)
        if costs is None:
            costs = self.costs[rows.exponent] = []
        costs.append(rows.costs[low:high])
        first, last = rows.created[low] + rows.begin, rows.created[high - 1] + rows.begin
        self.first_ms = min(self.first_ms, first)
        self.last_ms = max(self.last_ms, last)
        if rows.has_extras:
            self._add_extras(rows, low, high)

    def add_day(self, rows: RowColumns, low: int, high: int, record: array[int]) -> None:
        self.codes.append(rows.codes[low:high])
        if self.known <= MOST_EXACT:
            self.values.append(rows.durations[low:high])
        self.known += record[day_sums.DURATIONS]
        days = self.days.get(rows.exponent)
        if days is None:
            days = self.days[rows.exponent] = []
        days.append(record)
        if rows.has_extras:
            self._add_extras(rows, low, high)

    def _add_extras(self, rows: RowColumns, low: int, high: int) -> None:
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
        add_block(self._blocks, key, block)

    def add_rows(self, key: Key, rows: RowColumns, low: int, high: int) -> None:
        """Count the rows [low, high), one or more."""
        self._at(key, high - low).add_rows(rows, low, high)

    def add_day(
        self, key: Key, rows: RowColumns, span: tuple[int, int], record: array[int]
    ) -> None:
        """Count the rows of the span, one or more, that the record sums up (day_sums)."""
        low, high = span
        self._at(key, high - low).add_day(rows, low, high, record)

    def blocks(self) -> dict[Any, Block]:
        """The blocks of all keys."""
        self._flush()
        return self._blocks

    def _at(self, key: Key, rows: int) -> Waiting:
        if self._rows > MOST_WAITING:
            self._flush()
        self._rows += rows
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = Waiting()
        return waiting

    def _flush(self) -> None:
        for key, waiting in self._waiting.items():
            self.add_block(key, _block_of(waiting, cost_histogram=self._cost_histogram))
        self._waiting.clear()
        self._rows = 0


def _block_of(waiting: Waiting, *, cost_histogram: bool) -> Block:
    block = Block()
    block.durations.histogram = _count_codes(block, _join("H", waiting.codes))
    _sum_durations(block.durations, waiting)
    first_ms, last_ms = waiting.first_ms, waiting.last_ms
    for exponent, costs in waiting.costs.items():
        block.costs.merge(_costs_of(costs, exponent, cost_histogram=cost_histogram))
    for exponent, records in waiting.days.items():
        days = _join("q", records)
        block.costs.known += sum(days[day_sums.COSTS :: SIZE])
        block.costs.ended += _scaled(sum(days[day_sums.COST :: SIZE]), exponent)
        first_ms = min(first_ms, *days[day_sums.FIRST :: SIZE])
        last_ms = max(last_ms, *days[day_sums.LAST :: SIZE])
    block.first_run, block.last_run = from_ms(first_ms), from_ms(last_ms)
    block.costs.unknown = block.ended - block.costs.known
    if waiting.tokens:
        block.tokens = _tokens_of(waiting.tokens, histogram=cost_histogram)
    if waiting.scores:
        block.scores = fold_scores(waiting.scores)
    return block


def _count_codes(block: Block, codes: array[int]) -> dict[int, int]:
    """Count the outcomes; the histogram of the durations."""
    outcomes = [0] * 8
    histogram: dict[int, int] = {}
    get = histogram.get
    for code, count in Counter(codes).items():
        outcomes[code & 7] += count
        bucket = (code >> 3) - FIRST_BUCKET
        histogram[bucket] = get(bucket, 0) + count
    for number, outcome in OUTCOMES_BY_CODE.items():
        setattr(block, outcome, outcomes[number])
    zeros = histogram.pop(ZERO - FIRST_BUCKET, 0)
    histogram.pop(-FIRST_BUCKET, None)  # of unknown ones
    return histogram | {ZERO_BUCKET: zeros} if zeros else histogram


def _sum_durations(durations: Durations, waiting: Waiting) -> None:
    """Fill in all but the histogram, which is there."""
    durations.count = sum(durations.histogram.values())
    if not durations.count:
        return
    values = _join("q", waiting.durations)
    days = _join("q", chain.from_iterable(waiting.days.values()))
    unknown = values.count(UNKNOWN)
    durations.sum_us = sum(values) - UNKNOWN * unknown + sum(days[day_sums.DURATION :: SIZE])
    known = [value for value in values if value != UNKNOWN] if unknown else values
    durations.min_us = min(min(known, default=NO_LEAST), *days[day_sums.LEAST :: SIZE], NO_LEAST)
    durations.max_us = max(max(known, default=UNKNOWN), *days[day_sums.GREATEST :: SIZE], UNKNOWN)
    if durations.count <= MOST_EXACT:
        everything = chain(known, _join("q", waiting.values))
        durations.values = array("q", (value for value in everything if value != UNKNOWN))


def _costs_of(several: list[Sequence[int]], exponent: int, *, cost_histogram: bool) -> Costs:
    costs: Sequence[int] = (
        list(chain.from_iterable(several)) if exponent == FINEST else _join("q", several)
    )
    unknown = costs.count(UNKNOWN)
    histogram: dict[int, int] = defaultdict(int)
    if cost_histogram:
        factor = 10**exponent
        for cost in costs:
            if cost != UNKNOWN:
                histogram[bucket_of(cost / factor)] += 1
    total = _scaled(sum(costs) - UNKNOWN * unknown, exponent)
    return Costs(len(costs) - unknown, 0, total, dict(histogram))


def _scaled(number: int, exponent: int) -> Decimal:
    return Decimal(number).scaleb(-exponent, EXACT)


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


def _join(kind: str, parts: Iterable[Any]) -> array[int]:
    """One array of several."""
    joined = array(kind)
    joined.frombytes(b"".join(parts))
    return joined
