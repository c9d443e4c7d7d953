"""`python -m benchmarks.watches`: simulates the watches' tests, into docs/watches.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from benchmarks import months as sim
from benchmarks.rows import table

PAGE = Path(__file__).parents[1] / "docs" / "watches.md"
MARKS = "<!-- simulated: python -m benchmarks.watches -->\n", "<!-- end -->"
MONTHS = 1_000
_STEADY = f"""\
Months, of {MONTHS:,}, in which a steady agent raised an alarm, looked at after every run:
"""
_FOUND = """\
Runs, in the median, until a drop was raised, beside what a z-test of the same level that is looked
at once needs (5 %, one-sided, power 80 %):
"""
TESTS = {
    "the watch": sim.watch,
    f"rolling z-test ({sim.ROLLING} runs)": sim.rolling_z,
    "universal inference": sim.universal,
    "bound, then mixture": sim.bounded,
}
# share, later share, runs of the base
DROPS = [(0.95, 0.80, b) for b in (100, 300, 1_000, 3_000)]
DROPS += [(0.99, 0.95, 1_000), (0.80, 0.70, 1_000), (0.95, 0.90, 1_000)]


def month(test: sim.Test, share: float, later: float, base: int, runs: int) -> sim.Floats:
    return sim.first_alarms(test, share, later, base=base, runs=runs, months=MONTHS, seed=7)


def steady() -> Iterator[list[str]]:
    """False alarms in a month of success rates, for each test."""
    for share, base, runs in (
        *((share, 1_000, 3_000) for share in (0.5, 0.8, 0.95, 0.99)),
        *((0.95, base, 3_000) for base in (30, 100, 10_000)),
        (0.95, 1_000, 30_000),
    ):
        what = f"{share:.0%} after {base:,} runs of base, {runs:,} a month"
        yield [what, *(_alarmed(month(test, share, share, base, runs)) for test in TESTS.values())]


def steady_others() -> Iterator[list[str]]:
    """False alarms in a month of the other two kinds of comparison."""
    for share, a_day in ((0.95, 30), (0.95, 100), (0.95, 1_000), (0.8, 100)):
        first = sim.months_of_windows(
            share, share, a_day=a_day, drop_after=None, months=MONTHS, seed=8
        )
        yield [
            f"success rate {share:.0%} against the 7 days before, {a_day} a day",
            _alarmed(first),
        ]
    for sigma, base, runs in (
        (0.5, 300, 3_000),
        (1, 300, 3_000),
        (1, 30, 3_000),
        (1, 3_000, 30_000),
    ):
        first = sim.first_rank_alarms(sigma, 1, base=base, runs=runs, months=MONTHS, seed=9)
        yield [f"duration, sigma {sigma}, {base:,} runs of base, {runs:,} a month", _alarmed(first)]


def found() -> Iterator[list[str]]:
    """After how many runs a drop is raised, in the median."""
    for share, later, base in DROPS:
        needed = sim.fixed_sample(share, later, base=base)
        medians = [
            float(np.median(month(test, share, later, base, 3_000))) for test in TESTS.values()
        ]
        ratio = f"{medians[0] / needed:.2f}"
        yield [
            f"{share:.0%} to {later:.0%}, {base:,} runs of base",
            str(needed),
            *map(_count, medians[:1]),
            ratio,
            *map(_count, medians[1:]),
        ]


def found_others() -> Iterator[list[str]]:
    for a_day, after in ((100, 0), (1_000, 0), (100, 50), (1_000, 500)):
        first = sim.months_of_windows(0.95, 0.8, a_day=a_day, drop_after=after, months=200, seed=11)
        when = "with the day" if not after else "at noon"
        what = f"95 to 80 % against the 7 days before, {a_day} a day, beginning {when}"
        yield [what, _count(float(np.median(first[first > 0])))]
    for sigma, base in ((0.5, 300), (1, 300), (1, 3_000)):
        first = sim.first_rank_alarms(sigma, 1.5, base=base, runs=3_000, months=MONTHS, seed=12)
        what = f"durations half as long again, sigma {sigma}, {base:,} runs of base"
        yield [what, _count(float(np.median(first)))]


def _alarmed(first: sim.Floats) -> str:
    return f"{np.isfinite(first).mean():.1%}"


def _count(runs: float) -> str:
    return f"{runs:,.0f}" if np.isfinite(runs) else "never"


@click.command()
def main() -> None:
    """Simulate, print the tables, and put them into docs/watches.md."""
    sim.check()
    names = list(TESTS)
    parts = [
        _STEADY,
        table(["success rate", *names], list(steady())),
        table(["the watch's other comparisons", "alarms"], list(steady_others())),
        _FOUND,
        table(["drop", "fixed sample", names[0], "ratio", *names[1:]], list(found())),
        table(["the watch's other comparisons", "runs"], list(found_others())),
    ]
    text = "\n".join(parts)
    click.echo(text)
    pattern = re.compile(f"(?<={re.escape(MARKS[0])}).*(?={re.escape(MARKS[1])})", re.DOTALL)
    PAGE.write_text(pattern.sub(lambda _: f"\n{text}\n", PAGE.read_text()))


if __name__ == "__main__":
    main()
