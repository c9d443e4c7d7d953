"""What few metrics blocks have, packed behind the rest: tokens, scores, the counters' adjustment.

And the durations of few runs, for exact percentiles. Blocks from before these were kept have none.
A byte of flags says which there are. An integer of any size is its length in bytes (uint16, 0 for
none at all) and its bytes, little-endian and signed. The adjustment, which is rare, is JSON.
"""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from struct import Struct
from typing import Any

from chalicelib.metrics.block import Block
from chalicelib.metrics.counted import Adjustment
from chalicelib.metrics.scores import Scores
from chalicelib.metrics.tokens import TOKEN_FIELDS, Tokens
from chalicelib.rollups.numbers import numbers
from chalicelib.rollups.numbers import to_bytes as numbers_to_bytes
from chalicelib.rollups.packed_histogram import from_bytes, to_bytes

_TOKENS, _SCORES, _ADJUSTMENT, _DURATIONS = 1, 2, 4, 8
_COUNT = Struct("<I")
_LENGTH = Struct("<H")
_EXTREMES = Struct("<I2d")


def pack_extras(block: Block) -> bytes:
    """The bytes of what the block has of these; none where it has none."""
    parts = []
    if block.tokens is not None:
        parts.append((_TOKENS, _pack_tokens(block.tokens)))
    if block.scores is not None:
        parts.append((_SCORES, _pack_scores(block.scores)))
    if block.adjustment is not None:
        parts.append((_ADJUSTMENT, _pack_adjustment(block.adjustment)))
    durations = block.durations
    if durations.values is not None and durations.histogram_error:
        packed = numbers_to_bytes("q", durations.values)
        parts.append((_DURATIONS, _LENGTH.pack(len(packed)) + packed))
    if not parts:
        return b""
    return bytes((sum(flag for flag, _ in parts),)) + b"".join(part for _, part in parts)


def unpack_extras(packed: bytes, at: int, block: Block, *, histogram: bool) -> None:
    """Give the block what is packed from there on."""
    reader = _Reader(packed, at + 1)
    if packed[at] & _TOKENS:
        block.tokens = _unpack_tokens(reader, histogram=histogram)
    if packed[at] & _SCORES:
        block.scores = _unpack_scores(reader)
    if packed[at] & _ADJUSTMENT:
        block.adjustment = _unpack_adjustment(reader)
    if packed[at] & _DURATIONS:
        block.durations.values = numbers("q", reader.take_bytes(_LENGTH))


class _Reader:
    """Reads one thing after the other."""

    def __init__(self, packed: bytes, at: int) -> None:
        self._packed = packed
        self._at = at

    def take(self, layout: Struct) -> tuple[Any, ...]:
        values = layout.unpack_from(self._packed, self._at)
        self._at += layout.size
        return values

    def take_bytes(self, length_as: Struct) -> bytes:
        (length,) = self.take(length_as)
        self._at += length
        return self._packed[self._at - length : self._at]

    def take_integer(self) -> int | None:
        taken = self.take_bytes(_LENGTH)
        return int.from_bytes(taken, "little", signed=True) if taken else None

    def take_histogram(self, *, wanted: bool) -> dict[int, int]:
        (buckets,) = self.take(_COUNT)
        self._at += 8 * buckets
        if not wanted:
            return {}
        return from_bytes(self._packed, self._at - 8 * buckets, buckets)


def _pack_tokens(tokens: Tokens) -> bytes:
    sums = map(_integer, tokens.sums)
    buckets = _COUNT.pack(len(tokens.histogram))
    return b"".join((_COUNT.pack(tokens.known), *sums, buckets, to_bytes(tokens.histogram)))


def _unpack_tokens(reader: _Reader, *, histogram: bool) -> Tokens:
    (known,) = reader.take(_COUNT)
    sums = tuple(reader.take_integer() for _ in TOKEN_FIELDS)
    return Tokens(known, sums, reader.take_histogram(wanted=histogram))


def _pack_scores(scores: Scores) -> bytes:
    sums = (*scores.total.as_integer_ratio(), *scores.squares.as_integer_ratio())
    head = _EXTREMES.pack(scores.count, scores.least, scores.greatest)
    return head + b"".join(map(_integer, sums))


def _unpack_scores(reader: _Reader) -> Scores:
    count, least, greatest = reader.take(_EXTREMES)
    ratios = [reader.take_integer() for _ in range(4)]
    return Scores(
        count,
        Fraction(ratios[0] or 0, ratios[1]),
        Fraction(ratios[2] or 0, ratios[3]),
        least,
        greatest,
    )


def _pack_adjustment(adjustment: Adjustment) -> bytes:
    content = [
        adjustment.outcomes,
        str(adjustment.cost),
        *(adjustment.without_cost, adjustment.durations, adjustment.sum_us),
        list(adjustment.histogram.items()),
    ]
    text = json.dumps(content, separators=(",", ":")).encode()
    return _COUNT.pack(len(text)) + text


def _unpack_adjustment(reader: _Reader) -> Adjustment:
    outcomes, cost, without_cost, durations, sum_us, histogram = json.loads(
        reader.take_bytes(_COUNT)
    )
    numbers = without_cost, durations, sum_us
    return Adjustment(outcomes, Decimal(cost), *numbers, dict(map(tuple, histogram)))


def _integer(value: int | None) -> bytes:
    if value is None:
        return _LENGTH.pack(0)
    packed = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return _LENGTH.pack(len(packed)) + packed
