"""The service is away, slow, busy or mad: every run arrives exactly once, or is counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import gateway as gw
import pytest
from running import ServiceProcess, Stored, call

from agent_metrics import Client


@pytest.fixture
def gateway(service: str) -> Iterator[gw.Gateway]:
    with gw.gateway_to(service) as running:
        yield running


@pytest.fixture
def through(gateway: gw.Gateway, agent: str) -> Iterator[Client]:
    """A client that knows the service by the gateway alone."""
    with Client(
        url=gateway.url, agent=agent, version="1", flush_interval=0.02, timeout=30
    ) as client:
        yield client


def record(client: Client, numbers: Any) -> None:
    for number in numbers:
        client.record({"id": number, "status": "ok", "metadata": {"padding": "x" * 100}})


def ids(runs: list[dict[str, Any]]) -> list[int]:
    return sorted(run["id"] for run in runs)


@pytest.mark.parametrize(
    "fault",
    [
        gw.status(429, Retry_After="0"),
        gw.status(429),
        gw.status(500),
        gw.status(502),
        gw.status(503, Retry_After="1"),
        gw.status(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
        gw.status(504, Retry_After="soon"),
        gw.status(307, Location="https://elsewhere.example/"),
        gw.hang_up,
        gw.not_http,
        gw.cut_off,
        gw.done_but_unanswered,
        gw.garbage(b""),
        gw.garbage(b"<html>Welcome to the hotel's network</html>"),
        gw.garbage(b"[]"),
        gw.garbage(b"{}"),
        gw.garbage(b'"accepted"'),
        gw.garbage(b"[" * 100_000),
        gw.garbage(b"\xff\xfe\x00"),
        gw.garbage(b'{"accepted": 1}', Content_Encoding="gzip"),
        gw.garbage(b"\x1f\x8b\x08\x00", Content_Encoding="gzip"),
    ],
)
def test_what_may_pass_is_tried_again(
    through: Client, gateway: gw.Gateway, stored: Stored, fault: gw.Fault
) -> None:
    record(through, [1])
    assert through.flush(30)  # registered
    gateway.faults.extend([fault, fault])
    record(through, range(2, 50))
    assert through.flush(timeout=40)

    assert ids(stored()) == list(range(1, 50))
    assert through.stats()[1:] == (49, 0, 0, 0)


def test_a_service_that_is_too_slow_is_asked_again(
    gateway: gw.Gateway, agent: str, stored: Stored
) -> None:
    with Client(url=gateway.url, agent=agent, version="1", timeout=2) as client:
        gateway.faults.extend([gw.late(3), gw.late(3), gw.late(3)])
        record(client, range(50))
        assert client.flush(timeout=60)
    assert ids(stored()) == list(range(50))


def test_the_service_goes_away_and_comes_back(
    service_process: ServiceProcess, agent: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Client(url=service_process.url, agent=agent, flush_interval=0.02) as client:
        record(client, range(100))
        assert client.flush(30)
        service_process.stop()
        record(client, range(100, 200))
        assert not client.flush(timeout=1)
        assert client.stats().waiting == 100
        record(client, range(200, 300))
        service_process.start()
        assert client.flush(timeout=30)
        assert ids(list(client.runs())) == list(range(300))
        assert client.stats() == (300, 300, 0, 0, 0)
    assert len(caplog.messages) == 1
    assert "runs are kept" in caplog.messages[0]


def test_it_was_never_there(service_process: ServiceProcess, agent: str) -> None:
    service_process.stop()
    with Client(url=service_process.url, agent=agent) as client:
        record(client, range(100))
        assert not client.flush(timeout=0.5)
        service_process.start()
        assert client.flush(timeout=30)
        assert ids(list(client.runs())) == list(range(100))


@pytest.mark.parametrize(("code", "words"), [(401, "made_up"), (403, "made_up"), (409, "made_up")])
def test_a_refusal_is_said_once_and_not_repeated(
    through: Client,
    gateway: gw.Gateway,
    stored: Stored,
    caplog: pytest.LogCaptureFixture,
    code: int,
    words: str,
) -> None:
    record(through, [1])
    assert through.flush(30)
    gateway.faults.extend([gw.status(code), gw.status(code)])
    sent = len(gateway.requests)
    for number in (2, 3):
        record(through, [number])
        assert not through.flush(30)
    assert len(gateway.requests) == sent + 2
    record(through, [4])
    assert through.flush(30)

    assert ids(stored()) == [1, 4]
    assert through.stats() == (4, 2, 2, 0, 0)
    assert len(caplog.messages) == 1
    assert words in caplog.messages[0]
    assert "a sentence of the gateway" in caplog.messages[0]


def test_one_bad_run_does_not_spoil_the_others(
    client: Client, stored: Stored, caplog: pytest.LogCaptureFixture
) -> None:
    record(client, [1, 2])
    client.record({"id": 3, "status": "ok", "cost": -1})
    client.record({"id": 4, "status": "ok", "colour": "red"})
    record(client, [5])
    assert not client.flush(30)
    assert client.flush(30)  # nothing was lost since

    assert ids(stored()) == [1, 2, 5]
    assert client.stats() == (5, 3, 2, 0, 0)
    assert any("cost" in message for message in caplog.messages)


def test_a_batch_that_is_too_large_is_halved(
    through: Client, gateway: gw.Gateway, stored: Stored
) -> None:
    def at_most(handler: gw.Handler, body: bytes) -> bool:
        return len(body) > 1200 and handler.answer(413, b"{}")

    gateway.always = at_most
    record(through, range(100))
    assert through.flush(30)
    assert ids(stored()) == list(range(100))


def test_bodies_are_packed_until_a_server_says_that_it_cannot_unpack(
    through: Client, gateway: gw.Gateway, stored: Stored
) -> None:
    gateway.always = gw.unpacks_gzip
    record(through, range(50))
    assert through.flush(30)
    assert [h.get("Content-Encoding") for *_, h in gateway.requests] == [None, None, "gzip"]
    gateway.always = gw.no_gzip
    for number in (50, 100):
        record(through, range(number, number + 50))
        assert through.flush(30)
    assert [h.get("Content-Encoding") for *_, h in gateway.requests[3:]] == ["gzip", None, None]
    assert ids(stored()) == list(range(150))


def test_one_connection_is_kept(through: Client, gateway: gw.Gateway) -> None:
    for number in range(5):
        record(through, [number])
        assert through.flush(30)
    assert (gateway.connections, len(gateway.requests)) == (1, 7)


def test_a_connection_that_was_closed_meanwhile_is_made_anew_without_a_word(
    through: Client, gateway: gw.Gateway, stored: Stored, caplog: pytest.LogCaptureFixture
) -> None:
    def close_after(handler: gw.Handler, _body: bytes) -> bool:
        handler.close_connection = True  # without saying so
        return False

    gateway.always = close_after
    for number in range(5):
        record(through, [number])
        assert through.flush(30)
    assert ids(stored()) == list(range(5))
    assert caplog.messages == []


def test_a_fault_that_comes_again_and_again_is_given_up_in_the_end(
    through: Client, gateway: gw.Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    record(through, [1])
    assert through.flush(30)
    gateway.always = gw.status(500)
    record(through, [2])
    for _ in range(50):
        if through.stats().dropped:
            break
        through.flush(timeout=0.2)
    assert through.stats() == (2, 1, 0, 1, 0)
    assert any("has a fault (500)" in message for message in caplog.messages)


def test_an_agent_that_was_forgotten_is_registered_anew(
    through: Client, gateway: gw.Gateway, service: str, agent: str
) -> None:
    record(through, [1])
    assert through.flush(30)
    gateway.faults.append(gw.status(404))
    record(through, [2])
    assert through.flush(30)
    paths = [path.rpartition("/")[2] for _, path, _ in gateway.requests]
    assert paths == ["register", "versions", "runs", "runs", "register", "versions", "runs"]


def test_an_agent_of_another_project_takes_the_runs_all_the_same(
    service: str, agent: str, caplog: pytest.LogCaptureFixture
) -> None:
    quoted = agent.replace("/", "%2F")
    call(service, "POST", f"/api/v1/agents/{quoted}/register", {"project": "its own"})
    with Client(url=service, agent=agent) as client:
        record(client, [1])
        assert client.flush(30)
        assert caplog.messages == []
    with Client(url=service, agent=agent, project="other") as client:
        record(client, [2])
        assert client.flush(30)
        assert ids(list(client.runs())) == [1, 2]
    assert len(caplog.messages) == 1
    assert "agent_conflict" in caplog.messages[0]


def test_eight_threads_with_a_thousand_runs_each(service: str, agent: str, stored: Stored) -> None:
    with Client(url=service, agent=agent, queue_size=100_000) as client:

        def work(first: int) -> None:
            for number in range(first, first + 1000):
                with client.run(run_id=number) as run:
                    run.usage(input_tokens=1)

        threads = [threading.Thread(target=work, args=(n * 1000,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert client.flush(timeout=60)
        assert client.stats() == (16_000, 16_000, 0, 0, 0)
        metrics = client.metrics()
    assert metrics["by_outcome"]["succeeded"] == metrics["runs"] == 8000
    assert ids(stored()) == list(range(8000))
