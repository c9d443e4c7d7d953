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
from typing import Any, TypeVar

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
# Rows from one place to another, and those of a whole day with the record that sums them up.
RowsPart = tuple[RowColumns, int, int]
DaysPart = tuple[RowColumns, int, int, "array[int]"]
Part = TypeVar("Part", RowsPart, DaysPart)
ByPiece = dict[int, list[Part]]
Waiting = defaultdict[Key, ByPiece[Part]]


def _by_piece() -> defaultdict[int, list[Any]]:
    return defaultdict(list)


class Sums:
    """The blocks of each key and piece; with `cost_histogram` they have histograms of costs."""

    def __init__(self, *, cost_histogram: bool = False) -> None:
        self._cost_histogram = cost_histogram
        self._rows: Waiting[RowsPart] = defaultdict(_by_piece)
        self._days: Waiting[DaysPart] = defaultdict(_by_piece)
        self._blocks: dict[Key, dict[int, Block]] = defaultdict(dict)
        self._waiting = 0

    def add_block(self, key: Key, piece: int, block: Block) -> None:
        """Count all runs of a block, which may be changed afterwards."""
        add_block(self._blocks[key], piece, block)

    def make_room(self, rows: int) -> None:
        """To be called before parts of so many rows are added."""
        if self._waiting > MOST_WAITING:
            self._flush()
        self._waiting += rows

    def rows_of(self, key: Key) -> ByPiece[RowsPart]:
        """Where parts of rows are added that count under this key."""
        return self._rows[key]

    def days_of(self, key: Key) -> ByPiece[DaysPart]:
        """Where whole days are added that count under this key."""
        return self._days[key]

    def blocks(self) -> dict[Any, dict[int, Block]]:
        """The blocks of all keys, by piece."""
        self._flush()
        return self._blocks

    def _flush(self) -> None:
        for key in self._rows.keys() | self._days.keys():
            rows, days = self._rows.pop(key, {}), self._days.pop(key, {})
            for piece in rows.keys() | days.keys():
                both = rows.get(piece, ()), days.get(piece, ())
                self.add_block(key, piece, _block_of(*both, cost_histogram=self._cost_histogram))
        self._waiting = 0


def _block_of(rows: Sequence[RowsPart], days: Sequence[DaysPart], *, cost_histogram: bool) -> Block:
    block = Block()
    codes = chain((r.codes[a:b] for r, a, b in rows), (r.codes[a:b] for r, a, b, _ in days))
    block.durations.histogram = _count_codes(block, _join("H", codes))
    summed = _join("q", (record for *_, record in days))
    _sum_durations(block.durations, rows, days, summed)
    for exponent, some in _by_exponent(rows).items():
        block.costs.merge(_costs_of(some, exponent, cost_histogram=cost_histogram))
    for exponent, others in _by_exponent(days).items():
        records = _join("q", (record for *_, record in others))
        block.costs.known += sum(records[day_sums.COSTS :: SIZE])
        cost = _scaled(sum(records[day_sums.COST :: SIZE]), exponent)
        block.costs.ended = EXACT.add(block.costs.ended, cost)
    block.costs.unknown = block.ended - block.costs.known
    firsts = chain((r.created[a] + r.begin for r, a, _ in rows), summed[day_sums.FIRST :: SIZE])
    lasts = chain((r.created[b - 1] + r.begin for r, _, b in rows), summed[day_sums.LAST :: SIZE])
    block.first_run, block.last_run = from_ms(min(firsts)), from_ms(max(lasts))
    _add_extras(block, [*rows, *(part[:3] for part in days)], histogram=cost_histogram)
    return block


def _by_exponent(parts: Sequence[Part]) -> dict[int, list[Part]]:
    """Most tiles have the same."""
    by_exponent: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        by_exponent[part[0].exponent].append(part)
    return by_exponent


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


def _sum_durations(
    durations: Durations,
    rows: Sequence[RowsPart],
    days: Sequence[DaysPart],
    summed: array[int],
) -> None:
    """Fill in all but the histogram, which is there."""
    durations.count = count = sum(durations.histogram.values())
    if not count:
        return
    values = _join("q", (r.durations[a:b] for r, a, b in rows))
    unknown = len(values) - (count - sum(summed[day_sums.DURATIONS :: SIZE]))
    durations.sum_us = sum(values) - UNKNOWN * unknown + sum(summed[day_sums.DURATION :: SIZE])
    # Without a sign UNKNOWN is the greatest number that there is.
    least = min(_join("Q", [values]), default=NO_LEAST)
    durations.min_us = min(chain([least], summed[day_sums.LEAST :: SIZE]))
    greatest = max(values, default=UNKNOWN)
    durations.max_us = max(chain([greatest], summed[day_sums.GREATEST :: SIZE]))
    if count <= MOST_EXACT:
        values += _join("q", (r.durations[a:b] for r, a, b, _ in days))
        durations.values = array("q", (value for value in values if value != UNKNOWN))


def _costs_of(parts: Sequence[RowsPart], exponent: int, *, cost_histogram: bool) -> Costs:
    several = (r.costs[a:b] for r, a, b in parts)
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


def _add_extras(block: Block, parts: Sequence[RowsPart], *, histogram: bool) -> None:
    """Tokens and scores, which few tiles have."""
    columns: dict[str, array[int]] = {}
    scores: list[float] = []
    for rows, low, high in parts:
        for name, values in rows.tokens.items():
            columns.setdefault(name, array("q")).extend(values[low:high])
        if rows.scores is not None:
            scores += [s for s in rows.scores[low:high] if s == s]  # noqa: PLR0124 - NaN
    if columns:
        block.tokens = _tokens_of(columns, histogram=histogram)
    if scores:
        block.scores = fold_scores(scores)


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
