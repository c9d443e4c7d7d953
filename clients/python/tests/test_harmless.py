"""Whatever is wrong with the settings, the service or the values: the host never notices."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest
from running import NewId, Stored

from agent_metrics import Client, ConfigurationError, current_run


def use_everything(client: Client) -> None:
    with client.run(task_id=1, heartbeat=0.01) as run:
        assert current_run() is run
        run.usage(model="m", input_tokens=1)
        run.tool("t")
        run.score(1)
        run.heartbeat()
        run.fail("red")
    client.record({"id": 1, "status": "ok"})
    assert client.track(lambda: 3)() == 3
    assert client.lambda_handler(lambda event, context: event)(4, None) == 4


def test_without_an_address_nothing_is_done_and_one_line_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = threading.active_count()
    client = Client(agent="a")
    use_everything(client)

    assert client.flush(timeout=0)
    assert client.close()
    assert threading.active_count() == before
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "AGENT_METRICS_URL" in caplog.messages[0]
    with pytest.raises(ConfigurationError, match="AGENT_METRICS_URL"):
        client.metrics()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "metrics.example"}, "not usable"),
        ({"url": "ftp://metrics.example"}, "not usable"),
        ({"url": "http://metrics.example:port"}, "not usable"),
        ({"url": "http://[::1"}, "not usable"),
        ({"url": "http://127.0.0.1:1", "token": "amt_é"}, "the token contains"),
        ({"url": "http://127.0.0.1:1", "token": "amt_a b"}, "the token contains"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_once_and_raised_only_where_one_asks(
    settings: dict[str, Any], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(agent="a", **settings)
    use_everything(client)

    assert client.flush(timeout=0)
    (message,) = caplog.messages
    assert words in message
    with pytest.raises(ConfigurationError, match=words):
        client.metrics()


def test_no_agent_is_said_once_and_its_runs_are_counted(
    service: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Client(url=service) as client:
        client.record({"id": 1, "status": "ok"})
        client.record({"id": 2, "status": "ok"})
        assert client.stats()[:4] == (2, 0, 0, 2)
        assert not client.flush(30)
    assert len(caplog.messages) == 1
    assert "AGENT_METRICS_AGENT" in caplog.messages[0]


def test_wrong_arguments_are_no_errors(
    client: Client, stored: Stored, new_id: NewId, caplog: pytest.LogCaptureFixture
) -> None:
    unknown: Any = object()
    with client.run(run_id=new_id(), metadata={}) as run:
        run.usage(input_tokens=unknown, cost="much")  # type: ignore[arg-type]
        run.score(unknown)
        run.set(metadata=7)
    client.record(unknown)
    loop: dict[str, Any] = {"id": 5, "status": "ok"}
    loop["metadata"] = loop
    client.record(loop)

    assert not client.flush(30)
    assert [run["status"] for run in stored()] == ["completed"]
    assert client.stats().dropped == 1
    assert 3 <= len(caplog.messages) <= 6


def test_a_log_that_fails_is_no_error_either() -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("no log")

    handler = Broken()
    logging.getLogger("agent_metrics").addHandler(handler)
    try:
        use_everything(Client(agent="a"))
    finally:
        logging.getLogger("agent_metrics").removeHandler(handler)


def test_a_full_queue_gives_up_starts_first_and_counts_what_it_drops(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = Client(url="http://127.0.0.1:9", agent="a", queue_size=4, exit_timeout=0)
    for number in range(3):
        client.run(run_id=number).start()
    for number in range(3):
        client.record({"id": number, "status": "ok"})
    stats = client.stats()
    assert (stats.recorded, stats.dropped, stats.waiting) == (6, 2, 4)
    for number in range(10):
        client.record({"id": number, "status": "ok"})
    assert client.stats().dropped == 12
    assert client.stats().waiting == 4
    assert sum("dropped" in message for message in caplog.messages) == 1
    assert not client.close(timeout=0)


def test_a_run_ends_once(client: Client, stored: Stored, new_id: NewId) -> None:
    run = client.run(run_id=new_id())
    run.start()
    run.finish("failed", "first")
    run.finish("completed")
    with pytest.raises(ValueError, match="x"), run:
        raise ValueError("x")
    assert client.flush(30)
    assert [(found["status"], found["error"]) for found in stored()] == [("failed", "first")]


def test_a_client_that_nobody_holds_delivers_and_ends_its_thread(
    service: str, agent: str, stored: Stored
) -> None:
    def use() -> None:
        Client(url=service, agent=agent).record({"id": 1, "status": "ok"})

    before = set(threading.enumerate())
    use()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
    assert [run["id"] for run in stored()] == [1]
