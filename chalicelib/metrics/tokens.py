"""The tokens that runs used: exact sums, and a histogram for comparing versions.

The names and what they mean are OpenTelemetry's (semantic conventions of generative AI): the two
cache counts are parts of the input, reasoning is a part of the output.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.metrics.histogram import add_counts, bucket_of

# The fields of a run, in the order of a row's tokens, and what the metrics block calls their sums.
TOKEN_FIELDS = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_read_input_tokens": "cache_read_input",
    "cache_creation_input_tokens": "cache_creation_input",
    "reasoning_output_tokens": "reasoning_output",
}
TokenCounts = Sequence[int | None]
NOTHING: tuple[int | None, ...] = (None,) * len(TOKEN_FIELDS)


@dataclass(slots=True)
class Tokens:
    """The tokens of ended runs.

    `sums` are in the order of TOKEN_FIELDS, None where no run named that field. `known` counts
    the runs that named input or output tokens; the histogram is of these two together.
    """

    known: int = 0
    sums: tuple[int | None, ...] = NOTHING
    histogram: dict[int, int] = field(default_factory=dict)

    def merge(self, other: Tokens) -> None:
        """Count all of the other's tokens too."""
        self.known += other.known
        self.sums = tuple(map(_add, self.sums, other.sums))
        add_counts(self.histogram, other.histogram)

    @property
    def total(self) -> int | None:
        """Input and output tokens together."""
        return sum(count or 0 for count in self.sums[:2]) if self.known else None

    @property
    def mean(self) -> float | None:
        """Input and output tokens a run."""
        return None if self.total is None else self.total / self.known

    @property
    def cache_read_share(self) -> float | None:
        """The part of the input that was read from the cache, where runs told of it."""
        used, read = self.sums[0], self.sums[2]
        return read / used if used and read is not None else None

    def to_json(self, ended: int) -> dict[str, Any]:
        """`tokens` of the metrics block of so many ended runs."""
        names = TOKEN_FIELDS.values()
        return dict(zip(names, self.sums, strict=True)) | {
            "total": self.total,
            "mean": self.mean,
            "cache_read_share": self.cache_read_share,
            "known": self.known,
            "unknown": ended - self.known,
        }


def fold_tokens(rows: Iterable[TokenCounts], *, histogram: bool) -> Tokens:
    """The tokens of the runs that named any."""
    some = list(rows)
    sums = [_sum(column) for column in zip(*some, strict=True)]
    used = [used for row in some if (used := used_by(row)) is not None]
    tokens = Tokens(len(used), tuple(sums))
    if histogram:
        for bucket in map(bucket_of, used):
            tokens.histogram[bucket] = tokens.histogram.get(bucket, 0) + 1
    return tokens


def used_by(row: TokenCounts) -> int | None:
    """A run's input and output tokens together, None where it named neither."""
    if row[0] is None and row[1] is None:
        return None
    return (row[0] or 0) + (row[1] or 0)


def _sum(column: Iterable[int | None]) -> int | None:
    known = [count for count in column if count is not None]
    return sum(known) if known else None


def _add(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other
