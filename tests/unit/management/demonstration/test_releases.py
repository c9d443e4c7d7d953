"""The generated month: stable, growing, valid, and with something to find in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.wire.models import RunBatch, VersionRegistration, adapter
from management.demonstration import DAYS, PROFILES, releases, runs_of

NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)
Runs = dict[tuple[str, str, int], dict[str, Any]]


def generate(now: datetime = NOW, seed: int = 0, total: int = 2000) -> Runs:
    """Every run by its identity."""
    return {
        (profile.name, release.version, run["id"]): run
        for profile in PROFILES
        for release in releases(profile, now)
        for run in runs_of(release, seed, now, total)
    }


def in_progress(run: dict[str, Any]) -> bool:
    return bool(run["status"] == "running")


def test_the_same_call_gives_the_same_runs() -> None:
    assert generate() == generate()


def test_a_later_call_keeps_the_past() -> None:
    """Only runs that were in progress may have changed, and only the oldest may be gone."""
    before, later = generate(), generate(NOW + timedelta(days=2, hours=5))

    kept = before.keys() & later.keys()
    assert len(kept) > 0.9 * len(before)
    assert all(in_progress(before[key]) for key in kept if before[key] != later[key])
    assert later.keys() - kept


def test_a_larger_call_only_adds() -> None:
    small, large = generate(), generate(total=5000)

    assert small.items() <= large.items()
    assert len(large) > 2 * len(small)


def test_another_seed_gives_runs_of_other_ids_for_the_same_versions() -> None:
    first, other = generate(), generate(seed=99)

    assert not first.keys() & other.keys()
    assert {key[:2] for key in first} == {key[:2] for key in other}


@pytest.mark.parametrize("total", [300, 5000])
def test_there_are_about_as_many_as_asked_for(total: int) -> None:
    assert 0.85 * total < len(generate(total=total)) < 1.15 * total


def test_nothing_lies_in_the_future_or_before_the_window() -> None:
    moments = [datetime.fromisoformat(run["created"]) for run in generate().values()]

    assert max(moments) <= NOW
    assert min(moments) >= NOW - timedelta(days=DAYS)


def test_the_service_takes_all_of_it() -> None:
    runs = list(generate(seed=99).values())

    taken = adapter(RunBatch).validate_json(json.dumps({"runs": runs}))["runs"]

    assert len(taken) == len(runs)
    for profile in PROFILES:
        for release in releases(profile, NOW):
            adapter(VersionRegistration).validate_python(release.registration())


def test_there_is_something_of_everything() -> None:
    runs = list(generate().values())

    assert {run["status"] for run in runs} == {
        *("running", "completed", "failed", "timeout", "cancelled")
    }
    finished = [run for run in runs if not in_progress(run)]
    assert any(run["cost"] is None for run in finished)
    assert all(run["error"] for run in finished if run["status"] != "completed")
    assert len({model for run in runs for model in run["models"]}) >= 3
    assert len({profile.project for profile in PROFILES}) >= 2


def test_a_version_of_the_last_month_regressed() -> None:
    """Whatever the day: it is what `compare` and `gate` are shown with."""
    for day in range(60):
        now = NOW + timedelta(days=day)
        profile = next(profile for profile in PROFILES if profile.regresses)
        found = releases(profile, now)
        assert any(release.is_regression for release in found)
        assert not all(release.is_regression for release in found)
