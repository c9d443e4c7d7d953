"""Two looks at once, and clocks that jump: one event for a change."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.values import instants
from chalicelib.watches import look_after, looking, presenting
from chalicelib.watches.looking import look
from tests.integration.watches.conftest import Fleet, MoveClock, Receiver, ago

BUDGET = {"type": "budget", "amount": 1, "period": "month"}
Document = dict[str, Any]


def firing(fleet: Fleet, watch: Document) -> list[Document]:
    return [event for event in fleet.events(watch) if event["type"] == "watch.firing"]


def test_many_looks_at_once_make_one_event_and_one_delivery(
    fleet: Fleet, receiver: Receiver
) -> None:
    notify = {"type": "webhook", "url": receiver.url}
    watches = [fleet.watch(BUDGET, notify=notify) for _ in range(20)]
    fleet.post([{"cost": 2}])
    barrier = Barrier(4)

    def run() -> None:
        barrier.wait()
        look_after(30)

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fleet.look()
    for watch in watches:
        assert len(firing(fleet, watch)) == 1
    ids = [headers["webhook-id"] for headers, _ in receiver.received]
    assert sorted(ids) == sorted(firing(fleet, watch)[0]["id"] for watch in watches)


@pytest.mark.parametrize(
    "jumps",
    [
        [timedelta(days=1), timedelta()],
        [timedelta(days=-1), timedelta()],
        [timedelta(days=400), timedelta(), timedelta(days=-400), timedelta()],
    ],
    ids=["ahead", "back", "years"],
)
def test_a_clock_that_jumps_tells_of_a_budget_once(
    fleet: Fleet, receiver: Receiver, move_clock: MoveClock, jumps: list[timedelta]
) -> None:
    watch = fleet.watch(BUDGET, notify={"type": "webhook", "url": receiver.url})
    fleet.post([{"cost": 2}])
    assert fleet.look(watch)["state"] == "firing"
    for ahead in jumps:
        move_clock(ahead)
        fleet.look()
    fleet.look()
    assert fleet.state(watch)["state"] == "firing"
    assert receiver.types.count("watch.firing") == 1


def test_after_a_clock_that_was_ahead_watches_are_looked_at_and_deliveries_go_on(
    fleet: Fleet, receiver: Receiver, move_clock: MoveClock
) -> None:
    watch = fleet.watch(BUDGET, notify={"type": "webhook", "url": receiver.url})
    move_clock(timedelta(days=700))
    fleet.look()
    receiver.status = 503
    move_clock(timedelta())
    fleet.post([{"cost": 2}])
    assert fleet.look(watch)["state"] == "firing"
    assert len(receiver.received) == 1


def test_flapping_is_damped(fleet: Fleet, receiver: Receiver, move_clock: MoveClock) -> None:
    """A watch that goes up and down is told of a few times, and then stays up until it is calm."""
    silence = {"type": "silence", "for": "1h"}
    watch = fleet.watch(silence, notify={"type": "webhook", "url": receiver.url})
    fleet.post([{"created": ago(minutes=30)}])
    fleet.look()
    for _ in range(20):
        for ahead in (timedelta(minutes=40), timedelta()):
            move_clock(ahead)
            fleet.look()
    assert receiver.types.count("watch.firing") <= 5
    move_clock(timedelta(hours=8))
    fleet.post([{"created": ago(hours=-8)}])
    fleet.look()
    move_clock(timedelta(hours=8, minutes=50))
    fleet.look()
    move_clock(timedelta(hours=14, minutes=50))
    fleet.post([{"created": ago(hours=-14)}])
    assert fleet.look(watch)["state"] in ("ok", "firing")


def test_a_watch_that_cannot_be_evaluated_does_not_stop_the_others(
    fleet: Fleet, database: Database[Document]
) -> None:
    bad, good = fleet.watch(BUDGET), fleet.watch(BUDGET)
    fleet.post([{"cost": 2}])
    broken = {"type": "budget", "amount": 1, "period": "eon"}
    where = {"name": "w", "condition": BUDGET}
    first = database["watches"].find_one(where, sort=[("_id", 1)])
    assert first is not None
    assert str(first["_id"]) == bad["id"]
    database["watches"].update_one({"_id": first["_id"]}, {"$set": {"condition": broken}})
    assert fleet.look(good)["state"] == "firing"
    found = database["watches"].find_one({"_id": first["_id"]})
    assert found is not None
    assert found["evaluated_at"] is None


def test_what_does_not_fit_is_looked_at_the_next_time_the_oldest_first(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "ROUND", 2)
    watches = [fleet.watch(BUDGET) for _ in range(6)]
    looked: list[int] = []
    for _ in range(3):
        clock = SimpleNamespace(monotonic=iter([0.0, 0.0, 100.0]).__next__)
        with monkeypatch.context() as patch:
            patch.setattr(looking, "time", clock)
            found = look(50)
        assert (found.watches, found.is_done) == (2, False)
        looked.append(sum(fleet.state(w)["evaluated_at"] is not None for w in watches))
    assert looked == [2, 4, 6]


def test_a_watch_that_was_not_looked_at_for_long_is_seen_as_late(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = fleet.watch(BUDGET)
    assert fleet.look(watch)["late"] is False
    monkeypatch.setattr(presenting, "now", lambda: instants.now() + timedelta(minutes=6))
    assert fleet.state(watch)["late"] is True
