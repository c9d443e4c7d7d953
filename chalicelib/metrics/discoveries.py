"""Which of many findings to believe: Benjamini and Hochberg's control of false discoveries.

Source: Y. Benjamini and Y. Hochberg, J. Royal Statistical Society B 57 (1995), 289-300.
"""

from __future__ import annotations

from collections.abc import Iterable

RATE = 0.05


def discovery_limit(p_values: Iterable[float], rate: float = RATE) -> float:
    """The greatest p-value to believe, so that at most `rate` of what is believed is false.

    It is 0 where none is to be believed.
    """
    ranked = sorted(p_values)
    limits = [value for rank, value in enumerate(ranked, 1) if value <= rate * rank / len(ranked)]
    return max(limits, default=0.0)
