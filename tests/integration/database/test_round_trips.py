"""How often a warm request goes to the database: what a distant one is waited for most of all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chalice import Chalice
from pymongo.database import Database

from chalicelib.runs.inserts import MIN_HALF
from tests.integration.conftest import Document, Report
from tests.integration.passing_time import roll_up
from tests.integration.sent_commands import Sent, listening
from tests.lambda_client import LambdaClient

RANGE = "from=2026-01-01T00:00:00Z&to=2026-04-01T00:00:00Z"


@pytest.fixture
def sent(app: Chalice) -> Iterator[Sent]:
    with listening() as sent:
        yield sent


def _get_twice(client: LambdaClient, sent: Sent, path: str) -> list[str]:
    """What the second of two equal requests sends."""
    for _ in range(2):
        sent.commands.clear()
        assert client.get(path).status == 200
    return sent.names()


@pytest.mark.parametrize("number", [1, 2 * MIN_HALF - 1])
def test_a_warm_batch_takes_one(
    number: int, sent: Sent, client: LambdaClient, runs_path: str, run_report: Report
) -> None:
    client.post(runs_path, {"runs": [run_report()]})
    sent.commands.clear()
    answer = client.post(runs_path, {"runs": [run_report() for _ in range(number)]})
    assert answer.json["created"] == number
    assert sent.names() == ["insert"]


def test_a_large_warm_batch_takes_two_at_the_same_time(
    sent: Sent, client: LambdaClient, runs_path: str, run_report: Report
) -> None:
    client.post(runs_path, {"runs": [run_report()]})
    sent.commands.clear()
    answer = client.post(runs_path, {"runs": [run_report() for _ in range(2 * MIN_HALF)]})
    assert answer.json["created"] == 2 * MIN_HALF
    assert sent.names() == ["insert", "insert"]


def test_a_warm_single_run_takes_one(
    sent: Sent, client: LambdaClient, runs_path: str, run_report: Report
) -> None:
    client.post(runs_path, run_report())
    sent.commands.clear()
    assert client.post(runs_path, run_report()).status == 201
    assert sent.names() == ["insert"]


def test_a_batch_that_is_stored_already_takes_two(
    sent: Sent, client: LambdaClient, runs_path: str, run_report: Report
) -> None:
    batch = {"runs": [run_report() for _ in range(200)]}
    client.post(runs_path, batch)
    sent.commands.clear()
    assert client.post(runs_path, batch).json["unchanged"] == 200
    assert sent.names() == ["insert", "find"]


@pytest.mark.parametrize(("path", "trip"), [("", "find"), ("/versions/1.0.2", "aggregate")])
def test_an_agent_and_a_version_are_read_as_they_are_now(
    path: str, trip: str, sent: Sent, client: LambdaClient, version: Document
) -> None:
    assert _get_twice(client, sent, f"/api/v1/agents/tester{path}") == [trip]


def test_a_page_takes_one_more_however_long(
    sent: Sent, client: LambdaClient, runs_path: str, run_report: Report
) -> None:
    client.post(runs_path, {"runs": [run_report() for _ in range(500)]})
    assert _get_twice(client, sent, runs_path) == ["find"] * 3
    assert _get_twice(client, sent, "/api/v1/agents/tester/runs") == ["find"] * 2


def test_one_run_takes_one_more(
    sent: Sent, client: LambdaClient, runs_path: str, run_report: Report
) -> None:
    client.post(runs_path, run_report(id=7))
    assert _get_twice(client, sent, f"{runs_path}/7") == ["find"] * 3


def test_metrics_of_a_range_take_two_more(
    sent: Sent,
    client: LambdaClient,
    database: Database[Document],
    runs_path: str,
    run_report: Report,
) -> None:
    """The agent, the marks, and then the tiles, of however many hours."""
    hours = [f"2026-02-{day:02}T{hour:02}:30:00Z" for day in range(1, 9) for hour in range(24)]
    client.post(runs_path, {"runs": [run_report(created=created) for created in hours]})
    roll_up(database)
    path = f"/api/v1/agents/tester/metrics?{RANGE}&interval=day"
    assert _get_twice(client, sent, path) == ["find"] * 3
