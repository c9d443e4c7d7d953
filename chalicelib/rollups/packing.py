"""Metrics blocks as bytes, for rollups: small to store, and quick to read by the thousand.

Layout, little-endian: the header below, the exact sums as decimal texts, then the histograms,
each as its bucket numbers (int32) and their counts (uint32). Times are milliseconds since 1970,
durations microseconds; -1 stands for none.
"""

from __future__ import annotations

import sys
from array import array
from decimal import Decimal
from struct import Struct

from chalicelib.metrics.block import Block
from chalicelib.metrics.measures import Costs, Durations
from chalicelib.values.instants import from_ms, to_ms

# Four outcomes; durations: count, least, greatest; costs: known, unknown; first and last run;
# lengths of the two sums' texts; numbers of buckets of the two histograms.
_HEADER = Struct("<4I I2q 2I 2q 2H 2I")
_NONE = -1


def pack(block: Block) -> bytes:
    """The bytes of a block that counts at least one run."""
    durations, costs = block.durations, block.costs
    sum_us, total = str(durations.sum_us).encode(), str(costs.total).encode()
    header = _HEADER.pack(
        *(block.succeeded, block.failed, block.in_progress, block.other),
        *(durations.count, _or_none(durations.min_us), _or_none(durations.max_us)),
        *(costs.known, costs.unknown),
        *(to_ms(block.first_run), to_ms(block.last_run)),  # type: ignore[arg-type]
        *(len(sum_us), len(total), len(durations.histogram), len(costs.histogram)),
    )
    return b"".join(
        (header, sum_us, total, _to_bytes(durations.histogram), _to_bytes(costs.histogram))
    )


def unpack(packed: bytes, *, cost_histogram: bool = True) -> Block:
    """The block that was packed; few need its histogram of costs, which is half of the work."""
    header = _HEADER.unpack_from(packed)
    succeeded, failed, in_progress, other, count, least, greatest, known, unknown = header[:9]
    first, last, sum_length, total_length, duration_buckets, cost_buckets = header[9:]
    at = _HEADER.size
    sum_us = int(packed[at : at + sum_length])
    at += sum_length
    total = Decimal(packed[at : at + total_length].decode())
    at += total_length
    duration_histogram = _from_bytes(packed, at, duration_buckets)
    at += 8 * duration_buckets
    return Block(
        succeeded,
        failed,
        in_progress,
        other,
        durations=Durations(
            count,
            sum_us,
            None if least == _NONE else least,
            None if greatest == _NONE else greatest,
            duration_histogram,
        ),
        costs=Costs(
            known, unknown, total, _from_bytes(packed, at, cost_buckets) if cost_histogram else {}
        ),
        first_run=from_ms(first),
        last_run=from_ms(last),
    )


def _or_none(value: int | None) -> int:
    return _NONE if value is None else value


def _to_bytes(histogram: dict[int, int]) -> bytes:
    return (
        _portable(array("i", histogram)).tobytes()
        + _portable(array("I", histogram.values())).tobytes()
    )


def _from_bytes(packed: bytes, at: int, buckets: int) -> dict[int, int]:
    numbers, counts = array("i"), array("I")
    numbers.frombytes(packed[at : at + 4 * buckets])
    counts.frombytes(packed[at + 4 * buckets : at + 8 * buckets])
    return dict(zip(_portable(numbers), _portable(counts), strict=True))


def _portable(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
