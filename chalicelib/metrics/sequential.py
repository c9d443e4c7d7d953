"""Has it become worse? Tests that may be looked at after every run, as often as one likes.

A fixed-sample test looked at again and again is certain to cry wolf in the end. These give an
e-value instead: evidence against "nothing became worse" that, while nothing did, ever reaches
1 / level with at most that probability, over all looks together (Ville's inequality).

How: two samples of a steady agent differ by a Brownian motion in information time, the inverse of
the difference's variance; so a difference is known by its size and its information alone, whatever
the looks before. The e-value is the likelihood ratio of that motion with a drift against the one
without, mixed over a half-normal distribution of drifts. It follows from totals, so runs that
come late or are corrected change it as they change the totals, and nothing needs to be kept.

The base is a sample too: its own uncertainty is in the information. Shares of successes are
compared by the signed root of their likelihood ratio, which stays right where failures are rare
and a z-score is skewed; durations and costs by Mann and Whitney's ranks. Both are approximate for
small samples; docs/watches.md has the simulated rates of false alarms.

Sources: H. Robbins, Annals of Mathematical Statistics 41 (1970), 1397-1409 (mixtures);
S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, "Time-uniform, nonparametric, nonasymptotic
confidence sequences", Annals of Statistics 49 (2021), 1055-1080; I. Waudby-Smith, D. Arbour,
R. Sinha, E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52 (2024), 2613-2640; R. Johari, P. Koomen, L. Pekelis, D. Walsh,
"Always valid inference", Operations Research 70 (2022), 1806-1821 (mixture SPRT); C. Jennison,
B. W. Turnbull, Group Sequential Methods with Applications to Clinical Trials, 2000, 3 and 11
(information time).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import copysign, erfc, exp, inf, log, log1p, pi, sqrt
from typing import NamedTuple

from chalicelib.metrics.ranks import shift_of_ranks

MIXTURE = "one-sided mixture sequential probability ratio test (anytime-valid e-value)"
SUCCESS_TEST = f"{MIXTURE} on the two samples' likelihood ratio"
RANK_TEST = f"{MIXTURE} on Mann and Whitney's ranks, from histogram buckets 2 % wide"

# How many false alarms a month a watch may raise, at most, on a steady agent.
LEVEL = 0.05
# What the first comparison of a month may spend of the level, and what all others share.
_FIRST_SHARE = 0.8
_MONTH_DAYS = 30
# The typical drift looked for: of log odds (95 to 80 % is 1.6), and of the chance that a run of one
# sample takes longer than one of the other (half as long again is 0.11 to 0.2), less a half. Chosen
# by simulation.
SUCCESS_DRIFT = 2.0
RANK_DRIFT = 0.2
_LARGEST_LOG = 700.0


class Evidence(NamedTuple):
    """The logarithm of the e-value, and the drift seen in the test's own unit: above 0 is worse."""

    log_e: float = 0.0
    drift: float = 0.0

    @property
    def e_value(self) -> float:
        return exp(min(self.log_e, _LARGEST_LOG))

    def reaches(self, level: float) -> bool:
        """Whether it is proven at this level; level 0 is never reached."""
        return level > 0 and self.log_e >= -log(level)


def evidence_of_drop(
    base_successes: int, base_trials: int, successes: int, trials: int
) -> Evidence:
    """That the share of successes fell from the base's; none while a side has no trials."""
    if not (base_trials and trials):
        return Evidence()
    total, both = base_trials + trials, base_successes + successes
    ratio = (
        _log_likelihood(base_successes, base_trials)
        + _log_likelihood(successes, trials)
        - _log_likelihood(both, total)
    )
    # Half a run more of each kind: at a share of 0 or 1 there would be no information at all.
    share = (both + 0.5) / (total + 1)
    information = share * (1 - share) * base_trials * trials / total
    fall = base_successes / base_trials - successes / trials
    z = copysign(sqrt(max(0.0, 2 * ratio)), fall)
    return _mix(z, information, SUCCESS_DRIFT)


def evidence_of_increase(base: Mapping[int, int], values: Mapping[int, int]) -> Evidence:
    """That values tend to be higher than the base's, from histograms; none where one is empty."""
    if not (base and values):
        return Evidence()
    shift, variance = shift_of_ranks(base, values)
    if not variance:
        return Evidence()
    return _mix(shift / sqrt(variance), 1 / variance, RANK_DRIFT)


def level_of_comparison(number: int) -> float:
    """The level of a month's n-th comparison (from 1): together at most LEVEL, however many.

    A comparison begins with each new version; the first of a month is the rule and gets most.
    """
    if number <= 1:
        return LEVEL * _FIRST_SHARE
    return LEVEL * (1 - _FIRST_SHARE) / (number * (number - 1))


def level_of_day() -> float:
    """The level of the comparison that begins with each day: those of a month have LEVEL."""
    return LEVEL / _MONTH_DAYS


def _mix(z: float, information: float, drift: float) -> Evidence:
    """The e-value of a z-score at this information, mixed over a half-normal drift above 0."""
    spread = drift * drift * information
    weight = spread / (1 + spread)
    log_e = log(2) - log1p(spread) / 2 + z * z * weight / 2 + _log_normal_below(z * sqrt(weight))
    return Evidence(log_e, z / sqrt(information))


def _log_likelihood(successes: int, trials: int) -> float:
    """The greatest log-likelihood of a share."""
    return _times_log(successes, trials) + _times_log(trials - successes, trials)


def _times_log(count: int, trials: int) -> float:
    return count * log(count / trials) if count else 0.0


def _log_normal_below(z: float) -> float:
    """The logarithm of the normal distribution function."""
    if z > -30:
        return log(erfc(-z / sqrt(2)) / 2)
    # Mills' ratio, where the function itself underflows.
    return -z * z / 2 - log(-z) - log(2 * pi) / 2 if z > -inf else -inf
