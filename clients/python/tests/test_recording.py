"""What a host says of a run is what the service has of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import pathlib
from decimal import Decimal
from typing import Any

import pytest
from running import NewId, Stored, call

from agent_metrics import Client, current_run


def test_a_block_is_a_run_with_all_that_was_said_in_it(
    client: Client, stored: Stored, new_id: NewId
) -> None:
    run_id = new_id()
    with client.run(run_id=run_id, task_id=12, initiator="ci") as run:
        assert current_run() is run
        run.usage(model="gpt-5", input_tokens=900, output_tokens=80, cost=0.1)
        run.usage(model="gpt-5", input_tokens=100, cost=0.2)
        run.tool("bash")
        run.tool("bash")
        run.tool("edit")
        run.set(initiator="u1", metadata={"branch": "main"})
        run.set(metadata={"try": 2})
    assert current_run() is None

    assert client.flush(30)
    (found,) = stored()
    assert (found["id"], found["task_id"], found["status"]) == (run_id, 12, "completed")
    assert (found["input_tokens"], found["output_tokens"]) == (1000, 80)
    assert (found["cost"], found["models"]) == (0.3, ["gpt-5"])
    assert (found["tools"], found["initiator"]) == (["bash", "edit"], "u1")
    assert found["metadata"] == {"branch": "main", "try": 2}
    assert found["duration_ms"] > 0


def test_scores_verdicts_traces_and_kinds_of_tokens(client: Client, stored: Stored) -> None:
    with client.run(task_id="astropy-12907", trace_id="4bf92f3577b34da6a3ce929d0e0e4736") as run:
        run.usage(input_tokens=900, cache_read_input_tokens=500, cache_creation_input_tokens=100)
        run.usage(output_tokens=80, reasoning_output_tokens=60, cache_read_input_tokens=100)
        run.score(0.7)
        run.set(outcome="failed")
    assert client.flush(30)
    (found,) = stored()
    assert (found["id"], found["task_id"]) == (run.id, "astropy-12907")
    assert (found["score"], found["status"], found["outcome"]) == (0.7, "completed", "failed")
    assert found["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert (found["cache_read_input_tokens"], found["cache_creation_input_tokens"]) == (600, 100)
    assert (found["output_tokens"], found["reasoning_output_tokens"]) == (80, 60)


def test_an_id_of_its_own_keeps_every_retry_the_same_run(client: Client, stored: Stored) -> None:
    with client.run() as run:
        assert client.flush(30)
    client.record({"status": "ok"})
    assert client.flush(30)
    assert {len(str(found["id"])) for found in stored()} == {36}
    assert run.id in [found["id"] for found in stored()]


def test_a_run_is_reported_when_it_starts_and_while_it_runs(
    client: Client, stored: Stored, new_id: NewId
) -> None:
    with client.run(run_id=new_id(), heartbeat=0.05) as run:
        assert client.flush(30)
        (found,) = stored()
        assert (found["outcome"], found["id"]) == ("in_progress", run.id)
        for _ in range(100):
            if stored()[0]["duration_ms"]:
                break
        else:
            pytest.fail("no heartbeat has come")
        run.heartbeat()
    assert client.flush(30)
    assert [found["outcome"] for found in stored()] == ["succeeded"]


def test_starts_may_be_left_out(service: str, agent: str, stored: Stored, new_id: NewId) -> None:
    with Client(url=service, agent=agent, report_start=False) as client:
        with client.run(run_id=new_id()):
            client.flush(30)
            assert client.stats().recorded == 0
        assert client.flush(30)
        assert [(run["version"], run["outcome"]) for run in stored()] == [
            ("unversioned", "succeeded")
        ]


class _Awkward(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (ValueError("tests red"), "failed", "ValueError: tests red"),
        (ValueError(), "failed", "ValueError"),
        (TimeoutError("slow"), "failed", "TimeoutError: slow"),
        (MemoryError(), "failed", "MemoryError"),
        (asyncio.CancelledError(), "cancelled", "CancelledError"),
        (KeyboardInterrupt(), "cancelled", "KeyboardInterrupt"),
        (SystemExit(3), "failed", "SystemExit: 3"),
        (SystemExit(0), "completed", None),
        (GeneratorExit(), "completed", None),
        (BaseException("odd"), "failed", "BaseException: odd"),
        (_Awkward(), "failed", "_Awkward: (its text cannot be had)"),
        (ValueError("half \ud83d of a pair"), "failed", "ValueError: half ? of a pair"),
        (ValueError("x" * 10_000), "failed", "ValueError: " + "x" * 4081 + "…"),
        (ValueError("ü" * 10_000), "failed", "ValueError: " + "ü" * 2040 + "…"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_exception_of_every_kind_is_told_and_goes_on(
    client: Client,
    stored: Stored,
    new_id: NewId,
    error: BaseException,
    status: str,
    text: str | None,
) -> None:
    with pytest.raises(type(error)) as raised, client.run(run_id=new_id()):
        raise error

    assert raised.value is error
    assert client.flush(30)
    (found,) = stored()
    assert (found["status"], found.get("error")) == (status, text)


def test_failing_needs_no_exception(client: Client, stored: Stored, new_id: NewId) -> None:
    with client.run(run_id=new_id()) as run:
        run.fail("tests red")
    with client.run(run_id=new_id()) as run:
        run.fail(KeyError("a"), status="timeout")
    assert client.flush(30)
    found = [(one["status"], one["error"]) for one in stored()]
    assert sorted(found) == [("failed", "tests red"), ("timeout", "KeyError: 'a'")]


def test_coroutines_have_runs_of_their_own(client: Client, stored: Stored, new_id: NewId) -> None:
    async def work(number: int) -> Any:
        async with client.run(run_id=new_id(), task_id=number) as run:
            await asyncio.sleep(0.01)
            current = current_run()
            assert current is run
            current.usage(input_tokens=number)
            if number == 3:
                raise ValueError("three")

    async def all_of_them() -> None:
        await asyncio.gather(*(work(number) for number in range(5)), return_exceptions=True)
        assert await client.aflush(30)

    asyncio.run(all_of_them())

    found = {run["task_id"]: (run["input_tokens"], run["outcome"]) for run in stored()}
    assert found == {n: (n, "failed" if n == 3 else "succeeded") for n in range(5)}


def test_a_finished_run_is_taken_as_the_api_has_it(client: Client, stored: Stored) -> None:
    run = {"id": 7, "status": "completed", "time_taken": "5m30s", "cost": 0.5}
    client.record(run)
    client.record(run)
    run["id"] = "changed later"
    assert client.flush(30)
    (found,) = stored()
    assert (found["id"], found["duration_ms"], found["cost"]) == (7, 330_000, 0.5)
    assert client.stats()[:4] == (2, 2, 0, 0)


class _Colour(enum.Enum):
    RED = "red"


def test_values_of_all_sorts_become_what_the_api_knows(client: Client, stored: Stored) -> None:
    moment = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)
    client.record(
        {
            "id": 1,
            "status": _Colour.RED,
            "created": moment,
            "time_taken": dt.timedelta(seconds=90),
            "cost": Decimal("0.25"),
            "tools": ("bash",),
            "models": {"gpt-5"},
            "input_tokens": float("nan"),
            "metadata": {"path": pathlib.Path("/x"), "half": "\ud83d"},
        }
    )
    assert client.flush(30)
    (found,) = stored()
    assert (found["status"], found["created"]) == ("red", "2026-03-01T12:00:00Z")
    assert (found["duration_ms"], found["cost"]) == (90_000, 0.25)
    assert (found["tools"], found["models"]) == (["bash"], ["gpt-5"])
    assert "input_tokens" not in found
    assert found["metadata"] == {"path": "/x", "half": "?"}


def test_an_agent_and_its_version_are_registered_when_first_used(service: str, agent: str) -> None:
    with Client(
        url=service,
        project="billing",
        agent=agent,
        version="2.0",
        tools=["bash"],
        models=["gpt-5"],
        cluster="eu",
        deployment="prod",
    ) as client:
        client.record({"id": 1, "status": "ok"})
        client.record({"id": 1, "status": "ok"}, version="2.1")
        assert client.flush(30)
        runs = list(client.runs())
        assert sorted(run["version"] for run in runs) == ["2.0", "2.1"]
    quoted = agent.replace("/", "%2F")
    _, registered = call(service, "GET", f"/api/v1/agents/{quoted}")
    assert registered["project"] == "billing"
    _, version = call(service, "GET", f"/api/v1/agents/{quoted}/versions/2.0")
    assert (version["cluster"], version["deployment"]) == ("eu", "prod")
    assert (version["tools"], version["models"]) == (["bash"], ["gpt-5"])


def test_the_environment_stands_in_for_arguments(
    service: str, agent: str, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_METRICS_URL", f"{service}/")
    monkeypatch.setenv("AGENT_METRICS_AGENT", agent)
    monkeypatch.setenv("AGENT_METRICS_VERSION", "9")
    with Client() as client:
        client.record({"id": 1, "status": "ok"})
    with Client(version="10") as client:
        client.record({"id": 1, "status": "ok"})
    assert sorted(run["version"] for run in stored()) == ["10", "9"]
