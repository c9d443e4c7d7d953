"""Metrics, comparisons, gates and runs; what goes wrong is an exception of its kind."""

from __future__ import annotations

import datetime as dt
from typing import Any

import gateway as gw
import pytest

from agent_metrics import (
    AccessError,
    AgentMetricsError,
    ApiError,
    Client,
    ConfigurationError,
    NotFoundError,
    UnreachableError,
)


@pytest.fixture
def filled(service: str, agent: str) -> Client:
    """Two versions of 40 runs, of which the second fails far more often."""
    with Client(url=service, agent=agent, version="2") as client:
        for version, failures in (("1", 2), ("2", 20)):
            for number in range(40):
                status = "failed" if number < failures else "ok"
                run = {"id": number, "status": status, "time_taken": "1m", "cost": 0.5}
                client.record(run, version=version)
        assert client.flush(30)
    return Client(url=service, agent=agent, version="2")


def test_metrics_of_an_agent_a_version_and_the_fleet(filled: Client) -> None:
    assert filled.metrics()["runs"] == 80
    assert filled.metrics(version="1")["success_rate"] == 0.95
    assert filled.metrics(agent=None)["runs"] >= 80
    by_version = filled.metrics(group_by="version")["groups"]
    assert sorted(group["runs"] for group in by_version) == [40, 40]
    tomorrow = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=1)
    assert filled.metrics(from_=tomorrow)["runs"] == 0


def test_versions_are_compared_and_judged(filled: Client) -> None:
    assert filled.compare("1")["verdicts"]["success_rate"]["verdict"] == "worse"
    answer = filled.gate("1", max_success_rate_drop=0.1)
    assert (answer["pass"], answer["status"]) == (False, "fail")
    assert filled.gate("2", "1")["pass"] is True


def test_runs_come_page_by_page(filled: Client, service: str) -> None:
    with gw.gateway_to(service) as gateway:
        through = Client(url=gateway.url, agent=filled._target.agent)
        runs = through.runs(limit=15)
        assert len(list(runs)) == 80
        assert len(gateway.requests) == 6
        assert gateway.connections == 1
        assert len([*runs]) == 80  # each iteration asks anew
        assert len(list(through.runs(version="2", outcome="failed"))) == 20


def test_runs_become_a_data_frame(filled: Client) -> None:
    pandas = pytest.importorskip("pandas")
    frame = filled.runs(version="1").to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert (len(frame), float(frame["cost"].sum())) == (40, 20.0)
    assert frame["created"].dt.tz is not None
    assert len(filled.runs(version="1", outcome="other").to_dataframe()) == 0


def test_errors_of_the_api_are_exceptions(filled: Client, service: str) -> None:
    with pytest.raises(NotFoundError, match="version_not_found") as missing:
        filled.gate("none")
    assert (missing.value.status, missing.value.code) == (404, "version_not_found")
    with pytest.raises(ApiError, match="invalid_query") as refused:
        filled.metrics(interval="fortnight")
    assert refused.value.errors
    with pytest.raises(ConfigurationError, match="which agent"):
        Client(url=service).metrics()
    assert issubclass(NotFoundError, ApiError)
    assert issubclass(UnreachableError, AgentMetricsError)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (gw.status(401), AccessError),
        (gw.status(403), AccessError),
        (gw.status(302, Location="/login"), ApiError),
        (gw.status(500), ApiError),
        (gw.garbage(b"<html>"), UnreachableError),
        (gw.garbage(b"[1]"), UnreachableError),
        (gw.garbage(b"null"), UnreachableError),
    ],
)
def test_other_answers_are_exceptions_too(service: str, fault: gw.Fault, kind: Any) -> None:
    with gw.gateway_to(service) as gateway:
        gateway.always = fault
        with pytest.raises(kind):
            Client(url=gateway.url, agent="a").metrics()


def test_what_may_pass_is_asked_again(filled: Client, service: str) -> None:
    with gw.gateway_to(service) as gateway:
        gateway.faults.extend([gw.status(503, Retry_After="0"), gw.hang_up])
        assert Client(url=gateway.url, agent=filled._target.agent).metrics()["runs"] == 80


def test_nothing_there_is_an_exception() -> None:
    with pytest.raises(UnreachableError, match=r"no answer from http://127\.0\.0\.1:9"):
        Client(url="http://127.0.0.1:9", agent="a").metrics()
