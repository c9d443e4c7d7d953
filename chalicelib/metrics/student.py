"""Student's t distribution, and Welch's test of two means of unequal variances.

Sources: B. L. Welch, Biometrika 34 (1947), 28-35; the incomplete beta function as a continued
fraction: W. H. Press et al., Numerical Recipes, 6.4 (Lentz's method).
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p, sqrt
from typing import NamedTuple

_TINY = 1e-300
_CLOSE = 1e-15
_MOST_STEPS = 10_000

WELCH = "Welch's t-test, two-sided"


class WelchTest(NamedTuple):
    """The two-sided p-value of equal means, and the interval of other - base at a confidence."""

    p_value: float
    low: float
    high: float


class Sample(NamedTuple):
    """A sample of at least two values."""

    mean: float
    variance: float
    size: int


def compare_means(base: Sample, other: Sample, confidence: float = 0.95) -> WelchTest:
    """Test whether the means of two samples differ."""
    difference = other.mean - base.mean
    parts = base.variance / base.size, other.variance / other.size
    error = sqrt(sum(parts))
    if not error:
        # Constants: what differs between them is no chance.
        return WelchTest(0.0 if difference else 1.0, difference, difference)
    shares = [part / (error * error) for part in parts]
    freedom = 1 / (shares[0] ** 2 / (base.size - 1) + shares[1] ** 2 / (other.size - 1))
    half = quantile(1 - confidence, freedom) * error
    p_value = two_sided(abs(difference) / error, freedom)
    return WelchTest(p_value, difference - half, difference + half)


def two_sided(t: float, freedom: float) -> float:
    """The chance of a value of Student's distribution at least as far from zero as t ≥ 0."""
    return _beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def quantile(p_value: float, freedom: float) -> float:
    """The t ≥ 0 of which `two_sided` is the p-value."""
    low, high = 0.0, 1.0
    while two_sided(high, freedom) > p_value:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided(middle, freedom) > p_value else (low, middle)
    return (low + high) / 2


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    numerator, denominator = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = denominator
    for m in range(1, _MOST_STEPS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            denominator = 1 / _not_zero(1 + step * denominator)
            numerator = _not_zero(1 + step / numerator)
            value *= denominator * numerator
        if abs(denominator * numerator - 1) < _CLOSE:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
