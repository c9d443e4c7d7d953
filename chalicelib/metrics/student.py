"""Student's t distribution, and Welch's test of two means of unequal variances.

Sources: B. L. Welch, Biometrika 34 (1947), 28-35; the incomplete beta function as a continued
fraction: W. H. Press et al., Numerical Recipes, 6.4 (Lentz's method).
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p, pi, sqrt
from typing import NamedTuple

from chalicelib.metrics.normal import normal_quantile

_TINY = 1e-300
_CLOSE = 1e-15
# Less than this of a value is lost to rounding anyway.
_EXACT = 1e-12
_MOST_STEPS = 10_000

WELCH = "Welch's t-test, two-sided, or the pooled one where that is less sure"


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
    """Test whether the means of two samples differ, by the less sure of two tests.

    Welch's takes each sample's variance as it is, and believes a few equal values (thirty runs that
    all succeeded) to be certain. The pooled test does not.
    """
    difference = other.mean - base.mean
    parts = base.variance / base.size, other.variance / other.size
    error = sqrt(sum(parts))
    if not error:
        # Constants: what differs between them is no chance.
        return WelchTest(0.0 if difference else 1.0, difference, difference)
    shares = [part / (error * error) for part in parts]
    freedom = 1 / (shares[0] ** 2 / (base.size - 1) + shares[1] ** 2 / (other.size - 1))
    pooled, degrees = _pooled(base, other)
    tests = [(error, freedom), (pooled, degrees)]
    half = max(quantile(1 - confidence, degrees) * error for error, degrees in tests)
    p_value = max(two_sided(abs(difference) / error, degrees) for error, degrees in tests)
    return WelchTest(p_value, difference - half, difference + half)


def _pooled(base: Sample, other: Sample) -> tuple[float, float]:
    """The standard error of the difference if both have one variance, and its freedom."""
    freedom = base.size + other.size - 2
    sides = (base, other)
    variance = sum(side.variance * (side.size - 1) for side in sides) / freedom
    return sqrt(variance * sum(1 / side.size for side in sides)), freedom


def two_sided(t: float, freedom: float) -> float:
    """The chance of a value of Student's distribution at least as far from zero as t ≥ 0."""
    return _beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def quantile(p_value: float, freedom: float) -> float:
    """The t ≥ 0 of which `two_sided` is the p-value, at most 1.

    By Newton's steps from the normal distribution's, which is less: `two_sided` is convex, so that
    none of them goes too far.
    """
    t = normal_quantile(1 - p_value / 2) if p_value < 1 else 0.0
    for _ in range(_MOST_STEPS):
        step = (two_sided(t, freedom) - p_value) / (2 * _density(t, freedom))
        t += step
        if abs(step) <= _EXACT * t:
            break
    return t


def _density(t: float, freedom: float) -> float:
    half = freedom / 2
    logarithm = lgamma(half + 0.5) - lgamma(half) - 0.5 * log(freedom * pi)
    return exp(logarithm - (half + 0.5) * log1p(t * t / freedom))


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
