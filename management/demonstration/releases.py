"""What `manage.py demo` loads: agents that might exist, and a month of their runs.

Everything is drawn from the seed and from a run's own agent, day and number. So the same call
gives the same runs, a later one gives the same past with new runs at its end, and a larger one
only adds: loading again is mostly `unchanged`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from management.demonstration.profiles import ERRORS, PRICES, Profile

DAYS = 30
_FIRST_DAY = date(2020, 1, 1)
_RUNS_A_DAY_LIMIT = 1_000_000


@dataclass(frozen=True)
class Release:
    """A version of an agent, current from `day` until the next one."""

    profile: Profile
    number: int

    @property
    def day(self) -> date:
        return date.fromordinal(self.number * self.profile.release_every_days)

    @property
    def version(self) -> str:
        return f"{self.day:%Y.%m.%d}"

    @property
    def model(self) -> str:
        return self.profile.models[self.number % len(self.profile.models)]

    @property
    def is_regression(self) -> bool:
        return self.profile.regresses and self.number % 3 == 0

    def registration(self) -> dict[str, Any]:
        """The body that adds this version."""
        return {
            "version": self.version,
            "cluster": self.profile.cluster,
            "tools": list(self.profile.tools),
            "models": [self.model],
            "deployment": f"{self.profile.name}-{self.profile.cluster}",
        }


def releases(profile: Profile, now: datetime) -> list[Release]:
    """The versions that were current at some time in the last DAYS days, oldest first."""
    last = now.date().toordinal() // profile.release_every_days
    first = (now.date() - timedelta(days=DAYS)).toordinal() // profile.release_every_days
    return [Release(profile, number) for number in range(first, last + 1)]


def runs_of(release: Release, seed: int, now: datetime, total: int) -> Iterator[dict[str, Any]]:
    """The release's runs until `now`, where all agents together have about `total` in DAYS."""
    start = now - timedelta(days=DAYS)
    for offset in range(release.profile.release_every_days):
        day = release.day + timedelta(days=offset)
        if start.date() <= day <= now.date():
            for number in range(_count_on(release.profile, seed, day, total)):
                run = _run(release, seed, day, number, now)
                if run is not None and run["created"] >= _format(start):
                    yield run


def _count_on(profile: Profile, seed: int, day: date, total: int) -> int:
    """How many runs the agent has on a day; whole, with chance for the remainder."""
    weekly = 5 + 2 * profile.weekend
    rhythm = 7 / weekly * (profile.weekend if day.weekday() >= 5 else 1)
    expected = total * profile.share / DAYS * rhythm
    return min(int(expected + Random(f"{seed} {profile.name} {day}").random()), _RUNS_A_DAY_LIMIT)


def _run(
    release: Release, seed: int, day: date, number: int, now: datetime
) -> dict[str, Any] | None:
    """One run as it stands at `now`, or None when it has not begun by then."""
    profile = release.profile
    random = Random(f"{seed} {profile.name} {day} {number}")
    hour = random.choices(range(24), profile.hours)[0]
    created = datetime.combine(day, time(hour), UTC) + timedelta(seconds=random.randrange(3600))
    if created > now:
        return None
    run: dict[str, Any] = {
        "id": (seed * 10_000 + (day - _FIRST_DAY).days) * _RUNS_A_DAY_LIMIT + number,
        "task_id": random.randint(1, 400),
        "created": _format(created),
        "status": "running",
        "initiator": random.choice(profile.initiators),
        "tools": [tool for tool in profile.tools if random.random() < 0.8],
        "models": [release.model],
        "metadata": {"branch": random.choice(("main", "main", "next")), "demo": True},
    }
    duration_s = profile.median_s * math.exp(random.gauss(0, profile.spread))
    duration_s *= 1.6 if release.is_regression else 1
    # A few lost their worker, and are never heard of again.
    if random.random() >= 0.004 and created + timedelta(seconds=duration_s) <= now:
        _finish(run, release, duration_s, random)
    return run


def _finish(run: dict[str, Any], release: Release, duration_s: float, random: Random) -> None:
    """Add what is known of a run once it has ended."""
    profile = release.profile
    failing = profile.failing * (4 if release.is_regression else 1)
    run["status"] = "completed"
    if random.random() < failing:
        run["status"] = random.choices(("failed", "timeout", "cancelled"), (7, 2, 1))[0]
        run["error"] = random.choice(ERRORS[run["status"]])
    run["time_taken"] = f"{duration_s:.2f}s"
    # Longer runs read and write more.
    size = profile.tokens * duration_s / profile.median_s * math.exp(random.gauss(0, 0.3))
    run["input_tokens"], run["output_tokens"] = round(size), round(size / random.uniform(5, 12))
    price_in, price_out = PRICES[release.model]
    cost = (run["input_tokens"] * price_in + run["output_tokens"] * price_out) / 1_000_000
    # Not every provider says what a run cost.
    run["cost"] = None if random.random() < 0.03 else round(cost, 6)


def _format(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
