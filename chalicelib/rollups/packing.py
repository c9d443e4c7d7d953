"""Metrics blocks as bytes, for rollups: small to store, and quick to read by the thousand.

The first byte is the layout's number, and three bytes 0xFF follow it. The blocks that were stored
before layouts had numbers begin with a count of 32 bits, which never was that large: they are
layout 0, and are read for ever, because the runs behind them may be gone.

Layout 1, little-endian: the header below, the exact sums as decimal texts, the two histograms, and
what few blocks have (packed_extras.py). Times are milliseconds since 1970, durations microseconds;
-1 stands for none.
"""

from __future__ import annotations

from decimal import Decimal
from struct import Struct

from chalicelib.metrics.block import Block
from chalicelib.metrics.measures import Costs, Durations
from chalicelib.rollups.packed_extras import pack_extras, unpack_extras
from chalicelib.rollups.packed_histogram import from_bytes, to_bytes
from chalicelib.values.instants import from_ms, to_ms

LAYOUT = 1
_MARK = b"\xff\xff\xff"
_PREFIX = bytes((LAYOUT,)) + _MARK
# Four outcomes; durations: count, least, greatest; costs: known, unknown, known in progress; first
# and last run; lengths of three sums' texts; numbers of buckets of two histograms; length of what
# follows them.
_HEADER = Struct("<4x 4I I2q 3I 2q 3H 3I")
# The same of layout 0: two sums, and nothing of runs in progress.
_HEADER_0 = Struct("<4I I2q 2I 2q 2H 2I")
_NONE = -1


class UnknownLayoutError(ValueError):
    """A newer release packed this block."""


def pack(block: Block) -> bytes:
    """The bytes of a block, `stale` apart, which depends on when it is asked."""
    durations, costs = block.durations, block.costs
    sums = [str(n).encode() for n in (durations.sum_us, costs.ended, costs.in_progress)]
    extras = pack_extras(block)
    header = _HEADER.pack(
        *(block.succeeded, block.failed, block.in_progress, block.other),
        *(durations.count, _or_none(durations.min_us), _or_none(durations.max_us)),
        *(costs.known, costs.unknown, costs.in_progress_known),
        _NONE if block.first_run is None else to_ms(block.first_run),
        _NONE if block.last_run is None else to_ms(block.last_run),
        *map(len, sums),
        *(len(durations.histogram), len(costs.histogram), len(extras)),
    )
    histograms = to_bytes(durations.histogram), to_bytes(costs.histogram)
    return b"".join((_PREFIX, header[4:], *sums, *histograms, extras))


def unpack(packed: bytes, *, cost_histogram: bool = True) -> Block:
    """The block that was packed; few need its histograms of costs and tokens, half of the work.

    Raises UnknownLayoutError. A block of layout 0 says what was counted then: its durations are of
    runs in progress too, and so are its costs.
    """
    if packed[1:4] != _MARK:
        return _unpack_0(packed, cost_histogram=cost_histogram)
    if packed[0] != LAYOUT:
        raise UnknownLayoutError(f"a block of layout {packed[0]}: a newer release stored it")
    header = _HEADER.unpack_from(packed)
    counts, durations, costs, spans = header[:4], header[4:7], header[7:10], header[10:12]
    lengths, buckets, extras = header[12:15], header[15:17], header[17]
    at = _HEADER.size
    sums = []
    for length in lengths:
        sums.append(packed[at : at + length].decode())
        at += length
    block = Block(
        counts[0],
        counts[1],
        counts[2],
        counts[3],
        durations=_durations(durations, sums[0], from_bytes(packed, at, buckets[0])),
        first_run=None if spans[0] == _NONE else from_ms(spans[0]),
        last_run=None if spans[1] == _NONE else from_ms(spans[1]),
    )
    at += 8 * buckets[0]
    histogram = from_bytes(packed, at, buckets[1]) if cost_histogram else {}
    block.costs = Costs(costs[0], costs[1], Decimal(sums[1]), histogram, Decimal(sums[2]), costs[2])
    if extras:
        unpack_extras(packed, at + 8 * buckets[1], block, histogram=cost_histogram)
    return block


def _unpack_0(packed: bytes, *, cost_histogram: bool) -> Block:
    header = _HEADER_0.unpack_from(packed)
    counts, durations, (known, unknown, first, last) = header[:4], header[4:7], header[7:11]
    sum_length, total_length, duration_buckets, cost_buckets = header[11:]
    at = _HEADER_0.size
    sum_us = packed[at : at + sum_length].decode()
    at += sum_length
    total = Decimal(packed[at : at + total_length].decode())
    at += total_length
    histogram = from_bytes(packed, at, duration_buckets)
    at += 8 * duration_buckets
    return Block(
        counts[0],
        counts[1],
        counts[2],
        counts[3],
        durations=_durations(durations, sum_us, histogram),
        costs=Costs(
            known, unknown, total, from_bytes(packed, at, cost_buckets) if cost_histogram else {}
        ),
        first_run=from_ms(first),
        last_run=from_ms(last),
    )


def _durations(packed: tuple[int, ...], sum_us: str, histogram: dict[int, int]) -> Durations:
    count, least, greatest = packed
    return Durations(
        count,
        int(sum_us),
        None if least == _NONE else least,
        None if greatest == _NONE else greatest,
        histogram,
    )


def _or_none(value: int | None) -> int:
    return _NONE if value is None else value
