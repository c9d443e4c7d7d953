from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.watches.conftest import Fleet, MoveClock, Receiver, ago

BUDGET = {"type": "budget", "amount": 50, "period": "month", "tz": "Europe/Berlin"}
DROP = {"type": "success_rate_drop", "base": "previous_version"}


def runs(succeeded: int, failed: int = 0, **fields: Any) -> list[dict[str, Any]]:
    return [{"status": "completed", **fields} for _ in range(succeeded)] + [
        {"status": "failed", **fields} for _ in range(failed)
    ]


def test_a_budget_warns_at_eighty_percent_and_fires_when_it_is_spent(
    fleet: Fleet, receiver: Receiver
) -> None:
    watch = fleet.watch(BUDGET, notify={"type": "webhook", "url": receiver.url})
    assert watch["state"] == "insufficient_data"
    fleet.post([{"cost": 39.99}])
    assert fleet.look(watch)["state"] == "ok"
    fleet.post([{"cost": 0.01}])
    found = fleet.look(watch)
    assert found["state"] == "warning"
    assert found["reading"]["spent"] == 40
    assert found["reading"]["share"] == 0.8
    fleet.post([{"cost": 10}, {}])
    found = fleet.look(watch)
    assert found["state"] == "firing"
    assert found["reading"]["runs_without_cost"] == 1
    fleet.look()
    assert receiver.types == ["watch.warning", "watch.firing"]
    assert receiver.bodies[1]["data"]["reading"]["spent"] == 50


def test_a_budget_of_a_project_is_of_all_its_agents_and_of_no_other(fleet: Fleet) -> None:
    fleet.register("writer", "1")
    fleet.register("other", "1", project="q")
    watch = fleet.watch(BUDGET, agent=None, project="p")
    everything = fleet.watch(BUDGET, agent=None)
    for agent, cost in (("coder", 20), ("writer", 15), ("other", 30)):
        fleet.post([{"cost": cost}], agent=agent)
    assert fleet.look(watch)["reading"]["spent"] == 35
    assert fleet.state(everything)["reading"]["spent"] == 65


def test_a_budgets_day_begins_at_midnight_of_its_zone(fleet: Fleet) -> None:
    now = datetime.now(UTC)
    zones = ("Pacific/Kiritimati", "Asia/Kolkata", "Pacific/Pago_Pago")
    watches = [
        fleet.watch({"type": "budget", "amount": 100, "period": "day", "tz": zone})
        for zone in zones
    ]
    for hours in range(1, 48):
        fleet.post([{"cost": 1, "created": ago(hours=hours)}])
    fleet.look()
    for watch in watches:
        reading = fleet.state(watch)["reading"]
        start = datetime.fromisoformat(reading["period_start"])
        expected = sum(now - timedelta(hours=h) >= start for h in range(1, 48))
        assert reading["spent"] == expected, watch["condition"]["tz"]


def test_a_worse_version_is_found_and_the_one_after_it_resolves(
    fleet: Fleet, receiver: Receiver
) -> None:
    watch = fleet.watch(DROP, notify={"type": "webhook", "url": receiver.url})
    assert fleet.look(watch)["reading"]["reason"] == "no version has runs yet"
    fleet.post(runs(950, 50, created=ago(days=2)))
    assert fleet.look(watch)["state"] == "insufficient_data"
    fleet.register(version="2")
    fleet.post(runs(95, 5), "2")
    assert fleet.look(watch)["state"] == "ok"
    fleet.post(runs(60, 40), "2")
    found = fleet.look(watch)
    assert found["state"] == "firing"
    assert found["reading"]["base"] == {
        "version": "1",
        "from": found["reading"]["base"]["from"],
        "success_rate": 0.95,
        "rated": 1000,
        "stale": 0,
    }
    assert found["reading"]["candidate"]["success_rate"] == 0.775
    assert "mixture" in found["reading"]["test"]
    assert found["reading"]["e_value"] >= found["reading"]["threshold"]
    assert fleet.look(watch)["state"] == "firing"
    fleet.register(version="3")
    fleet.post(runs(300, 3), "3")
    assert fleet.look(watch)["state"] == "ok"
    assert receiver.types == ["watch.firing", "watch.resolved"]


def test_a_version_that_recovers_is_resolved_by_its_newer_runs(
    fleet: Fleet, move_clock: MoveClock
) -> None:
    watch = fleet.watch(DROP)
    fleet.post(runs(950, 50, created=ago(days=2)))
    fleet.register(version="2")
    fleet.post(runs(60, 40), "2")
    assert fleet.look(watch)["state"] == "firing"
    move_clock(timedelta(hours=2))
    later = ago(hours=-2)
    fleet.post(runs(20, 10, created=later), "2")
    assert fleet.look(watch)["state"] == "firing"
    fleet.post(runs(400, 8, created=later), "2")
    found = fleet.look(watch)
    assert found["state"] == "ok"
    assert "better again" in fleet.events(watch)[0]["text"]
    assert fleet.look(watch)["state"] in ("ok", "insufficient_data")


def test_runs_that_have_not_ended_yet_are_not_taken_for_failures(fleet: Fleet) -> None:
    """A new version's failures are fast, and its successes take an hour."""
    watch = fleet.watch(DROP)
    fleet.post(runs(950, 50, created=ago(days=2)))
    fleet.register(version="2")
    fleet.post([*runs(0, 30), *({"status": "running"} for _ in range(600))], "2")
    assert fleet.look(watch)["state"] == "ok"


def test_runs_that_never_ended_are_failures_after_a_day(fleet: Fleet) -> None:
    watch = fleet.watch(DROP)
    fleet.post(runs(950, 50, created=ago(days=9)))
    fleet.register(version="2")
    fleet.post([{"status": "running", "created": ago(days=2)} for _ in range(30)], "2")
    fleet.post(runs(50, created=ago(days=2)), "2")
    found = fleet.look(watch)
    assert found["state"] == "firing"
    assert found["reading"]["candidate"]["stale"] == 30


@pytest.mark.parametrize(
    ("kind", "field", "before", "after"),
    [("duration_increase", "time_taken", 60, 90), ("cost_increase", "cost", 0.1, 0.15)],
)
def test_longer_and_dearer_runs_are_found_against_the_days_before(
    fleet: Fleet, kind: str, field: str, before: float, after: float
) -> None:
    watch = fleet.watch({"type": kind, "base": "window", "window": "3d"})

    def some(value: float, count: int, **span: float) -> list[dict[str, Any]]:
        return [
            {field: value * (0.7 + 0.6 * n / count), "created": ago(**span)} for n in range(count)
        ]

    fleet.post(some(before, 300, days=2))
    fleet.post(some(before, 40, minutes=1))
    assert fleet.look(watch)["state"] in ("ok", "insufficient_data")
    fleet.post(some(after, 200, minutes=1))
    found = fleet.look(watch)
    assert found["state"] == "firing"
    assert found["reading"]["change"] > 0.2
    assert "Mann and Whitney" in found["reading"]["test"]


def test_a_change_too_small_to_matter_is_not_told_of(fleet: Fleet) -> None:
    condition = {**DROP, "more_than": 0.2}
    watch = fleet.watch(condition)
    fleet.post(runs(950, 50, created=ago(days=2)))
    fleet.register(version="2")
    fleet.post(runs(80, 20), "2")
    assert fleet.look(watch)["state"] == "ok"


def test_silence_begins_after_its_span_and_ends_with_a_run(fleet: Fleet) -> None:
    watch = fleet.watch({"type": "silence", "for": "2h"})
    assert fleet.look(watch)["state"] == "insufficient_data"
    fleet.post([{"created": ago(hours=3)}])
    assert fleet.look(watch)["state"] == "firing"
    fleet.post([{"created": ago(hours=1, minutes=58)}])
    assert fleet.look(watch)["state"] == "ok"


def test_silence_is_remembered_longer_than_it_is_looked_back(
    fleet: Fleet, move_clock: MoveClock
) -> None:
    watch = fleet.watch({"type": "silence", "for": "1d"})
    fleet.post([{"created": ago(hours=3)}])
    assert fleet.look(watch)["state"] == "ok"
    move_clock(timedelta(days=80))
    found = fleet.look(watch)
    assert found["state"] == "firing"
    assert found["reading"]["silent_for_s"] > 79 * 86400


def test_runs_that_are_in_progress_for_too_long_are_counted(fleet: Fleet) -> None:
    watch = fleet.watch({"type": "stale", "more_than": 1, "after": "2h"})
    fleet.post([{"status": "running", "created": ago(hours=4)}, {"status": "running"}])
    assert fleet.look(watch)["state"] == "ok"
    fleet.post([{"status": "running", "created": ago(hours=5)}])
    found = fleet.look(watch)
    assert found["state"] == "firing"
    assert found["reading"]["stale"] == 2


def test_a_new_kind_of_failure_is_told_of_once(
    fleet: Fleet, receiver: Receiver, move_clock: MoveClock
) -> None:
    watch = fleet.watch({"type": "new_error"}, notify={"type": "webhook", "url": receiver.url})
    assert fleet.look(watch)["state"] == "insufficient_data"
    fleet.post([{"status": "failed", "error": "timeout after 31 s"}])
    assert fleet.look(watch)["state"] == "ok"
    fleet.post([{"status": "failed", "error": "timeout after 45.5 s"}])
    assert fleet.look(watch)["state"] == "ok"
    fleet.post([{"status": "failed", "error": "KeyError: 'x'\nmore"}])
    found = fleet.look(watch)
    assert found["state"] == "firing"
    assert [news["kind"] for news in found["reading"]["new"]] == ["KeyError: 'x'"]
    move_clock(timedelta(hours=2))
    fleet.post([{"status": "failed", "error": "KeyError: 'x'\nless"}])
    assert fleet.look(watch)["state"] == "ok"
    assert receiver.types == ["watch.firing", "watch.resolved"]
