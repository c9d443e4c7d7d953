"""Two versions held against each other task by task: which flipped, and whether by chance.

McNemar's test in its exact form: of the tasks that flipped, were as many gained as lost? Source:
Q. McNemar, Psychometrika 12 (1947), 153-157. The interval is that of D. G. Bonett and R. M. Price,
"Adjusted Wald confidence interval for a difference of binomial proportions based on paired data",
J. Educational and Behavioral Statistics 37 (2012), 479-488.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import comb, sqrt
from typing import Any, Literal, NamedTuple

from chalicelib.metrics.proportion import Z_95, Span

Change = Literal["gained", "lost"]
MCNEMAR = "McNemar's test, exact, two-sided"
ALPHA = 0.05
# Fewer flips cannot be told from chance, however they fall: 2 * 0.5 ** 5 is above ALPHA.
MIN_FLIPS = 6


class Tally(NamedTuple):
    """How often a task succeeded and failed with one version."""

    succeeded: int
    failed: int

    @property
    def verdict(self) -> bool | None:
        """Whether most of its runs succeeded; None where as many failed."""
        return None if self.succeeded == self.failed else self.succeeded > self.failed


class Flip(NamedTuple):
    """A task that most runs of one version succeed at, and most of the other's fail."""

    task_id: Any
    change: Change
    base: Tally
    candidate: Tally


Tallies = Mapping[Any, Tally]


def compare_tasks(base: Tallies, candidate: Tallies) -> dict[str, Any]:
    """What became of the tasks that both ran, without the flips themselves; see docs/api.md."""
    pairs = [(base[task].verdict, candidate[task].verdict) for task in base.keys() & candidate]
    decided = [pair for pair in pairs if None not in pair]
    gained, lost = decided.count((False, True)), decided.count((True, False))
    p_value = mcnemar_p_value(gained, lost) if gained + lost >= MIN_FLIPS else None
    return {
        "base_tasks": len(base),
        "candidate_tasks": len(candidate),
        "paired": len(decided),
        "undecided": len(pairs) - len(decided),
        "both_succeeded": decided.count((True, True)),
        "both_failed": decided.count((False, False)),
        "gained": gained,
        "lost": lost,
        "difference": (gained - lost) / len(decided) if decided else None,
        "interval": _interval(gained, lost, len(decided)),
        "confidence": 1 - ALPHA,
        "test": None if p_value is None else MCNEMAR,
        "p_value": p_value,
        "alpha": ALPHA,
        "min_flips": MIN_FLIPS,
        "verdict": _rule(p_value, gained, lost),
    }


def find_flips(base: Tallies, candidate: Tallies) -> Iterator[Flip]:
    """The tasks that flipped, those that are lost first."""
    changes: dict[tuple[bool | None, bool | None], Change] = {
        (True, False): "lost",
        (False, True): "gained",
    }
    for wanted, change in changes.items():
        for task in sorted(base.keys() & candidate, key=_task_order):
            if (base[task].verdict, candidate[task].verdict) == wanted:
                yield Flip(task, change, base[task], candidate[task])


def mcnemar_p_value(gained: int, lost: int) -> float:
    """The chance of so uneven a split of the flips, were each as likely to be gained as lost."""
    flips = gained + lost
    tail = sum(comb(flips, k) for k in range(min(gained, lost) + 1))
    return float(min(1, 2 * tail / 2**flips))


def _interval(gained: int, lost: int, paired: int) -> Span | None:
    if not paired:
        return None
    size = paired + 2
    up, down = (gained + 1) / size, (lost + 1) / size
    centre = up - down
    half = Z_95 * sqrt((up + down - centre**2) / size)
    return max(-1.0, centre - half), min(1.0, centre + half)


def _rule(p_value: float | None, gained: int, lost: int) -> str:
    if p_value is None:
        return "insufficient_data"
    if p_value >= ALPHA:
        return "no_significant_change"
    return "better" if gained > lost else "worse"


def _task_order(task: Any) -> tuple[bool, Any]:
    """Numbers before texts, each in their order."""
    return isinstance(task, str), task
