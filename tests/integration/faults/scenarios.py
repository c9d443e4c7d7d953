"""What the service writes: each kind of work, with what there was before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import pytest

from chalicelib.database import Recent, set_retention
from chalicelib.rollups import take_over
from chalicelib.runs import reword_outcomes
from tests import database_v1
from tests.integration.faults.conftest import World
from tests.integration.passing_time import keep_in
from tests.otlp_captures import FOLDER
from tests.otlp_messages import PROTOBUF

AGENT = "/api/v1/agents/tester"
VERSION = f"{AGENT}/versions/1"
RUNS = f"{VERSION}/runs"
NOON = "2026-03-01T12:00:00Z"
Document = dict[str, Any]


class Scenario(NamedTuple):
    """`act` is what a client would repeat, or the scheduled function do again a minute later."""

    name: str
    act: Callable[[World], object]
    before: Callable[[World], object]
    tiles: str = "months"


def run(run_id: int, hour: int = 1, status: str = "completed", **fields: Any) -> Document:
    created = f"2026-03-01T{hour:02}:05:00Z"
    ended = {"time_taken": run_id, "cost": run_id / 8} if status != "running" else {}
    return {"id": run_id, "created": created, "status": status, "models": ["m"], **ended, **fields}


def register(world: World) -> None:
    world.send("POST", f"{AGENT}/register", {"project": "tests"})
    world.send("POST", f"{AGENT}/versions", {"version": "1", "cluster": "eu"})


def report(world: World) -> None:
    """Runs that are new, that end, that move to another hour, and that were there before."""
    batch = [run(1), run(2, 5), run(3), run(4, status="running"), run(5, 7), run(5, 7)]
    world.send("POST", RUNS, {"runs": batch})


def have_begun(world: World) -> None:
    register(world)
    world.send("POST", RUNS, {"runs": [run(1, status="running"), run(2, status="running"), run(3)]})
    world.work()


def have_reported(world: World) -> None:
    have_begun(world)
    report(world)


def have_counted(world: World) -> None:
    have_reported(world)
    world.work()


def correct(world: World) -> None:
    world.send("PATCH", RUNS, {"runs": [{"id": 1, "cost": 9}, {"id": 2, "created": NOON}]})


def delete(world: World) -> None:
    for path in (f"{RUNS}/1", f"{RUNS}/2"):
        world.send("DELETE", path)


def change(world: World) -> None:
    world.send("PATCH", AGENT, {"project": "others", "archived": True})
    world.send("PATCH", VERSION, {"deployment": "canary", "tools": ["search"]})


def remove(world: World, path: str) -> None:
    """Whoever repeats it finds nothing any more."""
    if world.client.get(path).status != 404:
        world.send("DELETE", path)
    world.work()


def expire(world: World) -> None:
    world.work()


def have_old(world: World) -> None:
    have_counted(world)
    set_retention(world.database, 30)
    Recent.forget_all()


def receive(world: World) -> None:
    """A trace in three requests, the last of which shows that runs are parts of others."""
    for part in (1, 2, 3):
        body = (
            FOLDER / "openai-agents-openinference" / f"handoff-batches.{part}of3.pb"
        ).read_bytes()
        world.send("POST", "/v1/traces", body, content_type=PROTOBUF)
    world.work()


def have_watches(world: World) -> None:
    have_begun(world)
    notify = {"type": "webhook", "url": world.receiver.url}
    condition = {"type": "budget", "amount": 0.01, "period": "month"}
    watch = {"name": "w", "agent": "tester", "condition": condition, "notify": notify}
    world.send("POST", "/api/v1/watches", watch)
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    spent = {"id": 77, "created": month.isoformat(), "status": "ok", "cost": 2}
    world.send("POST", RUNS, spent)


def upgrade(world: World) -> None:
    while take_over(60):
        pass
    while reword_outcomes(60):
        pass
    world.work()


def have_old_release(world: World) -> None:
    """Two days of a version as the release before tiles kept them, the first without its runs."""
    names = ("agents", "versions", "rollups", "runs")
    data = {name: database_v1.documents(name) for name in names}
    version = data["versions"][0]
    kept = [r for r in data["rollups"] if r["_id"]["v"] == version["_id"]]
    days = sorted({r["_id"]["hour"].date() for r in kept})
    some = [r for r in kept if r["_id"]["hour"].date() in (days[0], days[-1])]
    runs = [r for r in data["runs"] if r["_id"]["v"] == version["_id"]]
    last = [r for r in runs if r["created"].date() == days[-1]]
    agent = next(a for a in data["agents"] if a["_id"] == version["agent_id"])
    world.database["agents"].insert_one(agent)
    world.database["versions"].insert_one(version)
    world.database["rollups"].insert_many(some)
    if last:
        world.database["runs"].insert_many(last)
    edge = datetime.combine(days[-1], datetime.min.time(), UTC)
    world.database["retention"].insert_one({"_id": "runs", "days": None, "gone_before": edge})
    Recent.forget_all()


def nothing(_: World) -> None:
    """Nothing was there before."""


SCENARIOS = (
    Scenario("registering", register, nothing),
    Scenario("recording", report, have_begun),
    Scenario("correcting", correct, have_counted),
    Scenario("deleting runs", delete, have_counted),
    Scenario("changing agents and versions", change, have_counted),
    Scenario("removing a version", partial(remove, path=VERSION), have_counted),
    Scenario("removing an agent", partial(remove, path=AGENT), have_counted),
    *(
        Scenario(f"counting {t}", World.work, have_reported, t)
        for t in ("months", "days", "blocks")
    ),
    Scenario("expiring", expire, have_old),
    Scenario("upgrading", upgrade, have_old_release),
    Scenario("receiving telemetry", receive, nothing),
    Scenario("watching", World.work, have_watches),
)


def prepare(scenario: Scenario, world: World, patch: pytest.MonkeyPatch) -> None:
    keep_in(scenario.tiles, patch)
    world.reset()
    scenario.before(world)
