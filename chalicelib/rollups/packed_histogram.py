"""A histogram as bytes: its bucket numbers (int32), then their counts (uint32), little-endian."""

from __future__ import annotations

import sys
from array import array


def to_bytes(histogram: dict[int, int]) -> bytes:
    """Eight bytes a bucket."""
    return (
        _portable(array("i", histogram)).tobytes()
        + _portable(array("I", histogram.values())).tobytes()
    )


def from_bytes(packed: bytes, at: int, buckets: int) -> dict[int, int]:
    """The histogram of so many buckets that begins there."""
    numbers, counts = array("i"), array("I")
    numbers.frombytes(packed[at : at + 4 * buckets])
    counts.frombytes(packed[at + 4 * buckets : at + 8 * buckets])
    return dict(zip(_portable(numbers), _portable(counts), strict=True))


def _portable(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
