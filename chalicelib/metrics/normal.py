"""The normal distribution's quantiles: importing `statistics` would cost a cold start 10 ms."""

from __future__ import annotations

from math import erfc, sqrt

_LOW, _HIGH = -40.0, 40.0


def normal_quantile(share: float) -> float:
    """The value below which this share (0 to 1, exclusive) of standard normal values lies."""
    low, high = _LOW, _HIGH
    for _ in range(80):
        middle = (low + high) / 2
        is_below = erfc(-middle / sqrt(2)) / 2 < share
        low, high = (middle, high) if is_below else (low, middle)
    return (low + high) / 2
