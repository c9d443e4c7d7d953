"""Simulated months of an agent, judged after every run by several tests at once.

Numpy's arithmetic stands in for chalicelib.metrics.sequential, which is called run by run and would
take hours; `check` compares the two.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, log_ndtr, xlogy
from scipy.stats import beta, norm

from chalicelib.metrics.sequential import (
    LEVEL,
    RANK_DRIFT,
    SUCCESS_DRIFT,
    evidence_of_drop,
    level_of_comparison,
    level_of_day,
)

Floats = NDArray[np.float64]
Table = tuple[Floats, Floats, Floats, Floats]  # base's successes and trials, the others'
# Whether a test raises an alarm, by month and look.
Alarms = NDArray[np.bool_]
Test = Callable[[Table], Alarms]

ROLLING = 100
WINDOW_DAYS = 7
_CHUNK = 50


def log_mixture(z: Floats, information: Floats, drift: float) -> Floats:
    spread = drift**2 * information
    weight = spread / (1 + spread)
    tail = log_ndtr(z * np.sqrt(weight))
    return np.asarray(np.log(2) - np.log1p(spread) / 2 + z * z * weight / 2 + tail)


def log_e_of_drop(table: Table) -> Floats:
    """What evidence_of_drop says, of many tables."""
    s0, n0, s, n = table
    ratio = _log_likelihood(s0, n0) + _log_likelihood(s, n) - _log_likelihood(s0 + s, n0 + n)
    share = (s0 + s + 0.5) / (n0 + n + 1)
    z = np.sqrt(np.maximum(0, 2 * ratio)) * np.sign(s0 / n0 - s / n)
    return log_mixture(z, share * (1 - share) * n0 * n / (n0 + n), SUCCESS_DRIFT)


def check() -> None:
    """That the arithmetic here is the service's."""
    generator = np.random.default_rng(0)
    n0, n = generator.integers(1, 500, (2, 200))
    s0, s = generator.binomial(n0, 0.9), generator.binomial(n, 0.8)
    ours = log_e_of_drop((s0 * 1.0, n0 * 1.0, s * 1.0, n * 1.0))
    for found, row in zip(ours, zip(s0, n0, s, n, strict=True), strict=True):
        assert np.isclose(found, evidence_of_drop(*map(int, row)).log_e, atol=1e-9), row


def watch(table: Table) -> Alarms:
    """The watch: the first comparison of a month."""
    return np.asarray(log_e_of_drop(table) >= -np.log(level_of_comparison(1)))


def rolling_z(table: Table) -> Alarms:
    """The naive way: a z-test of the base and the last runs, again and again."""
    s0, n0, s, n = table
    before = np.zeros_like(s)
    before[:, ROLLING:] = s[:, :-ROLLING]
    last = np.minimum(n, ROLLING)
    return np.asarray(_z(s0, n0, s - before, last) >= norm.isf(LEVEL))


def universal(table: Table) -> Alarms:
    """Universal inference, exact for any share: Jeffreys' mixture against the best common share.

    L. Wasserman, A. Ramdas, S. Balakrishnan, PNAS 117 (2020), 16880-16890.
    """
    s0, n0, s, n = table
    log_e = _log_mixed(s0, n0) + _log_mixed(s, n) - _log_likelihood(s0 + s, n0 + n)
    return np.asarray((log_e >= -np.log(LEVEL)) & (s / n < s0 / n0))


def bounded(table: Table) -> Alarms:
    """The base's lower confidence bound at a fifth of the level, then a mixture against it: exact.

    R. L. Berger, D. D. Boos, JASA 89 (1994), 1012-1016.
    """
    s0, n0, s, n = table
    least = beta.ppf(LEVEL / 5, s0, n0 - s0 + 1)
    log_e = (
        betaln(s + 0.5, n - s + 0.5)
        + np.log(beta.cdf(least, s + 0.5, n - s + 0.5))
        - betaln(0.5, 0.5)
        - np.log(beta.cdf(least, 0.5, 0.5))
        - xlogy(s, least)
        - xlogy(n - s, 1 - least)
    )
    return np.asarray(log_e >= -np.log(LEVEL * 4 / 5))


def first_alarms(
    test: Test, share: float, later: float, *, base: int, runs: int, months: int, seed: int
) -> Floats:
    """After how many runs each month raised an alarm; infinity where it never did."""
    generator = np.random.default_rng(seed)
    n = np.arange(1.0, runs + 1)
    first: list[Floats] = []
    for _ in range(months // _CHUNK):
        s0 = generator.binomial(base, share, (_CHUNK, 1)).astype(float)
        s = np.cumsum(generator.random((_CHUNK, runs)) < later, axis=1, dtype=float)
        first.append(_first(test((s0, np.full_like(s0, base), s, np.broadcast_to(n, s.shape)))))
    return np.concatenate(first)


def first_rank_alarms(
    sigma: float, factor: float, *, base: int, runs: int, months: int, seed: int
) -> Floats:
    """The same for durations with a log-normal spread, that become `factor` times as long."""
    generator = np.random.default_rng(seed)
    n = np.arange(1.0, runs + 1)
    information = 12 * base * n / (base + n + 1)
    first = np.full(months, np.inf)
    for month in range(months):
        known = np.sort(generator.lognormal(0, sigma, base))
        shift = np.searchsorted(known, factor * generator.lognormal(0, sigma, runs)) / base
        z = (np.cumsum(shift) / n - 0.5) * np.sqrt(information)
        log_e = log_mixture(z, information, RANK_DRIFT)
        first[month] = _first((log_e >= -np.log(level_of_comparison(1)))[None])[0]
    return first


def months_of_windows(
    share: float, later: float, *, a_day: int, drop_after: int | None, months: int, seed: int
) -> Floats:
    """A watch against the days before: after how many runs (from the drop on) it raised an alarm.

    A comparison begins with each day and lasts as long as its window; thirty days are looked at.
    """
    generator = np.random.default_rng(seed)
    days = 30
    first = np.full(months, np.inf)
    for start in range(0, months, _CHUNK):
        shares = np.full((WINDOW_DAYS + days) * a_day, share)
        if drop_after is not None:
            shares[WINDOW_DAYS * a_day + drop_after :] = later
        total = np.cumsum(generator.random((_CHUNK, shares.size)) < shares, axis=1, dtype=float)
        total = np.concatenate([np.zeros((_CHUNK, 1)), total], axis=1)
        for day in range(WINDOW_DAYS, WINDOW_DAYS + days):
            found = _alarms_of_day(total, day, a_day)
            offset = (day - WINDOW_DAYS) * a_day - (drop_after or 0)
            chunk = first[start : start + _CHUNK]
            np.minimum(chunk, _first(found) + offset, out=chunk)
    return first


def _alarms_of_day(total: Floats, day: int, a_day: int) -> Alarms:
    begin, end = day * a_day, min((day + WINDOW_DAYS) * a_day, total.shape[1] - 1)
    at = total[:, begin : begin + 1]
    s0 = at - total[:, begin - WINDOW_DAYS * a_day : begin - WINDOW_DAYS * a_day + 1]
    s = total[:, begin + 1 : end + 1] - at
    n = np.broadcast_to(np.arange(1.0, s.shape[1] + 1), s.shape)
    log_e = log_e_of_drop((s0, np.full_like(s0, WINDOW_DAYS * a_day), s, n))
    return np.asarray(log_e >= -np.log(level_of_day()))


def fixed_sample(share: float, later: float, *, base: int, power: float = 0.8) -> int:
    """How many runs a z-test that is looked at once, at LEVEL, needs to find the drop."""
    generator = np.random.default_rng(4)
    s0 = generator.binomial(base, share, 20_000).astype(float)
    for runs in range(5, 5_000):
        s = generator.binomial(runs, later, s0.size).astype(float)
        if (_z(s0, base, s, runs) >= norm.isf(LEVEL)).mean() >= power:
            return runs
    raise ValueError(f"no number of runs finds {share} to {later} with a base of {base}")


def _z(s0: Floats, n0: Floats | int, s: Floats, n: Floats | int) -> Floats:
    pooled = (s0 + s) / (n0 + n)
    error = np.sqrt(np.maximum(pooled * (1 - pooled) * (1 / n0 + 1 / n), 1e-12))
    return np.asarray((s0 / n0 - s / n) / error)


def _log_likelihood(s: Floats, n: Floats) -> Floats:
    return np.asarray(xlogy(s, s / n) + xlogy(n - s, (n - s) / n))


def _log_mixed(s: Floats, n: Floats) -> Floats:
    return np.asarray(betaln(s + 0.5, n - s + 0.5) - betaln(0.5, 0.5))


def _first(alarms: Alarms) -> Floats:
    return np.where(alarms.any(axis=1), alarms.argmax(axis=1) + 1.0, np.inf)
